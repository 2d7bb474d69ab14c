import { clearTimeout, setTimeout } from 'node:timers';
import { onAbort } from '../base/abort.js';
import type { RingwireError } from '../base/errors.js';
import { isForever } from '../base/retry.js';
import type { Frame } from '../definition/frame.js';
import type { CodecGuard } from '../endpoint/codec-guard.js';
import type { FrameQueue } from './frame-queue.js';

export interface PendingRequestOptions {
	readonly timeoutMs: number;
	readonly signal: AbortSignal | undefined;
	/** The client's: an abort from within the codec takes effect when it has returned. */
	readonly guard: CodecGuard;
	/** Makes the error of a request that has timed out. */
	expired(): RingwireError;
	/** Called once, before the promise settles. */
	settled(): void;
	/** Cancels the request at the server. */
	cancel(): void;
}

/** One request from `request` until its promise settles, which happens once: later calls do nothing. */
export class PendingRequest<Response> {
	readonly response: Promise<Response>;
	readonly #options: PendingRequestOptions;
	readonly #timer: NodeJS.Timeout | undefined;
	readonly #stopListening: () => void;
	#resolve: (response: Response) => void = () => {};
	#reject: (reason: unknown) => void = () => {};
	#removeFrame = () => {};
	#state: 'waiting for room' | 'written' | 'settled' = 'waiting for room';

	constructor(options: PendingRequestOptions) {
		const { timeoutMs, signal } = options;
		this.#options = options;
		this.response = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
		// The connection keeps the process alive, not the timer.
		this.#timer = isForever(timeoutMs)
			? undefined
			: setTimeout(() => this.#abandon(options.expired()), timeoutMs).unref();
		this.#stopListening = onAbort(signal, () => this.#aborted(signal?.reason));
	}

	/** Writes the frame of the request when there is room. */
	write(queue: FrameQueue, frame: Frame): void {
		try {
			this.#removeFrame = queue.add(frame, () => {
				this.#state = 'written';
			});
		} catch (error) {
			this.reject(error);
		}
	}

	resolve(response: Response): void {
		if (this.#settle()) this.#resolve(response);
	}

	reject(reason: unknown): void {
		if (this.#settle()) this.#reject(reason);
	}

	#aborted(reason: unknown): void {
		if (!this.#options.guard.defer(() => this.#abandon(reason))) this.#abandon(reason);
	}

	#abandon(reason: unknown): void {
		const written = this.#state === 'written';
		if (!this.#settle()) return;
		if (written) this.#options.cancel();
		this.#reject(reason);
	}

	#settle(): boolean {
		if (this.#state === 'settled') return false;
		this.#state = 'settled';
		clearTimeout(this.#timer);
		this.#stopListening();
		this.#removeFrame();
		this.#options.settled();
		return true;
	}
}
