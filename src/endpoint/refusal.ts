import type { RingwireError, RingwireErrorCode } from '../base/errors.js';

const refusals: readonly RingwireErrorCode[] = [
	'ERR_RINGWIRE_MISMATCH',
	'ERR_RINGWIRE_VERSION',
	'ERR_RINGWIRE_ACCESS',
	'ERR_RINGWIRE_LIMIT',
];

/** Whether it is the error of a link that was refused: waiting does not help. */
export function isRefusal({ code }: RingwireError): boolean {
	return refusals.includes(code);
}

/**
 * The refused links of one endpoint that have not been reported yet. When no peer is left to connect to, the refusal rejects
 * the calls that wait, or else the next one. A refusal that rejects no call at once becomes a process warning.
 */
export class Refusals {
	readonly #warn: (error: RingwireError) => void;
	readonly #callbacks = new Set<(error: RingwireError) => void>();
	/** Rejects the next call that waits. */
	#pending: RingwireError | undefined;
	/** Becomes a warning on the next tick. */
	#unreported: RingwireError | undefined;

	constructor(warn: (error: RingwireError) => void) {
		this.#warn = warn;
	}

	/** Calls back as if a call waited. Returns a function that removes the callback. */
	onRefused(callback: (error: RingwireError) => void): () => void {
		this.#callbacks.add(callback);
		return () => void this.#callbacks.delete(callback);
	}

	/** A link was refused, and there is no `error` listener. */
	warnLater(error: RingwireError): void {
		this.#unreported = error;
		process.nextTick(() => {
			if (this.#unreported !== error) return;
			this.#unreported = undefined;
			this.#warn(error);
		});
	}

	/** No peer is left to connect to. `rejectWaiting` rejects the calls that wait; it returns whether there were any. */
	settle(error: RingwireError, rejectWaiting: () => boolean): void {
		const callbacks = [...this.#callbacks];
		const rejected = rejectWaiting() || callbacks.length > 0;
		for (const callback of callbacks) callback(error);
		if (rejected) this.#unreported = undefined;
		else this.#pending = error;
	}

	/** The refusal that no call has failed with yet. The caller must fail with it. */
	take(): RingwireError | undefined {
		const error = this.#pending;
		if (error !== undefined) this.#pending = this.#unreported = undefined;
		return error;
	}

	/** A link has opened. */
	forget(): void {
		this.#pending = undefined;
	}
}
