import { type Waiting, waitingKeys } from '../base/abort.js';
import type { KeysOf } from '../base/check.js';
import type { TypedEmitter } from '../base/emitter.js';
import type { Peer } from '../base/peer.js';
import type { ChannelEvent } from './events.js';

/** Counters of one endpoint since it was opened. They stay readable after it has been closed. */
export interface Stats {
	/** Messages that this writer published, or that this reader handed to its consumer, undecodable ones included. */
	readonly messages: number;
	/** Their payload in bytes. */
	readonly bytes: number;
	/** Reader: messages that it did not get because it was lapped, or because only the newest was asked for. */
	readonly lost: number;
	/** Writer of `drop-newest`: messages dropped because there was no room. */
	readonly dropped: number;
	/** Doorbells that this side rang. */
	readonly rings: number;
	/** Reader: waits that ended while polling. */
	readonly spins: number;
	/** Reader: waits that went to sleep. */
	readonly sleeps: number;
	/** One entry for each of `peers`. Peers that are gone count in the totals only. */
	readonly peers: readonly PeerStats[];
}

/** Counters of one endpoint for one peer. */
export interface PeerStats {
	readonly peer: Peer;
	/**
	 * Writer: messages that this reader has read. Reader: messages copied out of this writer's lane. A reader copies up to
	 * 1024 messages ahead of its consumer, so the sum over peers may exceed the total; the two are equal when nothing is left
	 * to read.
	 */
	readonly messages: number;
	/** Reader: their payload in bytes. Writer: 0. */
	readonly bytes: number;
	/** Reader: messages of this writer that it did not get. Writer: 0. */
	readonly lost: number;
	/** Doorbells rung for this peer. */
	readonly rings: number;
	/**
	 * Reader: open leases of messages of this writer that are no copies. Writer: messages in its pool that leases of this reader keep; leases that hold
	 * the position of the reader do not count, as the unread messages show them.
	 */
	readonly leases: number;
	/** Reader: for how many milliseconds the oldest of them has been open, with fractions; 0 if there is none. Writer: 0. */
	readonly oldestLeaseMs: number;
}

/** The options of `whenConnected`. */
export interface WhenConnectedOptions extends Waiting {
	/** 0 or more milliseconds, with fractions; then the call rejects with TIMEOUT. Infinity (the default) waits without limit. */
	readonly timeoutMs?: number | undefined;
}

export const whenConnectedKeys: KeysOf<WhenConnectedOptions> = { ...waitingKeys, timeoutMs: true };

/**
 * One endpoint of a channel: the common part of Writer and Reader, but for their events.
 *
 * An open handle keeps the process alive, like a socket of Node, unless `unref()` is called. A handle that is no longer
 * referenced, waited on or listened to may be garbage collected; it leaves the channel then.
 */
export interface Endpoint {
	/** The channel's name. */
	readonly name: string;
	/**
	 * True from `close()` on, and after the handle has left by itself: at its end, by a shutdown or by its signal. A writer may
	 * find out about a shutdown by a call that fails: true from then on.
	 */
	readonly closed: boolean;
	/** The connected peers, in order of connection. Changes only with the events `connect` and `disconnect`. */
	readonly peers: readonly Peer[];
	readonly stats: Stats;
	/**
	 * Resolves when at least `count` peers (1 or more, default 1) are connected at the same time. Rejects with
	 * `signal.reason` when aborted, with TIMEOUT after `timeoutMs`, and with CLOSED when the handle leaves. Rejects with
	 * MISMATCH, VERSION, ACCESS or LIMIT when a peer was refused and no other peer is connected or connecting.
	 */
	whenConnected(count?: number, options?: WhenConnectedOptions): Promise<void>;
	/** Resolves when the handle has left the channel. */
	whenClosed(): Promise<void>;
	/** Keeps the process alive while open. This is the initial state. */
	ref(): this;
	/** Lets the process exit although the handle is open or waited on. */
	unref(): this;
	/**
	 * Ends the channel for every endpoint that is on it now: writers leave, readers deliver what was published and end.
	 * Endpoints that are opened later are not affected. Does nothing on a closed handle.
	 */
	shutdown(): void;
	/** Leaves at once, without waiting for anything. */
	[Symbol.dispose](): void;
	/** Same as `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}

/** A Writer or a Reader, whichever: at run time `on` refuses the events of the other one. */
export interface Handle extends Endpoint, TypedEmitter<ChannelEvent> {}
