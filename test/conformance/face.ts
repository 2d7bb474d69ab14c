import type { Channel, Reader } from 'ringwire';

/** A running consumption of a channel. */
export interface Consumption {
	/** Resolves at the end of the channel; rejects with what went wrong, also with what `take` threw or rejected with. Settles after `stop` too. */
	readonly done: Promise<void>;
	/** Leaves before the end. When it resolves everything is released. */
	stop(): Promise<void>;
}

/**
 * One way to consume a channel. Whoever adds another one (an adapter to another library) describes it like this and runs
 * `describeConformance` on it.
 */
export interface Face {
	readonly name: string;
	/** False: messages of `bytes()` may be joined, and empty ones vanish, as in every byte stream. */
	readonly keepsBoundaries: boolean;
	/** False: the face calls on without waiting for the promise of `take`; only what `take` does synchronously holds it back. */
	readonly waits: boolean;
	/** How many messages of 32 bytes it may hold itself while the consumer does not take any. */
	readonly holdsMax: number;
	/** True: what `take` throws does not end the consumption but is reported as an uncaught exception. */
	readonly survivesThrow: boolean;
	/** Calls `take` with every message. A Channel is opened by the face itself; a Reader is closed at the end and by `stop`. */
	consume<T>(source: Channel<T> | Reader<T>, take: (message: T) => void | Promise<void>): Consumption;
}
