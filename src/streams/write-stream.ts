import { Writable } from 'node:stream';
import { acquireWriter } from '../adapter/acquire.js';
import { checkSignal, onAbort } from '../base/abort.js';
import { checkOneOf, checkOptions, checkTimeout, type KeysOf } from '../base/check.js';
import { channelError } from '../base/errors.js';
import { describePeer } from '../base/peer.js';
import type { Channel } from '../definition/channel.js';
import type { ChannelEventOf } from '../endpoint/events.js';
import { onRefused } from '../endpoint/handle.js';
import { whenHandedOver } from '../writer/handed-over.js';
import type { Writer, WriterOptions } from '../writer/types.js';
import { writerKeys } from '../writer/types.js';
import type { ChannelWriter } from '../writer/writer.js';
import { chunkFor } from './chunk-view.js';
import { type Callback, ChunkWriter } from './chunk-writer.js';
import { asError, streamDestroyed } from './stream-errors.js';
import { checkHighWaterMark, isByteStream } from './stream-mode.js';

/** The options of `openWriter` apply to the Writer that is opened for a Channel. With a given Writer only those below may be present. */
export interface WriteStreamOptions extends WriterOptions {
	/** How long the end of the stream waits for a first reader: 0 or more milliseconds, default Infinity. */
	readonly readerTimeoutMs?: number | undefined;
	/** When the last connected reader has died: `wait` for the next one (default), or `error`, which destroys the stream with PEER_DIED. */
	readonly onPeerDeath?: 'wait' | 'error' | undefined;
	/**
	 * For a given Writer only. True: it is neither ended nor closed. False (default): the stream ends it at its own end, and closes it when
	 * it is destroyed.
	 */
	readonly keepOpen?: boolean | undefined;
	/** The size of the stream's own buffer: bytes, or messages in object mode. Default as for every Writable of Node. */
	readonly highWaterMark?: number | undefined;
	/** Aborting it destroys the stream with `signal.reason`, and closes the Writer unless `keepOpen` is true. */
	readonly signal?: AbortSignal | undefined;
}

export const writeStreamKeys: KeysOf<WriteStreamOptions> = {
	...writerKeys,
	readerTimeoutMs: true,
	onPeerDeath: true,
	keepOpen: true,
	highWaterMark: true,
};

/** A Writable over a channel. Its `writer` has the events, the peers and the counters; no other code may write to it. */
export interface ChannelWritable<T> extends Writable {
	readonly writer: Writer<T>;
}

/**
 * A channel as a Node Writable. For the codec `bytes()` it is a byte stream, which accepts any ArrayBuffer, SharedArrayBuffer or view, and strings.
 * A chunk larger than `messageMax` becomes several messages, and an empty one none. With a pool a message may have the `messageMax` of the pool: one that
 * does not fit into the lane is made in a loan, with `block` and `drop-oldest`. For any other codec it is in object mode, one message a chunk.
 * It opens a Writer of a Channel at once, or uses the given Writer; no other code may write to it meanwhile.
 *
 * - When it waits: `write` calls back when the message is in the ring. `end` calls back, and `finish` is emitted, when the messages no longer need
 *   this process: a reader is connected, which has the lane mapped and can read it even after this process has died, or everything was read. With no
 *   reader it waits for a first one, at most `readerTimeoutMs`.
 * - When full: with the policy `block` it waits for room, and `write()` returns false as that of any stream whose buffer is full. With
 *   `drop-newest` messages are dropped and counted in `stream.writer.stats.dropped`. The other policies are never full, except that a stream
 *   with a pool waits while leases of its readers have all of that.
 * - At the end: ends the channel and closes the Writer, unless `keepOpen` is true.
 * - On error: destroyed with ENCODE; TOO_LARGE (object mode); CLOSED when the channel was shut down or other code has closed the Writer; TIMEOUT
 *   after `readerTimeoutMs` without a reader, with the number of unread messages; PEER_DIED if `onPeerDeath` is `error`; and MISMATCH, VERSION,
 *   ACCESS or LIMIT when a link was refused and no other peer is connected or connecting.
 * - On `destroy()`: closes the Writer without ending it: a reader must not take a part for the whole. Writes that wait or are queued call back
 *   with the reason, or with ERR_STREAM_DESTROYED if there is none.
 * - Kept under concurrency: the order of the messages. Nothing that was written before `finish` is lost to a connected reader.
 *
 * Throws TypeError and RangeError for its arguments, `signal.reason` if the signal is aborted already, and as `openWriter` does.
 */
export function createWriteStream<T>(
	target: Channel<T, unknown> | Writer<T>,
	options?: WriteStreamOptions,
): ChannelWritable<T> {
	const {
		readerTimeoutMs = Number.POSITIVE_INFINITY,
		onPeerDeath = 'wait',
		keepOpen,
		highWaterMark,
		signal,
		...writerOptions
	} = checkOptions('options', options, writeStreamKeys);
	checkTimeout('readerTimeoutMs', readerTimeoutMs);
	checkOneOf('onPeerDeath', onPeerDeath, ['wait', 'error']);
	checkHighWaterMark('highWaterMark', highWaterMark);
	checkSignal('signal', signal)?.throwIfAborted();
	const { handle, closes } = acquireWriter(target, writerOptions, keepOpen);
	return new MessageWritable(handle, { readerTimeoutMs, onPeerDeath, closes, highWaterMark, signal });
}

interface CheckedOptions {
	readonly readerTimeoutMs: number;
	readonly onPeerDeath: 'wait' | 'error';
	readonly closes: boolean;
	readonly highWaterMark: number | undefined;
	readonly signal: AbortSignal | undefined;
}

class MessageWritable<T> extends Writable implements ChannelWritable<T> {
	readonly writer: Writer<T>;
	readonly #writer: ChannelWriter<unknown>;
	readonly #chunks: ChunkWriter;
	readonly #closes: boolean;
	readonly #readerTimeoutMs: number;
	readonly #releases: readonly (() => void)[];
	/** The end waits until the messages are handed over. */
	#ending = false;

	constructor(writer: ChannelWriter<T>, options: CheckedOptions) {
		const { highWaterMark, signal } = options;
		super({ objectMode: !isByteStream(writer.channel), ...(highWaterMark === undefined ? {} : { highWaterMark }) });
		this.writer = writer;
		this.#writer = writer;
		this.#chunks = new ChunkWriter(writer);
		this.#closes = options.closes;
		this.#readerTimeoutMs = options.readerTimeoutMs;
		writer.on('shutdown', this.#onShutdown);
		if (options.onPeerDeath === 'error') writer.on('disconnect', this.#onDisconnect);
		this.#releases = [
			() => writer.off('shutdown', this.#onShutdown),
			() => writer.off('disconnect', this.#onDisconnect),
			writer[onRefused]((error) => this.destroy(error)),
			onAbort(signal, () => this.destroy(asError(signal?.reason))),
		];
	}

	override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
		const accepted = chunkFor(this, chunk);
		if (typeof encoding === 'string') return super.write(accepted, encoding, callback);
		return super.write(accepted, encoding ?? callback);
	}

	override end(chunk?: unknown, encoding?: BufferEncoding | (() => void), callback?: () => void): this {
		const accepted = chunkFor(this, chunk);
		if (typeof encoding === 'string') return super.end(accepted, encoding, callback);
		return super.end(accepted, encoding ?? callback);
	}

	override _write(chunk: unknown, _encoding: BufferEncoding, callback: Callback): void {
		this.#chunks.write([chunk], callback);
	}

	override _writev(written: readonly { readonly chunk: unknown }[], callback: Callback): void {
		this.#chunks.write(
			written.map(({ chunk }) => chunk),
			callback,
		);
	}

	override _final(callback: Callback): void {
		// The callback may throw an exception of the user's, which must not become the rejection of this promise.
		const fail = (error: unknown) => {
			try {
				callback(asError(error));
			} finally {
				this.destroy(asError(error)); // Node destroys the stream only if the callback has not thrown.
			}
		};
		this.#ending = true;
		this.#end().then(
			() => {
				this.#ending = false;
				process.nextTick(callback);
			},
			(error) => process.nextTick(fail, error),
		);
	}

	override _destroy(error: Error | null, callback: Callback): void {
		for (const release of this.#releases) release();
		this.#chunks.cancel(error);
		const reason = error ?? this.#unfinished();
		const closed = this.#closes ? this.#writer.close({ lingerMs: 0 }) : Promise.resolve();
		closed.then(() => process.nextTick(callback, reason), callback);
	}

	/**
	 * Node's `finished` and `pipeline` report success for a destroyed stream whose buffer is empty, also while `_final` is pending. This error
	 * makes them fail. They listen to `error`; without a listener, the error of a plain `destroy()` would end the process.
	 */
	#unfinished(): Error | null {
		return this.#ending && this.listenerCount('error') > 0 ? streamDestroyed() : null;
	}

	async #end(): Promise<void> {
		if (this.#closes) this.#writer.end();
		await whenHandedOver(this.#writer, this.#readerTimeoutMs, this.#chunks.signal);
		if (this.#closes) await this.#writer.close({ lingerMs: 0 });
	}

	readonly #onShutdown = (): void => {
		this.destroy(channelError('ERR_RINGWIRE_CLOSED', this.#writer.name, 'the channel has been shut down'));
	};

	readonly #onDisconnect = ({ peer, reason }: ChannelEventOf<'disconnect'>): void => {
		if (reason === 'closed' || this.#writer.peers.length > 0) return;
		const what = `the last ${describePeer(peer)} died`;
		this.destroy(channelError('ERR_RINGWIRE_PEER_DIED', this.#writer.name, what, { peer }));
	};
}
