import { onAbort } from '../base/abort.js';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import type { NativeWriter } from '../native/boundary.js';

export interface ReadWaiter {
	/** Everything that was written before the wait has been read. */
	resolve(): void;
	/** A waiter without it keeps waiting when waits fail. */
	reject?(reason: unknown): void;
}

/**
 * The waits for the readers to have read everything that was written so far. The addon waits for one sequence at a time:
 * waiters that come while it waits wait for the next one.
 */
export class ReadConfirmation {
	readonly #native: NativeWriter;
	readonly #keepAlive: KeepAlive;
	#first = new Set<ReadWaiter>();
	#later = new Set<ReadWaiter>();

	constructor(native: NativeWriter, keepAlive: KeepAlive) {
		this.#native = native;
		this.#keepAlive = keepAlive;
	}

	/** Rejects with `signal.reason`, and as `fail` and `close` state. */
	wait(signal: AbortSignal | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			const done = () => {
				stop();
				this.#keepAlive.release();
			};
			const stop = onAbort(signal, () => {
				this.forget(waiter);
				waiter.reject(signal?.reason);
			});
			const waiter = {
				resolve() {
					done();
					resolve();
				},
				reject(reason: unknown) {
					done();
					reject(reason);
				},
			};
			this.#keepAlive.hold();
			this.add(waiter);
		});
	}

	/** Resolves the waiter at once if everything has been read. */
	add(waiter: ReadWaiter): void {
		if (this.#first.size > 0) this.#later.add(waiter);
		else if (this.#native.wantAllRead()) waiter.resolve();
		else this.#first.add(waiter);
	}

	forget(waiter: ReadWaiter): void {
		this.#later.delete(waiter);
		if (this.#first.delete(waiter) && this.#first.size === 0) this.#waitForLater();
	}

	/** Everything up to the sequence that the addon waited for has been read. */
	wake(): void {
		const reached = this.#first;
		this.#first = new Set();
		this.#waitForLater();
		for (const waiter of reached) waiter.resolve();
	}

	/** Fails the waiters that can fail. Returns whether there were any. */
	fail(reason: unknown): boolean {
		const failing = [...this.#first, ...this.#later].filter(({ reject }) => reject !== undefined);
		for (const waiter of failing) {
			this.forget(waiter);
			waiter.reject?.(reason);
		}
		return failing.length > 0;
	}

	/** The writer has left. */
	close(reason: unknown): void {
		const waiters = [...this.#first, ...this.#later];
		this.#first.clear();
		this.#later.clear();
		for (const waiter of waiters) waiter.reject?.(reason);
	}

	#waitForLater(): void {
		const later = this.#later;
		this.#later = new Set();
		if (later.size === 0) this.#native.cancelAllRead();
		else if (!this.#native.wantAllRead()) this.#first = later;
		else for (const waiter of later) waiter.resolve();
	}
}
