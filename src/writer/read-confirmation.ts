import { onAbort } from '../base/abort.js';
import type { NativeWriter } from '../native/boundary.js';

export interface ReadWaiter {
	resolve(): void;
	reject(reason: unknown): void;
}

/**
 * Who waits until the readers have read everything that was written up to now. The addon waits for one position at a
 * time; who comes later waits for the next one.
 */
export class ReadConfirmation {
	readonly #native: NativeWriter;
	#first = new Set<ReadWaiter>();
	#later = new Set<ReadWaiter>();

	constructor(native: NativeWriter) {
		this.#native = native;
	}

	wait(signal: AbortSignal | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			const stop = onAbort(signal, () => {
				this.forget(waiter);
				reject(signal?.reason);
			});
			const waiter: ReadWaiter = {
				resolve() {
					stop();
					resolve();
				},
				reject(reason) {
					stop();
					reject(reason);
				},
			};
			this.add(waiter);
		});
	}

	/** Resolves the waiter at once when everything has been read. */
	add(waiter: ReadWaiter): void {
		if (this.#first.size > 0) this.#later.add(waiter);
		else if (this.#native.wantDrained()) waiter.resolve();
		else this.#first.add(waiter);
	}

	forget(waiter: ReadWaiter): void {
		this.#later.delete(waiter);
		if (this.#first.delete(waiter) && this.#first.size === 0) this.#waitForLater();
	}

	/** The addon says that the position has been reached. */
	wake(): void {
		const reached = this.#first;
		this.#first = new Set();
		this.#waitForLater();
		for (const waiter of reached) waiter.resolve();
	}

	close(reason: unknown): void {
		const waiters = [...this.#first, ...this.#later];
		this.#first.clear();
		this.#later.clear();
		for (const waiter of waiters) waiter.reject(reason);
	}

	#waitForLater(): void {
		const later = this.#later;
		this.#later = new Set();
		if (later.size === 0) this.#native.cancelDrained();
		else if (!this.#native.wantDrained()) this.#first = later;
		else for (const waiter of later) waiter.resolve();
	}
}
