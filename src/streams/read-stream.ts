import { Readable } from 'node:stream';
import { acquireReader, checkKeeping } from '../adapter/acquire.js';
import { checkSignal, onAbort } from '../base/abort.js';
import { checkOneOf, checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import { ChannelReader } from '../reader/reader.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import { readerKeys } from '../reader/types.js';
import type { Until } from '../reader/until.js';
import { ReadablePusher } from './readable-pusher.js';
import { asError } from './stream-errors.js';
import { checkHighWaterMark, defaultMark, isByteStream } from './stream-mode.js';

/** The options of `openReader` apply to the Reader that is opened for a Channel. With a given Reader only those below may be present. */
export interface ReadStreamOptions extends Omit<ReaderOptions, 'onPeerDeath'> {
	/**
	 * `error`: a writer that dies or leaves without having ended destroys the stream, when everything that it published has been consumed.
	 * `event`: it is a `disconnect` event of `stream.reader`, and the stream waits for other writers, without limit. Default `error`, but
	 * `event` with `until: 'closed'`.
	 */
	readonly onPeerDeath?: 'error' | 'event' | undefined;
	/** For a given Reader only. True: it stays open. False (default): the stream closes it when it is destroyed, also by its own end. */
	readonly keepOpen?: boolean | undefined;
	/**
	 * The size of the stream's own buffer: bytes (default 65,536), or messages in object mode (default 16). It is small, because the ring is
	 * the queue. 0 with the policy `latest`, because a message in a buffer is not the newest; Node still reads one message ahead of some
	 * consumers then.
	 */
	readonly highWaterMark?: number | undefined;
	/** Aborting it destroys the stream with `signal.reason`, and closes the Reader unless `keepOpen` is true. */
	readonly signal?: AbortSignal | undefined;
}

const readStreamKeys: KeysOf<ReadStreamOptions> = { ...readerKeys, keepOpen: true, highWaterMark: true };

/** A Readable over a channel. Its `reader` has the events, the peers and the counters; no other code may read from it. */
export interface ChannelReadable<T> extends Readable {
	readonly reader: Reader<T>;
	/** Yields the chunks: messages in object mode, Buffers in a byte stream. */
	[Symbol.asyncIterator](): NodeJS.AsyncIterator<T>;
	/** Node's own signature: without it the stream would not be assignable to `NodeJS.ReadableStream`. */
	[Symbol.asyncIterator](): ReturnType<Readable[typeof Symbol.asyncIterator]>;
}

/**
 * The messages of a channel as a Node Readable. For the codec `bytes()` it is a byte stream: it has no message boundaries, and an empty message
 * leaves no trace. For any other codec it is in object mode, one chunk a message. It opens a Reader of a Channel at once, or uses the given
 * Reader; no other call may read from it meanwhile.
 *
 * - When it waits: while the ring is empty. Available messages are pushed until the stream's buffer is full (`highWaterMark`); the event loop gets a
 *   turn after 1024 messages or 1 MiB.
 * - When full: takes nothing out of the ring. The ring fills, and the channel's overflow policy acts on the writers.
 * - At the end: ends when the Reader has reached its end (`until`) and everything is delivered; with `until: 'closed'` also after a shutdown.
 * - On error: destroyed when everything that was delivered before is consumed. PEER_DIED when one of the writers died or left without `end()` (see
 *   `onPeerDeath`); CORRUPT when one was cut off; CLOSED when other code has closed the Reader or the channel was shut down; DECODE;
 *   UNSUPPORTED for the messages `null` and `undefined`, which object mode cannot carry; BUSY when another call reads; and MISMATCH, VERSION, ACCESS or
 *   LIMIT when a link was refused and no other peer is connected or connecting (an event only with `until: 'closed'`). A truncated
 *   transfer never looks complete.
 * - On `destroy()`: closes the Reader. Messages in the ring stay there for other readers; those in the stream's own buffer are gone.
 * - Kept under concurrency: the order of one writer's messages, and that each is delivered once. With a policy that loses messages,
 *   the `lost` events of `stream.reader` count them.
 *
 * Throws TypeError and RangeError for its arguments, `signal.reason` if the signal is aborted already, and as `openReader` does.
 */
export function createReadStream<T>(
	source: Channel<never, T> | Reader<T>,
	options?: ReadStreamOptions,
): ChannelReadable<T> {
	const { onPeerDeath, keepOpen, signal, highWaterMark, ...readerOptions } = checkOptions(
		'options',
		options,
		readStreamKeys,
	);
	if (onPeerDeath !== undefined) checkOneOf('onPeerDeath', onPeerDeath, ['error', 'event']);
	checkHighWaterMark('highWaterMark', highWaterMark);
	checkSignal('signal', signal)?.throwIfAborted();
	checkKeeping(source, 'a stream');
	const onDeath = (until: Until | undefined) => onPeerDeath ?? (until === 'closed' ? 'event' : 'error');
	// A Reader of our own fails also with a writer that does not answer.
	const openOptions =
		source instanceof ChannelReader
			? readerOptions
			: { ...readerOptions, onPeerDeath: onDeath(readerOptions.until) };
	const { handle, closes } = acquireReader(source, openOptions, keepOpen);
	return new MessageReadable(handle, {
		onPeerDeath: onDeath(handle.until),
		closes,
		highWaterMark: highWaterMark ?? defaultMark(handle.channel),
		signal,
	});
}

interface CheckedOptions {
	readonly onPeerDeath: 'error' | 'event';
	readonly closes: boolean;
	readonly highWaterMark: number;
	readonly signal: AbortSignal | undefined;
}

class MessageReadable<T> extends Readable implements ChannelReadable<T> {
	readonly #reader: ChannelReader<T>;
	readonly #pusher: ReadablePusher<T>;
	readonly #closes: boolean;
	readonly #stopListening: () => void;

	constructor(reader: ChannelReader<T>, { onPeerDeath, closes, highWaterMark, signal }: CheckedOptions) {
		super({ objectMode: !isByteStream(reader.channel), highWaterMark });
		this.#reader = reader;
		this.#pusher = new ReadablePusher(this, reader, onPeerDeath);
		this.#closes = closes;
		this.#stopListening = onAbort(signal, () => this.destroy(asError(signal?.reason)));
	}

	get reader(): Reader<T> {
		return this.#reader;
	}

	override _read(): void {
		this.#pusher.read();
	}

	override read(size?: number): unknown {
		const chunk: unknown = super.read(size);
		this.#pusher.consumed(chunk, size);
		return chunk;
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#stopListening();
		this.#pusher.release();
		const closed = this.#closes ? this.#reader.close() : Promise.resolve();
		closed.then(() => callback(error), callback);
	}
}
