import { RingwireError } from '../base/errors.js';
import type { MessageLease } from './lease.js';
import type { Ending } from './lifecycle.js';
import { type CancelFlag, type MessageSource, type Nothing, nothing, type Waiter } from './message-source.js';
import type { ReadingCore } from './reading-core.js';
import { whenReadable } from './wait-for.js';

/** `reader[leaseSource]` is a MessageSource of leases. For adapters inside this package. */
export const leaseSource: unique symbol = Symbol.for('ringwire 0.1 leaseSource');

/** The messages of a reader as leases. It shares the reader's waiter and its budget. */
export class LeaseSource<T> implements MessageSource<MessageLease<T>> {
	readonly #core: ReadingCore<T>;

	constructor(core: ReadingCore<T>) {
		this.#core = core;
	}

	get ending(): Ending | undefined {
		return this.#core.ending;
	}

	get failure(): Error | undefined {
		return this.#core.failure;
	}

	get isShutDown(): boolean {
		return this.#core.isShutDown;
	}

	get busy(): boolean {
		return this.#core.busy;
	}

	busyError(): RingwireError {
		return this.#core.busyError();
	}

	/** Throws LIMIT. */
	next(cancel?: CancelFlag): MessageLease<T> | Nothing {
		return this.#core.nextLease(cancel);
	}

	nextForWaiter(cancel?: CancelFlag): MessageLease<T> | Nothing {
		return this.#core.nextLeaseForWaiter(cancel);
	}

	/** The leases before the newest one are released. LIMIT goes to `failed`. */
	newest(failed: (error: RingwireError) => void, cancel?: CancelFlag): MessageLease<T> | Nothing {
		if (this.#core.decoding) return nothing;
		let left = this.#core.available;
		let newest: MessageLease<T> | Nothing = nothing;
		try {
			do {
				const lease = this.#core.nextLease(cancel, true);
				if (lease === nothing) break;
				if (newest !== nothing) newest.release();
				newest = lease;
				left--;
			} while (left > 0 && !cancel?.aborted);
		} catch (error) {
			if (!(error instanceof RingwireError)) throw error;
			// It is the newest one as long as the reader may have no more.
			if (newest === nothing) failed(error);
		}
		return newest;
	}

	wait(waiter: Waiter): void {
		this.#core.wait(waiter);
	}

	cancel(waiter: Waiter): void {
		this.#core.cancel(waiter);
	}

	whenReadable(signal?: AbortSignal): Promise<'readable' | Ending> {
		return whenReadable(this, signal);
	}
}
