import { Duplex } from 'node:stream';
import { checkSignal, onAbort } from '../base/abort.js';
import { checkBoolean, checkOptions, type KeysOf } from '../base/check.js';
import { departureError } from '../base/departure-error.js';
import { channelError, RingwireError } from '../base/errors.js';
import type { DepartureReason } from '../base/peer.js';
import { describeValue } from '../codecs/describe-value.js';
import { DuplexConnection } from '../connection/connection.js';
import type { Connection } from '../connection/types.js';
import { chunkFor } from './chunk-view.js';
import { type Callback, ChunkWriter } from './chunk-writer.js';
import { ReadablePusher } from './readable-pusher.js';
import { asError } from './stream-errors.js';
import { checkHighWaterMark, defaultMark, isByteStream } from './stream-mode.js';

export interface DuplexStreamOptions {
	/**
	 * False (default): the stream closes the connection when it is destroyed, also by its own end. True: the connection stays open, and
	 * `end()` does not end our direction either.
	 */
	readonly keepOpen?: boolean | undefined;
	/** As `highWaterMark` of `createReadStream`. */
	readonly readableHighWaterMark?: number | undefined;
	/** As `highWaterMark` of `createWriteStream`. */
	readonly writableHighWaterMark?: number | undefined;
	/** Aborting it destroys the stream with `signal.reason`, and closes the connection unless `keepOpen` is true. */
	readonly signal?: AbortSignal | undefined;
}

export const duplexStreamKeys: KeysOf<DuplexStreamOptions> = {
	keepOpen: true,
	readableHighWaterMark: true,
	writableHighWaterMark: true,
	signal: true,
};

/** A Duplex over a connection. Its `connection` has the events, the peer and the counters; no other code may read or write there. */
export interface ConnectionStream<Out, In> extends Duplex {
	readonly connection: Connection<Out, In>;
	/** Yields the chunks: messages in object mode, Buffers in a byte stream. */
	[Symbol.asyncIterator](): NodeJS.AsyncIterator<In>;
	/** Node's own signature: without it the stream would not be assignable to `NodeJS.ReadableStream`. */
	[Symbol.asyncIterator](): ReturnType<Duplex[typeof Symbol.asyncIterator]>;
}

/**
 * One side of a connection as a Node Duplex. Each direction is a byte stream for the codec `bytes()`, and in object mode, one message a chunk, for
 * any other.
 *
 * - When it waits: as `createWriteStream` and `createReadStream` do. `end` calls back when the other side has the messages, or can still read them.
 * - When full: each direction by itself, by the policy of its ring.
 * - At the end: half open. `end()` ends our direction, and the stream reads on until the other side has ended too. Then it is destroyed, as every
 *   Duplex of Node, and closes the connection, unless `keepOpen` is true.
 * - On error: destroyed with PEER_DIED when the other side died or left without having ended its direction; CORRUPT when it was cut off; CLOSED when
 *   the connection was shut down, or closed by other code; and as the two one-way streams for their messages. Messages that were delivered
 *   before are consumed first, also when a write has failed already. A stream that is written and not read is destroyed at once. An error of
 *   one direction ends both.
 * - On `destroy()`: closes the connection without having ended: the other side must not take a part for the whole. Writes that wait or are
 *   queued call back with the reason, or with ERR_STREAM_DESTROYED if there is none.
 * - Kept under concurrency: the order of the messages in each direction.
 *
 * Throws TypeError and RangeError for its arguments, and `signal.reason` if the signal is aborted already.
 */
export function createDuplexStream<Out, In>(
	connection: Connection<Out, In>,
	options?: DuplexStreamOptions,
): ConnectionStream<Out, In> {
	if (!(connection instanceof DuplexConnection)) {
		throw new TypeError(`connection: got ${describeValue(connection)}, must be a Connection`);
	}
	const checked = checkOptions('options', options, duplexStreamKeys);
	if (checked.keepOpen !== undefined) checkBoolean('keepOpen', checked.keepOpen);
	checkHighWaterMark('readableHighWaterMark', checked.readableHighWaterMark);
	checkHighWaterMark('writableHighWaterMark', checked.writableHighWaterMark);
	checkSignal('signal', checked.signal)?.throwIfAborted();
	return new ConnectionDuplex(connection, checked);
}

class ConnectionDuplex<Out, In> extends Duplex implements ConnectionStream<Out, In> {
	readonly connection: DuplexConnection<Out, In>;
	readonly #pusher: ReadablePusher<In>;
	readonly #chunks: ChunkWriter;
	readonly #closes: boolean;
	readonly #stopListening: () => void;
	/** A write or the end has been called. */
	#written = false;
	/** Calls back a write that has failed, when everything that the other side had written has been consumed. */
	#reportFailure: (() => void) | undefined;

	constructor(connection: DuplexConnection<Out, In>, options: DuplexStreamOptions) {
		const { writer, reader } = connection;
		const { readableHighWaterMark = defaultMark(reader.channel), writableHighWaterMark, signal } = options;
		super({
			readableObjectMode: !isByteStream(reader.channel),
			writableObjectMode: !isByteStream(writer.channel),
			readableHighWaterMark,
			...(writableHighWaterMark === undefined ? {} : { writableHighWaterMark }),
		});
		this.connection = connection;
		this.#closes = options.keepOpen !== true;
		this.#pusher = new ReadablePusher(this, reader, 'error');
		this.#chunks = new ChunkWriter(writer);
		this.#stopListening = onAbort(signal, () => this.destroy(asError(signal?.reason)));
		connection.on('disconnect', this.#onDisconnect);
	}

	override _read(): void {
		this.#pusher.read();
	}

	override read(size?: number): unknown {
		const chunk: unknown = super.read(size);
		this.#pusher.consumed(chunk, size);
		return chunk;
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
		this.#chunks.write([chunk], this.#reporting(callback));
	}

	override _writev(written: readonly { readonly chunk: unknown }[], callback: Callback): void {
		this.#chunks.write(
			written.map(({ chunk }) => chunk),
			this.#reporting(callback),
		);
	}

	override _final(callback: Callback): void {
		const report = this.#reporting(callback);
		this.#end().then(
			() => process.nextTick(report),
			(error) => process.nextTick(report, error),
		);
	}

	override _destroy(error: Error | null, callback: Callback): void {
		this.#stopListening();
		this.connection.off('disconnect', this.#onDisconnect);
		this.#pusher.release();
		this.#chunks.cancel(error);
		// An exception of the user's callback must not keep the connection open.
		if (this.#reportFailure !== undefined) process.nextTick(this.#reportFailure);
		const closed = this.#closes ? this.connection.close({ lingerMs: 0 }) : Promise.resolve();
		closed.then(() => process.nextTick(callback, error), callback);
	}

	/** A connected peer has our lane mapped, and can read it whatever happens to this process. */
	async #end(): Promise<void> {
		const { writer, name, peer, closeReason } = this.connection;
		if (!this.#closes) return;
		if (closeReason === undefined) {
			writer.end();
			return;
		}
		if (closeReason !== 'closed') throw departureError('channel', name, peer, closeReason);
		const { unread } = await writer.close();
		if (unread === 0) return;
		const what = `the connection is closed, and ${unread} messages have not been read`;
		throw channelError('ERR_RINGWIRE_CLOSED', name, what, { peer });
	}

	/**
	 * Delays the report of a write that has failed because the other side is gone while the stream is being read: the consumer
	 * must get what the other side had written before.
	 */
	#reporting(callback: Callback): Callback {
		this.#written = true;
		return (error) => {
			if (!(error instanceof Error) || !isDeparture(error) || !this.#isBeingRead) {
				callback(error);
				return;
			}
			const report = () => {
				if (this.#reportFailure !== report) return;
				this.#reportFailure = undefined;
				callback(error);
			};
			this.#reportFailure = report;
			this.once('end', report);
		};
	}

	/** A consumer reads the stream, or has begun to. */
	get #isBeingRead(): boolean {
		return this.readableFlowing !== null && !this.readableEnded && !this.destroyed;
	}

	readonly #onDisconnect = ({ reason }: { readonly reason: DepartureReason }): void => {
		if (!this.#written || this.#isBeingRead || reason === 'closed') return;
		const { name, peer } = this.connection;
		this.destroy(departureError('channel', name, peer, reason));
	};
}

function isDeparture(error: Error): boolean {
	if (!(error instanceof RingwireError)) return false;
	const { code } = error;
	return code === 'ERR_RINGWIRE_PEER_DIED' || code === 'ERR_RINGWIRE_CLOSED' || code === 'ERR_RINGWIRE_CORRUPT';
}
