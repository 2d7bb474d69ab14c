import type { Waiting } from '../base/abort.js';
import type { BlockingOptions } from '../base/blocking-wait.js';
import type { KeysOf } from '../base/check.js';
import type { TypedEmitter } from '../base/emitter.js';
import type { ReaderEvent } from '../endpoint/events.js';
import type { Endpoint } from '../endpoint/types.js';
import type { Lease } from './lease.js';
import type { Until } from './until.js';

/** The options of every function that opens a reader. */
export interface ReaderOptions {
	/**
	 * Where to start in a lane that exists already: `oldest` (default) at its oldest message, `newest` at the next message to
	 * be published.
	 */
	readonly from?: 'oldest' | 'newest' | undefined;
	/**
	 * True: the reader never holds a writer back, and `lost` events report the messages that it missed. It neither holds back
	 * nor drains for others: a writer whose readers are all lossy behaves as one without a reader. Default false. No effect
	 * with the policies that hold nothing back.
	 */
	readonly lossy?: boolean | undefined;
	/**
	 * `lane` (default): the writers take turns. `time`: messages are merged by send time, so that a message comes after the
	 * messages that its writer had read before. Messages of one writer are in order either way.
	 */
	readonly order?: 'lane' | 'time' | undefined;
	/**
	 * `event` (default): a writer that leaves or dies without `end()` is a `disconnect` event only. `error`: reads also fail
	 * with PEER_DIED when a writer died without `end()`, after everything that was published has been delivered.
	 */
	readonly onPeerDeath?: 'event' | 'error' | undefined;
	/** When the reader ends, see `Until`. Default `'ended'`. */
	readonly until?: Until | undefined;
	/**
	 * The largest message in bytes that the reader accepts: an integer from 1 to 536,870,912. Default: no limit but the writer's own. A writer that
	 * publishes a larger one is cut off before memory is allocated for it, after the messages before it: an `error` event with TOO_LARGE, and a
	 * `disconnect` event with the reason `corrupt`. Other writers are not affected.
	 */
	readonly messageMax?: number | undefined;
	/** How long to poll before sleeping: an integer from 0 to 1,000,000 microseconds, default 50. 0 turns polling off. */
	readonly spinMicros?: number | undefined;
	/** Aborting it closes the reader at once. Calls that wait then reject with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

/** The options of `openReader`. */
export interface OpenReaderOptions extends ReaderOptions {
	/**
	 * True: messages are copied into the same memory again and again. A message, and everything decoded from it that refers
	 * to its bytes, is valid until the reader is used again; the messages of one `readBatch` are valid together. Use it if you
	 * finish with each message before reading the next: for large messages, allocating memory costs several times as much as
	 * the copy. Default false: messages belong to the consumer. The reader keeps memory for the largest message. Streams,
	 * `latestFrom` and `sampleFrom` keep messages, and refuse a Reader with this option.
	 */
	readonly reuseMemory?: boolean | undefined;
}

export const readerKeys: KeysOf<ReaderOptions> = {
	from: true,
	lossy: true,
	order: true,
	onPeerDeath: true,
	until: true,
	messageMax: true,
	spinMicros: true,
	signal: true,
};

export const openReaderKeys: KeysOf<OpenReaderOptions> = { ...readerKeys, reuseMemory: true };

/** Called by `readEach` with a message: bytes `start` to `end` of `source`, which are valid until it returns. `start` is a multiple of 8. */
export type MessageVisitor = (source: Buffer, start: number, end: number) => void;

/** The options of `reader.iterate`. */
export interface IterateOptions {
	/** Aborting it makes the iterator reject with `signal.reason` and finishes it. */
	readonly signal?: AbortSignal | undefined;
	/** True: the reader stays open when the loop is left. Default false. */
	readonly keepOpen?: boolean | undefined;
}

/**
 * Reads the messages of all writers of a channel. All calls that read throw or reject BUSY while another one waits, and while
 * the reader's own codec decodes a message.
 */
export interface Reader<T> extends Endpoint, TypedEmitter<ReaderEvent>, AsyncIterable<T> {
	/** The number of messages that could be read now. */
	readonly available: number;
	/**
	 * Returns the next message. Never waits: returns undefined if there is no message now, and after the end. If `data` has a
	 * listener then, one `data` event follows when there is a message. Throws DECODE (the message counts as read, and the
	 * reader stays usable), PEER_DIED, CLOSED after `close()`, and BUSY.
	 */
	tryRead(): T | undefined;
	/**
	 * Returns up to `limit` messages (1 or more, default 1024), an empty array if there are none. Never waits. Stops early at
	 * an event that comes between two messages, and with the message that makes it 1 MiB. Throws as `tryRead` does. A message
	 * that cannot be decoded ends the batch; the next call throws.
	 */
	readBatch(limit?: number): T[];
	/**
	 * Calls `visitor` with the bytes of up to `limit` messages (1 or more, default 1024), which are not decoded, and returns their number. The fastest
	 * way to read bytes: a message costs no object. Never waits, and stops early as `readBatch` does. An exception of the visitor is thrown on; its
	 * message counts as read. A call of the visitor that reads from the same reader is BUSY; `close` takes effect when it has returned. Throws
	 * PEER_DIED, CLOSED and BUSY.
	 */
	readEach(visitor: MessageVisitor, limit?: number): number;
	/**
	 * Resolves with the next message, or with undefined at the end; waits for either. Rejects with `signal.reason`, and no
	 * message is lost then; with MISMATCH, VERSION, ACCESS or LIMIT, once, when a writer was refused and no other one is
	 * connected or connecting; and with the errors of `tryRead`. After 1024 messages or 1 MiB without a pause it waits for one
	 * turn of the event loop, so that timers and sockets are served.
	 */
	read(options?: Waiting): Promise<T | undefined>;
	/**
	 * As `tryRead`, but a large message is not copied: its bytes stay in the ring until the lease ends. The caller must end it, by `release()` or
	 * `using`. Reading on does not wait for that, and leases may end in any order. Throws also LIMIT when 1024 leases of the reader are open; the
	 * message stays in the ring then.
	 */
	tryLease(): Lease<T> | undefined;
	/** As `read`, for a lease. Waits, and rejects, as `read` does, and with LIMIT as `tryLease`. The caller must end the lease. */
	lease(options?: Waiting): Promise<Lease<T> | undefined>;
	/**
	 * As `iterate`, for leases. Each one ends when the loop asks for the next one and when the loop is left, unless it is kept. Leaving the loop before
	 * the end of the reader closes the reader, which ends kept leases as well, unless `keepOpen` is true.
	 */
	leases(options?: IterateOptions): AsyncIterableIterator<Lease<T>> & AsyncDisposable;
	/**
	 * As `read`, but blocks the thread. All handles of the thread serve their links meanwhile; no code runs but the listeners
	 * of this reader. The termination of the worker ends the call within 100 ms. Throws TIMEOUT if there was no message in
	 * time.
	 */
	readSync(options?: BlockingOptions): T | undefined;
	/**
	 * Iterates over the messages, as `for await (const message of reader)` does. The iterator finishes at the end of the reader
	 * and when the reader is closed, also on a reader that is closed already. It fails as `read` does. Leaving the loop by
	 * `break`, `return`, an exception or a failure closes the reader, unless `keepOpen` is true.
	 */
	iterate(options?: IterateOptions): AsyncIterableIterator<T> & AsyncDisposable;
	/**
	 * Leaves the channel. Messages that were not delivered stay in the lanes for other readers, from that of the oldest open lease on. All
	 * leases end, and their bytes are zeros. A `read` that waits rejects
	 * with CLOSED, and iterators finish. Idempotent.
	 */
	close(): Promise<void>;
}
