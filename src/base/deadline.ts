import { clearTimeout, setTimeout } from 'node:timers';
import { onAbort } from './abort.js';
import { isForever } from './retry.js';

/**
 * A signal that aborts with the caller's signal, with its reason, or after `timeoutMs` with the error that `expired` makes.
 * The timer does not keep the process alive. Dispose of it as soon as the wait is over.
 */
export class Deadline implements Disposable {
	readonly #controller = new AbortController();
	readonly #stopListening: () => void;
	readonly #timer: NodeJS.Timeout | undefined;

	constructor(signal: AbortSignal | undefined, timeoutMs: number, expired: () => Error) {
		if (signal?.aborted) this.#controller.abort(signal.reason);
		this.#stopListening = onAbort(signal, () => this.#controller.abort(signal?.reason));
		if (!isForever(timeoutMs)) {
			this.#timer = setTimeout(() => this.#controller.abort(expired()), timeoutMs).unref();
		}
	}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	[Symbol.dispose](): void {
		clearTimeout(this.#timer);
		this.#stopListening();
	}
}
