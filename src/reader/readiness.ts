import { setImmediate } from 'node:timers';
import type { NativeReader } from '../native/boundary.js';

/** `ended`: all writers have ended and everything has been delivered. `closed`: somebody closed the reader. */
export type Ending = 'ended' | 'closed';

/** Who waits for messages; exactly one of the methods is called, once for each `wait`. */
export interface Waiter {
	/** `readable`: `next` may give a message now, and if it does not, wait again. */
	settle(readiness: 'readable' | Ending): void;
	fail(reason: unknown): void;
}

/** The Pull, as its readiness sees it. */
export interface ReadinessHost {
	/** No message will come any more. */
	isOver(): boolean;
	/** A message has been copied out of the ring and not been taken. */
	holdsMessage(): boolean;
	/** Looks for a message, which deals with the events before it. */
	hasMessage(): boolean;
	/** A turn of the loop has passed. */
	renew(): void;
	dataEdge(): void;
	hold(): void;
	release(): void;
}

/**
 * Who is told when there may be something to read: one waiter at a time, and who polls, once. Both share one wait of the
 * addon; the waiter goes first.
 */
export class Readiness {
	readonly #host: ReadinessHost;
	readonly #native: NativeReader;
	#waiter: Waiter | undefined;
	#edgeWanted = false;
	/** The addon will call `wake`. */
	#armed = false;
	#immediate: NodeJS.Immediate | undefined;

	constructor(host: ReadinessHost, native: NativeReader) {
		this.#host = host;
		this.#native = native;
	}

	get waiting(): boolean {
		return this.#waiter !== undefined;
	}

	/** Nobody else may be waiting. `pauses`: until the next turn of the loop at least. */
	wait(waiter: Waiter, pauses: boolean): void {
		this.#waiter = waiter;
		this.#host.hold();
		if (pauses) this.#serveNextTurn();
		else this.#arm();
	}

	cancel(waiter: Waiter): void {
		if (this.#waiter !== waiter) return;
		this.takeWaiter();
		if (this.#edgeWanted || !this.#armed) return;
		this.#armed = false;
		this.#native.cancelWait();
	}

	/** Who waited does so no more. */
	takeWaiter(): Waiter | undefined {
		const waiter = this.#waiter;
		if (waiter === undefined) return undefined;
		this.#waiter = undefined;
		this.#host.release();
		return waiter;
	}

	/** Asks for one call of `dataEdge` when there is something. */
	wantEdge(): void {
		this.#edgeWanted = true;
		this.#arm();
	}

	/** The addon says that there is something. */
	wake(): void {
		this.#armed = false;
		this.serve();
	}

	/** There may be something. */
	serve(): void {
		this.#host.renew();
		const waiter = this.#waiter;
		if (waiter !== undefined) {
			this.#waiter = undefined;
			waiter.settle('readable');
			this.#host.release();
			// Who waited may have taken all that there was: then the edge is still to come.
			if (this.#edgeWanted && this.#waiter === undefined && !this.#host.isOver()) this.#arm();
		} else if (this.#edgeWanted && !this.#host.isOver()) {
			this.#serveEdge();
		}
	}

	/** It may have been an event only. */
	#serveEdge(): void {
		if (this.#host.hasMessage()) {
			this.#edgeWanted = false;
			this.#host.dataEdge();
		} else if (!this.#host.isOver()) {
			this.#arm();
		}
	}

	#arm(): void {
		if (this.#armed || this.#immediate !== undefined) return;
		if (this.#host.holdsMessage() || this.#native.wait()) this.#serveNextTurn();
		else this.#armed = true;
	}

	#serveNextTurn(): void {
		this.#immediate ??= setImmediate(() => {
			this.#immediate = undefined;
			this.serve();
		});
	}
}
