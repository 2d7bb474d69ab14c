import { setImmediate } from 'node:timers';
import { onAbort } from '../base/abort.js';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import { type NativeWriter, Written } from '../native/boundary.js';

/** The Writer, as its wait for space sees it. */
export interface SpaceHost {
	spaceEdge(): void;
	closedError(): Error;
	readonly keepAlive: KeepAlive;
}

interface PendingWrite {
	readonly bytes: Uint8Array;
	settle(): void;
	fail(reason: unknown): void;
}

/**
 * What a writer does when its lane is full: one `write` may wait for room, and who polls may want to be told once. The
 * write goes first: it was there earlier.
 */
export class Space {
	readonly #host: SpaceHost;
	readonly #native: NativeWriter;
	#pending: PendingWrite | undefined;
	/**
	 * The length in bytes of the message that somebody who polls could not write; undefined when nobody wants to be
	 * told.
	 */
	#edgeBytes: number | undefined;

	constructor(host: SpaceHost, native: NativeWriter) {
		this.#host = host;
		this.#native = native;
	}

	/** True while a write waits. */
	get taken(): boolean {
		return this.#pending !== undefined;
	}

	/** Writes the bytes as soon as there is room. Nobody else may be waiting. */
	write(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			const done = () => {
				stop();
				this.#pending = undefined;
				this.#host.keepAlive.release();
			};
			const stop = onAbort(signal, () => {
				this.#native.cancelSpace();
				this.#pending?.fail(signal?.reason);
				this.#armEdge();
			});
			this.#host.keepAlive.hold();
			this.#pending = {
				bytes,
				settle() {
					done();
					resolve();
				},
				fail(reason) {
					done();
					reject(reason);
				},
			};
			this.#arm(bytes.byteLength);
		});
	}

	/** Asks for one call of `spaceEdge` when there is room for so many bytes. */
	wantEdge(byteLength: number): void {
		this.#edgeBytes = byteLength;
		if (this.#pending === undefined) this.#armEdge();
	}

	/** The addon says that there is room, or somebody hopes so. */
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

	/** The write that waits fails, and nobody is told of room any more. */
	close(reason: unknown): void {
		this.#edgeBytes = undefined;
		this.#pending?.fail(reason);
	}

	#retry(pending: PendingWrite): void {
		switch (this.#native.tryWrite(pending.bytes)) {
			case Written.accepted:
			case Written.dropped:
				pending.settle();
				break;
			case Written.full:
				this.#arm(pending.bytes.byteLength);
				break;
			default:
				pending.fail(this.#host.closedError());
		}
	}

	#serveEdge(): void {
		if (this.#edgeBytes === undefined || !this.#native.wantSpace(this.#edgeBytes)) return;
		this.#edgeBytes = undefined;
		this.#host.spaceEdge();
	}

	#armEdge(): void {
		if (this.#edgeBytes !== undefined) this.#arm(this.#edgeBytes);
	}

	#arm(byteLength: number): void {
		// Room that came in this very moment is taken in the next turn, so that nothing here can go round in circles.
		if (this.#native.wantSpace(byteLength)) setImmediate(this.wake);
	}
}
