import type { Channel, Reader } from 'ringwire';

/** A running consumption of a channel. */
export interface Consumption {
	/** Resolves at the end of the channel; rejects with what went wrong, also with what `take` threw or rejected with. Settles after `stop` too. */
	readonly done: Promise<void>;
	/** Leaves before the end. When it resolves everything is released. */
	stop(): Promise<void>;
}

/**
 * One way to consume a channel. An adapter to another library is described by one of these, and tested with
 * `describeConformance`.
 */
export interface Face {
	readonly name: string;
	/** False: messages of `bytes()` may be joined, and empty ones vanish, as in every byte stream. */
	readonly keepsBoundaries: boolean;
	/** False: the face does not wait for the promise of `take`; only the synchronous part of `take` is backpressure. */
	readonly waits: boolean;
	/** How many messages of 32 bytes it may hold itself while the consumer does not take any. */
	readonly holdsMax: number;
	/** True: an exception of `take` is an uncaught exception and does not end the consumption. */
	readonly survivesThrow: boolean;
	/** Calls `take` with every message. A Channel is opened by the face itself; a Reader is closed at the end and by `stop`. */
	consume<T>(source: Channel<T> | Reader<T>, take: (message: T) => void | Promise<void>): Consumption;
}
