import { setImmediate } from 'node:timers';
import { onAbort } from '../base/abort.js';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import type { NativeWriter } from '../native/boundary.js';

/** The `space` event of the Writer. */
export interface SpaceEvent {
	hasListener(): boolean;
	emit(): void;
}

/** Begins a wait of the addon, which replaces the one before it. Returns true if there is room now. */
type Want = () => boolean;

interface PendingWrite {
	readonly want: Want;
	/** For a loan in the pool. */
	readonly inPool: boolean;
	/** Writes and settles the promise. Returns false if there is no room. */
	attempt(): boolean;
	fail(reason: unknown): void;
}

/**
 * The waits for room in a full lane: one `write`, and the `space` event for callers that poll. Both share the one wait of
 * the addon, and the write goes first.
 */
export class Space {
	readonly #native: NativeWriter;
	readonly #keepAlive: KeepAlive;
	readonly #event: SpaceEvent;
	#pending: PendingWrite | undefined;
	/** The room for which a `space` event is due; undefined if none is. */
	#edge: Want | undefined;

	constructor(native: NativeWriter, keepAlive: KeepAlive, event: SpaceEvent) {
		this.#native = native;
		this.#keepAlive = keepAlive;
		this.#event = event;
	}

	/** A write waits, or a loan in the lane: the next room there is for that one. */
	get taken(): boolean {
		return this.#pending?.inPool === false;
	}

	/** Any write or loan waits. */
	get busy(): boolean {
		return this.#pending !== undefined;
	}

	/** Calls `attempt`, which needs a message of that length to fit into the lane, until it returns a result. No other write may be waiting. */
	write<R>(byteLength: number, attempt: () => R | undefined, signal: AbortSignal | undefined): Promise<R> {
		return this.#wait(() => this.#native.wantSpace(byteLength), false, attempt, signal);
	}

	/** The same for a loan of that length in the pool. */
	lend<R>(byteLength: number, attempt: () => R | undefined, signal: AbortSignal | undefined): Promise<R> {
		return this.#wait(() => this.#native.wantPoolLoan(byteLength), true, attempt, signal);
	}

	#wait<R>(want: Want, inPool: boolean, attempt: () => R | undefined, signal: AbortSignal | undefined): Promise<R> {
		return new Promise((resolve, reject) => {
			const done = () => {
				stop();
				this.#pending = undefined;
				this.#keepAlive.release();
			};
			const stop = onAbort(signal, () => this.fail(signal?.reason));
			this.#keepAlive.hold();
			this.#pending = {
				want,
				inPool,
				attempt() {
					const result = attempt();
					if (result === undefined) return false;
					done();
					resolve(result);
					return true;
				},
				fail(reason) {
					done();
					reject(reason);
				},
			};
			this.#arm(want);
		});
	}

	/** A polling caller could not write a message of that length. If `space` has a listener, one event follows. */
	refused(byteLength: number): void {
		if (this.#event.hasListener()) this.#expect(() => this.#native.wantSpace(byteLength));
	}

	/** The same for a loan of that length in the pool. */
	refusedLoan(byteLength: number): void {
		if (this.#event.hasListener()) this.#expect(() => this.#native.wantPoolLoan(byteLength));
	}

	#expect(want: Want): void {
		this.#edge = want;
		if (this.#pending === undefined) this.#armEdge();
	}

	/** There may be room. */
	readonly wake = (): void => {
		const pending = this.#pending;
		if (pending !== undefined) this.#retry(pending);
		if (this.#pending === undefined) this.#serveEdge();
	};

	/** Fails the write that waits. Returns whether there was one. */
	fail(reason: unknown): boolean {
		const pending = this.#pending;
		if (pending === undefined) return false;
		this.#native.cancelSpace();
		pending.fail(reason);
		this.#armEdge();
		return true;
	}

	/** Nothing can be written any more: the write that waits fails, and no `space` event follows. */
	close(reason: unknown): void {
		this.#edge = undefined;
		this.#pending?.fail(reason);
	}

	#retry(pending: PendingWrite): void {
		try {
			if (!pending.attempt()) this.#arm(pending.want);
		} catch (error) {
			pending.fail(error);
		}
	}

	#serveEdge(): void {
		if (this.#edge === undefined || !this.#edge()) return;
		this.#edge = undefined;
		this.#event.emit();
	}

	#armEdge(): void {
		if (this.#edge !== undefined) this.#arm(this.#edge);
	}

	#arm(want: Want): void {
		// If there is room already, it is used in the next turn of the loop, so that `wake` cannot call itself for ever.
		if (want()) setImmediate(this.wake);
	}
}
