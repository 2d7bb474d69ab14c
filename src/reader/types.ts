import type { Waiting } from '../base/abort.js';
import type { BlockingOptions } from '../base/blocking-wait.js';
import type { KeysOf } from '../base/check.js';
import type { TypedEmitter } from '../base/emitter.js';
import type { ReaderEvent } from '../endpoint/events.js';
import type { Endpoint } from '../endpoint/types.js';
import type { Until } from './until.js';

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
	/** When the reader ends, see `Until`. Default `'ended'`. */
	readonly until?: Until | undefined;
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

export const readerKeys: KeysOf<ReaderOptions> = {
	from: true,
	lossy: true,
	order: true,
	onPeerDeath: true,
	until: true,
	spinMicros: true,
	signal: true,
};

export const openReaderKeys: KeysOf<OpenReaderOptions> = { ...readerKeys, reuseMemory: true };

export interface IterateOptions {
	/** Aborting it makes the iterator reject with `signal.reason` and finishes it. */
	readonly signal?: AbortSignal | undefined;
	/** True: the reader stays open when the loop is left. Default false. */
	readonly keepOpen?: boolean | undefined;
}

export interface Reader<T> extends Endpoint, TypedEmitter<ReaderEvent>, AsyncIterable<T> {
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
	readSync(options?: BlockingOptions): T | undefined;
	/**
	 * Iterates like `for await (const message of reader)`. Both finish at the end and on `close()`, at once on a reader that
	 * is closed already, for which `read` rejects with CLOSED; otherwise they fail as `read` does. Leaving the loop, by
	 * `break`, `return`, an exception or a failure, closes the reader, unless `keepOpen` is true.
	 */
	iterate(options?: IterateOptions): AsyncIterableIterator<T> & AsyncDisposable;
	/**
	 * Leaves the channel. Messages not handed out yet stay for other readers. A `read` that waits rejects with CLOSED,
	 * iterators finish. Idempotent.
	 */
	close(): Promise<void>;
}
