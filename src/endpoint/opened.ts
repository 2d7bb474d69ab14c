import type { DepartureReason, Peer } from '../base/peer.js';
import type { NativeHandle } from '../native/boundary.js';

/** Called with the bits of `Wake`. */
export const onWake: unique symbol = Symbol('ringwire.onWake');

interface WakeTarget {
	[onWake](bits: number): void;
}

/**
 * Carries wake-ups from the addon to a handle. The addon keeps the callback alive, so the callback must not keep the handle
 * alive: it could never be collected.
 */
export class WakeLine {
	#target: WeakRef<WakeTarget> | undefined;

	/** The callback for the addon. It never throws. */
	readonly wake = (bits: number): void => this.#target?.deref()?.[onWake](bits);

	/** Sets the target of all wake-ups from now on. */
	lead(target: WakeTarget): void {
		this.#target = new WeakRef(target);
	}
}

/** An open native handle, with the parts from which a Writer or Reader over it is made. */
export interface Opened<N extends NativeHandle> {
	readonly native: N;
	readonly line: WakeLine;
	/** Present if the handle is one direction of a connection. */
	readonly side?: ConnectionSide | undefined;
}

/**
 * The connection as one of its two handles sees it. Such a handle has one peer for its whole life. It calls `finished`,
 * `gone` or `shutDown` before it leaves for that reason, and `left` last.
 */
export interface ConnectionSide {
	/** This direction has come to its proper end: its writer has ended, and its reader has read everything. */
	finished(): void;
	/** The peer is gone for good. */
	gone(reason: DepartureReason): void;
	/** The connection has been shut down, by the peer or, if that is undefined, by this handle. */
	shutDown(peer: Peer | undefined): void;
	left(): void;
}
