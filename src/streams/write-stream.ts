import { Writable } from 'node:stream';
import { acquireWriter } from '../adapter/acquire.js';
import { checkSignal, onAbort } from '../base/abort.js';
import { checkBoolean, checkOneOf, checkOptions, checkTimeout, type KeysOf } from '../base/check.js';
import { RingwireError } from '../base/errors.js';
import { describePeer } from '../base/peer.js';
import type { Channel } from '../definition/channel.js';
import type { ChannelEventOf } from '../endpoint/events.js';
import { onRefused } from '../endpoint/handle.js';
import { whenHandedOver } from '../writer/handed-over.js';
import type { Writer, WriterOptions } from '../writer/types.js';
import { writerKeys } from '../writer/types.js';
import type { ChannelWriter } from '../writer/writer.js';
import { asError, checkHighWaterMark, isByteStream } from './byte-mode.js';
import { type Callback, ChunkWriter } from './chunk-writer.js';

/** The options of `openWriter` are for the Writer that it opens of a Channel. */
export interface WriteStreamOptions extends WriterOptions {
	/** How long the end of the stream waits for a first reader: 0 or more, default Infinity. */
	readonly readerTimeoutMs?: number | undefined;
	/** When the last connected reader has died: `wait` for the next one (default), or `error`, which destroys the stream with PEER_DIED. */
	readonly onPeerDeath?: 'wait' | 'error' | undefined;
	/** Only for a Writer that was given. True (default): the stream ends it with its own end, and closes it when it is destroyed. */
	readonly closeWriter?: boolean | undefined;
	/** How much the stream may hold itself: bytes or, in object mode, messages. Default as for every Writable of Node. */
	readonly highWaterMark?: number | undefined;
	/** Aborting it destroys the stream with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

export const writeStreamKeys: KeysOf<WriteStreamOptions> = {
	...writerKeys,
	readerTimeoutMs: true,
	onPeerDeath: true,
	closeWriter: true,
	highWaterMark: true,
};

interface CheckedOptions extends WriteStreamOptions {
	readonly readerTimeoutMs: number;
	readonly onPeerDeath: 'wait' | 'error';
	readonly closeWriter: boolean;
}

/** A Writable over a channel. Its `writer` tells the events, the peers and the counters; do not write to it. */
export interface ChannelWritable<T> extends Writable {
	readonly writer: Writer<T>;
}

/**
 * A channel as a Node Writable: a byte stream for the codec `bytes()`, in which a chunk larger than `messageMax` becomes several messages and an
 * empty one none; object mode, one message a chunk, for any other.
 *
 * It opens a Writer of the channel at once, or takes the one it is given, to which nobody else may write then.
 *
 * - When it waits: `write` calls back when the message is in the ring. `end` calls back (and `finish` comes) when what was written does not need us
 *   any more: a reader is connected, which has the lane mapped and drains it even after our death, or it was read. So with nobody there it
 *   waits for a first reader, at most `readerTimeoutMs`, after which the stream is destroyed with TIMEOUT, saying how many messages nobody read.
 * - When full: with the policy `block` it waits for room, and `write()` answers false like that of any stream whose buffer is full. With `drop-newest`
 *   messages are dropped and counted in `stream.writer.stats.dropped`; the other policies are never full.
 * - On error: destroyed with ENCODE, TOO_LARGE (object mode), CLOSED when the channel was shut down, and MISMATCH, VERSION, ACCESS or LIMIT when a link was
 *   refused while nobody else is connected. A reader that dies is no error by itself, see `onPeerDeath`.
 * - On `destroy()`: the writer leaves without `end`, and so no reader takes what it got for the whole.
 * - What concurrency cannot change: the order of the messages, and that `finish` means that nothing written is lost to a reader that is there.
 *
 * Throws as `openWriter` does.
 */
export function createWriteStream<T>(
	target: Channel<T, unknown> | Writer<T>,
	options?: WriteStreamOptions,
): ChannelWritable<T> {
	const {
		signal,
		readerTimeoutMs = Number.POSITIVE_INFINITY,
		...rest
	} = checkOptions('options', options, writeStreamKeys);
	const { onPeerDeath = 'wait', closeWriter = true, highWaterMark, ...writerOptions } = rest;
	checkTimeout('readerTimeoutMs', readerTimeoutMs);
	checkOneOf('onPeerDeath', onPeerDeath, ['wait', 'error']);
	checkBoolean('closeWriter', closeWriter);
	checkHighWaterMark('highWaterMark', highWaterMark);
	checkSignal('signal', signal);
	signal?.throwIfAborted();
	const { handle, opened } = acquireWriter(target, writerOptions);
	const closes = opened || closeWriter;
	return new PublishingWritable(handle, { readerTimeoutMs, onPeerDeath, closeWriter: closes, highWaterMark, signal });
}

class PublishingWritable<T> extends Writable implements ChannelWritable<T> {
	readonly writer: Writer<T>;
	readonly #writer: ChannelWriter<unknown>;
	readonly #publisher: ChunkWriter;
	readonly #closes: boolean;
	readonly #readerTimeoutMs: number;
	readonly #leaving = new AbortController();
	readonly #releases: readonly (() => void)[];

	constructor(writer: ChannelWriter<T>, options: CheckedOptions) {
		const { highWaterMark, signal } = options;
		super({ objectMode: !isByteStream(writer.channel), ...(highWaterMark === undefined ? {} : { highWaterMark }) });
		this.writer = writer;
		this.#writer = writer;
		this.#publisher = new ChunkWriter(writer, this.#leaving.signal);
		this.#closes = options.closeWriter;
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

	override _write(chunk: unknown, _encoding: BufferEncoding, callback: Callback): void {
		this.#publisher.write([chunk], callback);
	}

	override _writev(written: readonly { readonly chunk: unknown }[], callback: Callback): void {
		this.#publisher.write(
			written.map(({ chunk }) => chunk),
			callback,
		);
	}

	override _final(callback: Callback): void {
		// Out of the callback may come an exception of the user's, which must not become a rejection of ours.
		const fail = (error: unknown) => {
			try {
				callback(asError(error));
			} finally {
				this.destroy(asError(error)); // Node does that only if none came
			}
		};
		this.#end().then(
			() => process.nextTick(callback),
			(error) => process.nextTick(fail, error),
		);
	}

	override _destroy(error: Error | null, callback: Callback): void {
		for (const release of this.#releases) release();
		this.#leaving.abort(error ?? undefined);
		const closed = this.#closes ? this.#writer.close({ lingerMs: 0 }) : Promise.resolve();
		closed.then(() => process.nextTick(callback, error), callback);
	}

	async #end(): Promise<void> {
		if (this.#closes) this.#writer.end();
		await whenHandedOver(this.#writer, this.#readerTimeoutMs, this.#leaving.signal);
		if (this.#closes) await this.#writer.close({ lingerMs: 0 });
	}

	readonly #onShutdown = (): void => {
		const { name: channel } = this.#writer;
		this.destroy(
			new RingwireError('ERR_RINGWIRE_CLOSED', `channel "${channel}": it has been shut down`, { channel }),
		);
	};

	readonly #onDisconnect = ({ peer, reason }: ChannelEventOf<'disconnect'>): void => {
		if (reason === 'closed' || this.#writer.peers.length > 0) return;
		const { name: channel } = this.#writer;
		const what = `the last ${describePeer(peer)} died`;
		this.destroy(new RingwireError('ERR_RINGWIRE_PEER_DIED', `channel "${channel}": ${what}`, { channel, peer }));
	};
}
