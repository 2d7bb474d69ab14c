import type { NativeHandle } from '../native/boundary.js';
import type { Bond } from './bond.js';

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
	readonly bond?: Bond | undefined;
}
