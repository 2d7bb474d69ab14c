import { Readable } from 'node:stream';
import { acquireReader, checkKeeping } from '../adapter/acquire.js';
import { checkSignal, onAbort } from '../base/abort.js';
import { checkBoolean, checkOneOf, checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import type { ChannelReader } from '../reader/reader.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import { readerKeys } from '../reader/types.js';
import { asError, checkHighWaterMark, isByteStream } from './byte-mode.js';
import { markFor, ReadablePusher } from './readable-pusher.js';

/** The options of `openReader` are for the Reader that it opens of a Channel. */
export interface ReadStreamOptions extends Omit<ReaderOptions, 'onPeerDeath'> {
	/**
	 * `error` (default): a writer that is gone without having ended destroys the stream, when everything that it published has been consumed.
	 * `event`: it is only a `disconnect` event of `stream.reader`, and the stream waits for other writers, if need be for ever.
	 */
	readonly onPeerDeath?: 'error' | 'event' | undefined;
	/** Only for a Reader that was given. True (default): the stream closes it when it is destroyed, also by its own end. */
	readonly closeReader?: boolean | undefined;
	/**
	 * How much the stream may hold itself: bytes (default 65,536), or messages in object mode (default 16). Small, because the ring is the queue; 0 with
	 * the policy `latest`, as what waits in a buffer is not the newest: then Node still reads one message ahead of some consumers.
	 */
	readonly highWaterMark?: number | undefined;
	/** Aborting it destroys the stream with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

const readStreamKeys: KeysOf<ReadStreamOptions> = { ...readerKeys, closeReader: true, highWaterMark: true };

/** A Readable over a channel. Its `reader` tells the events, the peers and the counters; do not read from it. */
export interface ChannelReadable<T> extends Readable {
	readonly reader: Reader<T>;
	/** Yields the chunks: messages in object mode, Buffers in a byte stream. */
	[Symbol.asyncIterator](): NodeJS.AsyncIterator<T>;
	/** Node's own signature: without it the stream would not be assignable to `NodeJS.ReadableStream`. */
	[Symbol.asyncIterator](): ReturnType<Readable[typeof Symbol.asyncIterator]>;
}

/**
 * The messages of a channel as a Node Readable: a byte stream for the codec `bytes()`, which has no boundaries and in which empty messages leave
 * no trace; object mode, one chunk a message, for any other.
 *
 * It opens a Reader of the channel at once, or takes the one it is given, from which nobody else may read then.
 *
 * - When it waits: while there is nothing in the ring. What is there is pushed until the stream's buffer is full (`highWaterMark`), and
 *   after 1024 messages or 1 MiB the event loop gets a turn.
 * - When full: it stops pulling, the ring fills, and the channel's overflow policy acts on the writers.
 * - At the end: it ends when every writer that it has met has ended and all is delivered.
 * - On error: what was delivered before is consumed first, then the stream is destroyed. PEER_DIED for any one writer, of however many, that
 *   was killed or left without `end()` (see `onPeerDeath`), CORRUPT for one that was cut off, CLOSED when the reader was closed or the channel
 *   shut down under the stream, DECODE, UNSUPPORTED for the messages `null` and `undefined`, which a stream in object mode cannot carry, and
 *   MISMATCH, VERSION, ACCESS or LIMIT when a link was refused while nobody else is connected. A truncated transfer never looks complete.
 * - On `destroy()`: the reader closes. What is still in the ring stays there for other readers; what the stream had in its own buffer is gone.
 * - What concurrency cannot change: the order of one writer's messages, and that each comes once. With a policy that loses messages, the
 *   `lost` events of `stream.reader` say how many and where.
 *
 * Throws as `openReader` does.
 */
export function createReadStream<T>(
	source: Channel<never, T> | Reader<T>,
	options?: ReadStreamOptions,
): ChannelReadable<T> {
	const {
		onPeerDeath = 'error',
		closeReader = true,
		signal,
		highWaterMark,
		...readerOptions
	} = checkOptions('options', options, readStreamKeys);
	checkOneOf('onPeerDeath', onPeerDeath, ['error', 'event']);
	checkBoolean('closeReader', closeReader);
	checkHighWaterMark('highWaterMark', highWaterMark);
	checkSignal('signal', signal);
	signal?.throwIfAborted();
	checkKeeping(source, 'a stream');
	const { handle, opened } = acquireReader(source, readerOptions);
	return new PullingReadable(handle, { onPeerDeath, closeReader: opened || closeReader, signal, highWaterMark });
}

class PullingReadable<T> extends Readable implements ChannelReadable<T> {
	readonly #reader: ChannelReader<T>;
	readonly #puller: ReadablePusher<T>;
	readonly #closes: boolean;
	readonly #releases: (() => void)[];

	constructor(reader: ChannelReader<T>, options: ReadStreamOptions) {
		const { highWaterMark = markFor(reader), onPeerDeath = 'error', signal } = options;
		super({ objectMode: !isByteStream(reader.channel), highWaterMark });
		this.#reader = reader;
		this.#puller = new ReadablePusher(this, reader, onPeerDeath);
		this.#closes = options.closeReader ?? true;
		this.#releases = [() => this.#puller.release(), onAbort(signal, () => this.destroy(asError(signal?.reason)))];
	}

	get reader(): Reader<T> {
		return this.#reader;
	}

	override _read(): void {
		this.#puller.read();
	}

	override read(size?: number): unknown {
		const chunk: unknown = super.read(size);
		this.#puller.consumed(chunk, size);
		return chunk;
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		for (const release of this.#releases) release();
		const closed = this.#closes ? this.#reader.close() : Promise.resolve();
		closed.then(() => callback(error), callback);
	}
}
