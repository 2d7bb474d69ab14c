import type { ChannelEventType, ChannelListener } from './events.js';
import type { Peer } from './peer.js';
import type { RetryPolicy } from './retry.js';

/** What happens when a message does not fit: see the table in `docs/architecture.md`. */
export type Overflow = 'block' | 'drop-oldest' | 'drop-newest' | 'latest';

export interface Waiting {
	/** Aborting it rejects with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

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
	whenConnected(count?: number, options?: Waiting): Promise<void>;
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

export interface WriterOptions {
	/**
	 * Payload bytes of the lane: a power of two from 64 KiB to 1 GiB, RangeError otherwise. The lane is this writer's own
	 * affair: this and the next two go before what the channel says and need not match others'.
	 */
	readonly capacity?: number | undefined;
	/** Messages that the lane holds at most: a power of two from 2 to 2^20, RangeError otherwise. */
	readonly depth?: number | undefined;
	/**
	 * The largest message in bytes: 1 to `capacity / 2`, RangeError otherwise. Default: that of the channel, or half of the
	 * capacity where the channel's is half of its own.
	 */
	readonly messageMax?: number | undefined;
	/** Aborting it closes the writer at once; what waits then rejects with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

export interface CloseReport {
	/** Messages that the slowest holding reader, or with none the first to come, had not read when the writer left. */
	readonly unread: number;
	/**
	 * Readers that have the lane mapped and will still drain it: with more than 0, nothing that was published is lost.
	 */
	readonly readers: number;
}

export interface Writer<T> extends Handle {
	/** The largest message in bytes that could be written now; 0 when closed. Only this writer makes it smaller. */
	readonly free: number;
	/**
	 * Publishes the message and answers true; never waits. False: there is no room, and the message was not written
	 * (`block`), or was dropped and counted (`drop-newest`); then, if somebody listens, one `space` event follows when
	 * there is room for it. Also false while a `write` waits, because the room belongs to that one. Throws ENCODE,
	 * TOO_LARGE (the writer goes on after either) and CLOSED.
	 */
	tryWrite(message: T): boolean;
	/**
	 * Publishes messages in order; never waits. Those of up to 2 KiB have one publication and at most one doorbell for
	 * each 64 KiB of them, larger ones each their own. Answers how many were accepted: with `block` these are the first
	 * so many. Throws as `tryWrite` does, after everything before the faulty message was published; the error's
	 * `accepted` says how many that were. Where the codec ends or closes the writer, that is what had been published
	 * before.
	 */
	tryWriteBatch(messages: readonly T[]): number;
	/**
	 * Publishes the message. With `block` it waits for room: for the message, and once it waits until a quarter of the
	 * bytes and half of the messages are free, so that it is not woken for each one. With any other policy it
	 * never does (a dropped message counts as settled). Do not change bytes given to it before it is settled. After 1024
	 * messages or 1 MiB without a pause it resolves one turn of the event loop later, so that the loop breathes. One
	 * `write` may wait at a time: a second rejects with BUSY. Aborted it rejects with `signal.reason`, and the message was
	 * not written. Rejects with ENCODE, TOO_LARGE and CLOSED as `tryWrite` throws.
	 */
	write(message: T, options?: Waiting): Promise<void>;
	/**
	 * As `write`, blocking the thread: readers on the same thread cannot make room meanwhile. All handles of the thread go
	 * on serving their links, so that nobody who waits for one of them is kept waiting by this call; but no code runs
	 * except listeners to this very writer. Terminating the worker ends the call within 100 ms. Throws TIMEOUT when there
	 * was no room in time, and BUSY while a `write` waits.
	 */
	writeSync(message: T, options?: RetryPolicy): void;
	/**
	 * Resolves when every reader that holds back has read everything written so far; what nobody has read yet waits for a
	 * first reader. Resolves at once when nothing was written, and with the policies that hold nothing back. Rejects with
	 * `signal.reason` and CLOSED.
	 */
	flush(options?: Waiting): Promise<void>;
	/**
	 * Says that nothing will be written any more: readers end when they have drained all their writers. A `write` that
	 * waits is rejected with CLOSED, as is every later one. Idempotent. The handle stays open until `close()`.
	 */
	end(): void;
	/**
	 * Leaves the channel without ending it. Waits until the readers that hold back have read everything, with none for a
	 * first one, at most `lingerMs` (0 to 2^31 - 1; default 1000 with `block`, else 0), and reports what they had not.
	 * Readers that are connected still get that; with none it is gone. A `write` that waits is rejected with CLOSED first.
	 * Idempotent: the first call counts, and later ones answer the same.
	 */
	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport>;
}

export interface ReaderOptions {
	/**
	 * Where to start in lanes that were there before: `oldest` (default) is everything still in them, `newest` only
	 * what comes from now on.
	 */
	readonly from?: 'oldest' | 'newest' | undefined;
	/**
	 * True: never hold a writer back; losses are told instead. Default false. Without effect where the policy holds
	 * nothing back.
	 */
	readonly lossy?: boolean | undefined;
	/**
	 * `lane` (default): the writers take turns. `time`: merged by send time, so that a message comes after whatever its
	 * writer had read before it was sent. Messages of one writer are in order either way.
	 */
	readonly order?: 'lane' | 'time' | undefined;
	/**
	 * `event` (default): a writer's death is a `disconnect` event. `error`: reads also fail with PEER_DIED when
	 * everything is drained.
	 */
	readonly onPeerDeath?: 'event' | 'error' | undefined;
	/** How long to poll before sleeping, in microseconds, 0 to 1,000,000, default 50. 0 turns polling off. */
	readonly spinMicros?: number | undefined;
	/** Aborting it closes the reader at once; what waits then rejects with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

export interface OpenReaderOptions extends ReaderOptions {
	/**
	 * True: messages are copied into the same memory over and over, so that a message, or whatever a codec decodes that
	 * still looks at the bytes it was given, is good until the reader is used again; the messages of one `readBatch`
	 * are good together. For who is done with a message before the next and reads large ones: fresh memory costs several
	 * times as much as the copy. Default false, when each message is the consumer's to keep. The largest message decides how
	 * much memory stays. Streams, `latestFrom` and `sampleFrom` keep messages, and refuse a Reader with it.
	 */
	readonly reuseMemory?: boolean | undefined;
}

export interface IterateOptions {
	/** Aborting it makes the iterator reject with `signal.reason` and finishes it. */
	readonly signal?: AbortSignal | undefined;
	/** True: the reader stays open when the loop is left. Default false. */
	readonly keepOpen?: boolean | undefined;
}

export interface Reader<T> extends Handle, AsyncIterable<T> {
	/** Messages that could be read now. */
	readonly available: number;
	/**
	 * The next message, or undefined when there is none now or never will be; never waits. After undefined, if somebody
	 * listens, one `data` event follows when there is something. Throws DECODE (the message counts as read, the reader
	 * goes on), PEER_DIED, CLOSED after `close()`, and BUSY while a `read` waits.
	 */
	tryRead(): T | undefined;
	/**
	 * Up to `limit` messages (1 or more, default 1024); empty when there is none; never waits. It may stop early where
	 * an event comes between two messages, and with the message that makes it 1 MiB. Throws as `tryRead` does; a message that cannot be decoded is thrown by the
	 * call that would begin with it.
	 */
	readBatch(limit?: number): T[];
	/**
	 * The next message; waits for it. Resolves undefined at the end. One `read` may wait at a time: a second rejects
	 * with BUSY. Aborted it rejects with `signal.reason`, and no message is lost. Rejects with DECODE, PEER_DIED and
	 * CLOSED as `tryRead` throws. After 1024 messages or 1 MiB without a pause it waits for one turn of the event loop,
	 * so that the loop breathes.
	 */
	read(options?: Waiting): Promise<T | undefined>;
	/**
	 * As `read`, blocking the thread as `writeSync` does. Throws TIMEOUT when there was nothing in time.
	 */
	readSync(options?: RetryPolicy): T | undefined;
	/**
	 * Iterates like `for await (const message of reader)`. Both finish at the end and on `close()`, at once on a reader that
	 * is closed already, for which `read` rejects with CLOSED; otherwise they fail as `read` does. Leaving the loop, by
	 * `break`, `return`, an exception or a failure, closes the reader, unless `keepOpen` is true.
	 */
	iterate(options?: IterateOptions): AsyncIterableIterator<T>;
	/**
	 * Leaves the channel. Messages not handed out yet stay for other readers. A `read` that waits rejects with CLOSED,
	 * iterators finish. Idempotent.
	 */
	close(): Promise<void>;
}
