import { type Waiting, waitingKeys } from '../base/abort.js';
import type { KeysOf } from '../base/check.js';
import type { Peer } from '../base/peer.js';
import type { ChannelEventType, ChannelListener } from './events.js';

export interface WhenConnectedOptions extends Waiting {
	/** 0 or more milliseconds, with fractions; then the call rejects with TIMEOUT. Infinity (the default) waits without limit. */
	readonly timeoutMs?: number | undefined;
}

export const whenConnectedKeys: KeysOf<WhenConnectedOptions> = { ...waitingKeys, timeoutMs: true };

/** Counters of one endpoint since it was opened. They stay readable after it was closed. */
export interface Stats {
	/**
	 * Messages published by this writer, or handed to the consumer of this reader (those that could not be decoded
	 * too).
	 */
	readonly messages: number;
	/** Their payload in bytes. */
	readonly bytes: number;
	/** Reader: messages that it did not get because it was lapped, or because only the newest was asked for. */
	readonly lost: number;
	/** Writer of `drop-newest`: messages dropped because there was no room. */
	readonly dropped: number;
	/** Doorbells that this side rang. */
	readonly rings: number;
	/** Reader: waits that were answered while polling. */
	readonly spins: number;
	/** Reader: waits that went to sleep. */
	readonly sleeps: number;
	/** One for each of `peers`; those who are gone count in the totals only. */
	readonly peers: readonly PeerStats[];
}

/** What passed between this endpoint and one peer. */
export interface PeerStats {
	readonly peer: Peer;
	/**
	 * Writer: messages that this reader is done with. Reader: messages copied out of this writer's lane. A reader copies up to 1024
	 * ahead of its consumer, and so these may be more than the total, which counts what the consumer was given; with nothing left to read
	 * they make up the same.
	 */
	readonly messages: number;
	/** Reader: their payload in bytes. Writer: 0, as no reader tells. */
	readonly bytes: number;
	/** Reader: messages of this writer that it did not get. Writer: 0. */
	readonly lost: number;
	/** Doorbells rung for this peer. */
	readonly rings: number;
}

/**
 * What a Writer and a Reader have in common: one endpoint of a channel.
 *
 * An open handle keeps the process alive like a socket of Node does, unless `unref()` is called. A handle that nobody
 * listens to, waits on or holds any more may be collected, and leaves the channel then.
 */
export interface Handle {
	/** The channel's name. */
	readonly name: string;
	/** True from `close()` on, and when it has left by itself: after its end, a shutdown or the abort of its signal. */
	readonly closed: boolean;
	/** Who is connected now, in order of connection. Changes only with the events `connect` and `disconnect`. */
	readonly peers: readonly Peer[];
	readonly stats: Stats;
	/** Calls `listener` with every event of that type from now on. Throws TypeError for an unknown type. */
	on<K extends ChannelEventType>(event: K, listener: ChannelListener<K>): this;
	/** As `on`, for the next event of that type only. */
	once<K extends ChannelEventType>(event: K, listener: ChannelListener<K>): this;
	/** Takes back one `on` or `once` with the same arguments. */
	off<K extends ChannelEventType>(event: K, listener: ChannelListener<K>): this;
	/**
	 * Resolves when at least `count` peers (1 or more, default 1) are connected at the same time. Rejects with
	 * `signal.reason` when aborted, with CLOSED when the handle leaves, and with the error of a link that was refused
	 * while it waited: MISMATCH, VERSION, ACCESS or LIMIT.
	 */
	whenConnected(count?: number, options?: WhenConnectedOptions): Promise<void>;
	/** Keeps the process alive while open; this is how a handle starts. */
	ref(): this;
	/** Lets the process exit even while this is open or waited on. */
	unref(): this;
	/**
	 * Ends the channel for every endpoint on it, this one included: writers leave, readers drain what was published and
	 * end. Endpoints that come later are not affected. Does nothing when closed.
	 */
	shutdown(): void;
	/** Leaves at once, without waiting for anything. */
	[Symbol.dispose](): void;
	/** As `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}
