import { setImmediate } from 'node:timers';
import { onAbort } from '../base/abort.js';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import type { NativeWriter } from '../native/boundary.js';

/** The `space` event of the Writer. */
export interface SpaceEvent {
	hasListener(): boolean;
	emit(): void;
}

interface PendingWrite {
	readonly byteLength: number;
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
	/** The length in bytes of the message for which a `space` event is due; undefined if none is. */
	#edgeBytes: number | undefined;

	constructor(native: NativeWriter, keepAlive: KeepAlive, event: SpaceEvent) {
		this.#native = native;
		this.#keepAlive = keepAlive;
		this.#event = event;
	}

	/** True while a write waits. */
	get taken(): boolean {
		return this.#pending !== undefined;
	}

	/** Calls `attempt`, which needs that much room, until it returns a result. No other write may be waiting. */
	write<R>(byteLength: number, attempt: () => R | undefined, signal: AbortSignal | undefined): Promise<R> {
		return new Promise((resolve, reject) => {
			const done = () => {
				stop();
				this.#pending = undefined;
				this.#keepAlive.release();
			};
			const stop = onAbort(signal, () => this.fail(signal?.reason));
			this.#keepAlive.hold();
			this.#pending = {
				byteLength,
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
			this.#arm(byteLength);
		});
	}

	/** A polling caller could not write a message of that length. If `space` has a listener, one event follows. */
	refused(byteLength: number): void {
		if (!this.#event.hasListener()) return;
		this.#edgeBytes = byteLength;
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
		this.#edgeBytes = undefined;
		this.#pending?.fail(reason);
	}

	#retry(pending: PendingWrite): void {
		try {
			if (!pending.attempt()) this.#arm(pending.byteLength);
		} catch (error) {
			pending.fail(error);
		}
	}

	#serveEdge(): void {
		if (this.#edgeBytes === undefined || !this.#native.wantSpace(this.#edgeBytes)) return;
		this.#edgeBytes = undefined;
		this.#event.emit();
	}

	#armEdge(): void {
		if (this.#edgeBytes !== undefined) this.#arm(this.#edgeBytes);
	}

	#arm(byteLength: number): void {
		// If there is room already, it is used in the next turn of the loop, so that `wake` cannot call itself for ever.
		if (this.#native.wantSpace(byteLength)) setImmediate(this.wake);
	}
}
