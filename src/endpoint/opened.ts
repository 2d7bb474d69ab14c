import type { DepartureReason, Peer } from '../base/peer.js';
import type { NativeHandle } from '../native/boundary.js';

/** Called with the bits of `Wake`. */
export const onWake: unique symbol = Symbol('ringwire.onWake');

interface Woken {
	[onWake](bits: number): void;
}

/**
 * Carries wake-ups from the addon to a handle. The addon holds on to the callback, and so the callback must not hold on
 * to the handle, or it could never be collected.
 */
export class WakeLine {
	#handle: WeakRef<Woken> | undefined;

	/** What the addon calls. It never throws. */
	readonly wake = (bits: number): void => this.#handle?.deref()?.[onWake](bits);

	lead(handle: Woken): void {
		this.#handle = new WeakRef(handle);
	}
}

/** A native handle that is open already, and what it needs to reach the handle that will be made over it. */
export interface Opened<N extends NativeHandle> {
	readonly native: N;
	readonly line: WakeLine;
	/** Where it is one side of a connection. */
	readonly bond?: ConnectionSide | undefined;
}

/**
 * Ties a handle to the connection that it is one direction of: it has one peer, and never another one. Each handle calls
 * `finished`, `gone` or `shutDown` before it leaves for that reason, and `left` last.
 */
export interface ConnectionSide {
	/** This direction has come to its proper end: its writer had ended, and its reader has read everything. */
	finished(): void;
	/** The peer is gone for good. */
	gone(reason: DepartureReason): void;
	/** The connection is over for both, says the peer, or this handle itself. */
	shutDown(peer: Peer | undefined): void;
	left(): void;
}
