import { Duplex } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { checkSignal, onAbort } from '../base/abort.js';
import { checkBoolean, checkOptions, type KeysOf } from '../base/check.js';
import { departureError } from '../base/departure-error.js';
import { RingwireError } from '../base/errors.js';
import type { DepartureReason } from '../base/peer.js';
import { describeValue } from '../codecs/describe-value.js';
import { type Connection, DuplexConnection } from '../connection/connection.js';
import { asError, checkHighWaterMark, isByteStream } from './byte-mode.js';
import { type Callback, ChunkWriter } from './chunk-writer.js';
import { markFor, ReadablePusher } from './readable-pusher.js';

export interface DuplexStreamOptions {
	/**
	 * True (default): the stream closes the connection when it is destroyed, also by its own end. False: it leaves the
	 * connection as it is, for who goes on with it: `end()` does not end our direction either, and the other side is not told.
	 */
	readonly closeConnection?: boolean | undefined;
	/** As `highWaterMark` of `createReadStream`. */
	readonly readableHighWaterMark?: number | undefined;
	/** As `highWaterMark` of `createWriteStream`. */
	readonly writableHighWaterMark?: number | undefined;
	/** Aborting it destroys the stream with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

const duplexStreamKeys: KeysOf<DuplexStreamOptions> = {
	closeConnection: true,
	readableHighWaterMark: true,
	writableHighWaterMark: true,
	signal: true,
};

/** A Duplex over a connection. Its `connection` tells events, the peer and the counters; do not read or write there. */
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
 * - When it waits: as `createWriteStream` and `createReadStream` do. `end` calls back when the other side has what was written, or can still read it.
 * - When full: each direction by itself, by the policy of its ring.
 * - At the end: half open. `end()` ends our direction (not with `closeConnection: false`), and the stream reads on until the other side has ended too; then it is destroyed, as every Duplex,
 *   and closes the connection.
 * - On error: destroyed with PEER_DIED when the other side was killed or left without having ended its direction, CORRUPT, CLOSED when the connection was
 *   shut down or closed under it, and what the two stream functions name for their messages. What was delivered before is consumed first,
 *   also when writing has failed already; but who only writes is told at once. An error of one direction ends both.
 * - On `destroy()`: leaves without having ended, so the other side does not take what it got for the whole.
 * - What concurrency cannot change: the order of the messages in each direction.
 *
 * Throws TypeError for its arguments and `signal.reason` when that is aborted already.
 */
export function createDuplexStream<Out, In>(
	connection: Connection<Out, In>,
	options?: DuplexStreamOptions,
): ConnectionStream<Out, In> {
	if (!(connection instanceof DuplexConnection)) {
		throw new TypeError(`connection: got ${describeValue(connection)}, must be a Connection`);
	}
	const { closeConnection = true, signal } = checkOptions('options', options, duplexStreamKeys);
	checkBoolean('closeConnection', closeConnection);
	checkHighWaterMark('readableHighWaterMark', options?.readableHighWaterMark);
	checkHighWaterMark('writableHighWaterMark', options?.writableHighWaterMark);
	checkSignal('signal', signal)?.throwIfAborted();
	return new ConnectionDuplex(connection, { ...options, closeConnection });
}

/**
 * `createDuplexStream` as a pair of Web streams, by Node's own converter: an error or abort of one is one of both. `writableHighWaterMark` counts
 * chunks here, and is 1 by default.
 */
export function createDuplexStreamPair<Out, In>(
	connection: Connection<Out, In>,
	options?: DuplexStreamOptions,
): { readable: ReadableStream<In>; writable: WritableStream<Out> } {
	const { writableHighWaterMark = 1 } = checkOptions('options', options, duplexStreamKeys);
	return Duplex.toWeb(createDuplexStream(connection, { ...options, writableHighWaterMark }));
}

class ConnectionDuplex<Out, In> extends Duplex implements ConnectionStream<Out, In> {
	readonly connection: DuplexConnection<Out, In>;
	readonly #puller: ReadablePusher<In>;
	readonly #publisher: ChunkWriter;
	readonly #closes: boolean;
	readonly #leaving = new AbortController();
	#written = false;
	readonly #stopListening: () => void;
	/** The callback of a write that failed, while what the other side had written before is still being consumed. */
	#unreported: (() => void) | undefined;

	constructor(connection: DuplexConnection<Out, In>, options: DuplexStreamOptions) {
		const { writer, reader } = connection;
		const { readableHighWaterMark = markFor(reader), writableHighWaterMark, signal } = options;
		super({
			readableObjectMode: !isByteStream(reader.channel),
			writableObjectMode: !isByteStream(writer.channel),
			readableHighWaterMark,
			...(writableHighWaterMark === undefined ? {} : { writableHighWaterMark }),
		});
		this.connection = connection;
		this.#closes = options.closeConnection ?? true;
		this.#puller = new ReadablePusher(this, reader, 'error');
		this.#publisher = new ChunkWriter(writer, this.#leaving.signal);
		this.#stopListening = onAbort(signal, () => this.destroy(asError(signal?.reason)));
		connection.on('disconnect', this.#onDisconnect);
	}

	override _read(): void {
		this.#puller.read();
	}

	override read(size?: number): unknown {
		const chunk: unknown = super.read(size);
		this.#puller.consumed(chunk, size);
		return chunk;
	}

	override _write(chunk: unknown, _encoding: BufferEncoding, callback: Callback): void {
		this.#publisher.write([chunk], this.#reporting(callback));
	}

	override _writev(written: readonly { readonly chunk: unknown }[], callback: Callback): void {
		this.#publisher.write(
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
		this.#puller.release();
		this.#leaving.abort(error ?? undefined);
		// What its callback throws is the user's, and must not keep us from leaving.
		if (this.#unreported !== undefined) process.nextTick(this.#unreported);
		const closed = this.#closes ? this.connection.close({ lingerMs: 0 }) : Promise.resolve();
		closed.then(() => process.nextTick(callback, error), callback);
	}

	/** Who is connected has our lane mapped, and drains it whatever becomes of us. */
	async #end(): Promise<void> {
		const { connection } = this;
		if (!this.#closes) return;
		if (connection.closeReason === 'closed') {
			const { unread } = await connection.writer.close();
			if (unread === 0) return;
		}
		connection.writer.end();
	}

	/** Where the other side is gone, reading finds out too, when it has read what was written before. */
	#reporting(callback: Callback): Callback {
		this.#written = true;
		return (error) => {
			if (!(error instanceof Error) || !isDeparture(error) || !this.#isBeingRead) {
				callback(error);
				return;
			}
			const report = () => {
				if (this.#unreported !== report) return;
				this.#unreported = undefined;
				callback(error);
			};
			this.#unreported = report;
			this.once('end', report);
		};
	}

	/** Somebody consumes it, or has begun to. */
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
