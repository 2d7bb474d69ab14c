import { Readable } from 'node:stream';
import { onAbort } from '../channel/abort.js';
import { acquireReader } from '../channel/adapter-source.js';
import { checkBoolean, checkOneOf, checkOptions, checkSignal } from '../channel/check.js';
import type { Channel } from '../channel/contract.js';
import { RingwireError } from '../channel/errors.js';
import type { ChannelEventOf } from '../channel/events.js';
import { describePeer } from '../channel/peer.js';
import { nothing, type Over, type Pull, pull, type Waiter } from '../channel/pull.js';
import type { ChannelReader } from '../channel/reader.js';
import { onRefusal } from '../channel/refusal.js';
import type { Reader, ReaderOptions } from '../channel/types.js';
import { asError, isByteStream } from './byte-mode.js';

/** The options of `openReader` are for the Reader that it opens of a Channel. */
export interface ReadStreamOptions extends Omit<ReaderOptions, 'onPeerDeath'> {
	/**
	 * `error` (default): a writer that is gone without having ended destroys the stream, when everything that it published has been consumed.
	 * `event`: it is only a `disconnect` event of `stream.reader`, and the stream waits for other writers, if need be for ever.
	 */
	readonly onPeerDeath?: 'error' | 'event' | undefined;
	/** Only for a Reader that was given. True (default): the stream closes it when it is destroyed, also by its own end. */
	readonly closeReader?: boolean | undefined;
	/** How much the stream may hold itself: bytes (default 65,536), or messages in object mode (default 16). Small, because the ring is the queue. */
	readonly highWaterMark?: number | undefined;
	/** Aborting it destroys the stream with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

/** A Readable over a channel. Its `reader` tells the events, the peers and the counters; do not read from it. */
export interface ChannelReadable<T> extends Readable {
	readonly reader: Reader<T>;
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
export function createReadStream<T>(source: Channel<T> | Reader<T>, options?: ReadStreamOptions): ChannelReadable<T> {
	const {
		onPeerDeath = 'error',
		closeReader = true,
		signal,
		highWaterMark,
		...readerOptions
	} = checkOptions('options', options);
	checkOneOf('onPeerDeath', onPeerDeath, ['error', 'event']);
	checkBoolean('closeReader', closeReader);
	checkSignal('signal', signal);
	signal?.throwIfAborted();
	const { handle, opened } = acquireReader(source, readerOptions);
	return new PullingReadable(handle, { onPeerDeath, closeReader: opened || closeReader, signal, highWaterMark });
}

class PullingReadable<T> extends Readable implements ChannelReadable<T> {
	readonly #reader: ChannelReader<T>;
	readonly #source: Pull<T>;
	readonly #objects: boolean;
	readonly #closes: boolean;
	readonly #releases: (() => void)[];
	#draining = false;
	#waiting = false;
	#shutDown = false;
	/** Why the stream will be destroyed when its buffer has been consumed. */
	#failure: unknown;

	constructor(reader: ChannelReader<T>, options: ReadStreamOptions) {
		const objectMode = !isByteStream(reader.channel);
		const { highWaterMark = objectMode ? 16 : 64 * 1024, signal } = options;
		super({ objectMode, highWaterMark });
		this.#reader = reader;
		this.#source = reader[pull];
		this.#objects = objectMode;
		this.#closes = options.closeReader ?? true;
		reader.on('shutdown', this.#onShutdown);
		if (options.onPeerDeath === 'error') reader.on('disconnect', this.#onDisconnect);
		this.#releases = [
			() => reader.off('shutdown', this.#onShutdown),
			() => reader.off('disconnect', this.#onDisconnect),
			onRefusal(reader, (error) => this.#fail(error)),
			onAbort(signal, () => this.destroy(asError(signal?.reason))),
		];
	}

	get reader(): Reader<T> {
		return this.#reader;
	}

	override _read(): void {
		if (!this.#draining && !this.#waiting) this.#drain();
	}

	/** What failed is told when the consumer has taken the last chunk that came before it: `destroy` throws away the buffer. */
	override read(size?: number): unknown {
		const chunk: unknown = super.read(size);
		if (this.#failure !== undefined && this.readableLength === 0) this.#destroyFailed();
		return chunk;
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#source.cancel(this.#waiter);
		for (const release of this.#releases) release();
		const closed = this.#closes ? this.#reader.close() : Promise.resolve();
		closed.then(() => callback(error), callback);
	}

	readonly #waiter: Waiter = {
		settle: (readiness) => {
			this.#waiting = false;
			if (readiness === 'readable') this.#drain();
			else this.#over(readiness);
		},
		fail: (reason) => {
			this.#waiting = false;
			this.#fail(reason);
		},
	};

	readonly #onShutdown = (): void => {
		this.#shutDown = true;
	};

	readonly #onDisconnect = ({ peer, reason, ended }: ChannelEventOf<'disconnect'>): void => {
		if (ended && reason !== 'corrupt') return;
		const { name: channel } = this.#reader;
		const [code, what] =
			reason === 'corrupt'
				? (['ERR_RINGWIRE_CORRUPT', 'was cut off for what it put into its shared memory'] as const)
				: (['ERR_RINGWIRE_PEER_DIED', `${reason === 'died' ? 'died' : 'left'} without having ended`] as const);
		this.#fail(new RingwireError(code, `channel "${channel}": ${describePeer(peer)} ${what}`, { channel, peer }));
	};

	/** Pushes what there is until the buffer is full, then waits for more. */
	#drain(): void {
		this.#draining = true;
		try {
			// A failure can come up in `next`, which tells events. A message that it gives all the same came before the next failure.
			while (this.#failure === undefined && !this.destroyed) {
				const message = this.#source.next();
				if (message === nothing) break;
				if (!this.#deliver(message)) return;
			}
			if (this.#failure !== undefined || this.destroyed) return;
			this.#waiting = true;
			this.#source.wait(this.#waiter);
		} catch (error) {
			this.#waiting = false;
			this.#fail(error);
		} finally {
			this.#draining = false;
		}
	}

	/** Answers whether more is wanted. */
	#deliver(message: T): boolean {
		if (this.#objects) {
			if (message === null || message === undefined) {
				throw this.#error('ERR_RINGWIRE_UNSUPPORTED', `a stream cannot carry the message ${message}`);
			}
			return this.push(message);
		}
		// An empty chunk would not count as an answer to `_read`, and the stream would stall.
		return message instanceof Uint8Array && message.length === 0 ? true : this.push(message);
	}

	#over(over: Over): void {
		if (over === 'ended' && !this.#shutDown) this.push(null);
		else if (over === 'ended')
			this.#fail(this.#error('ERR_RINGWIRE_CLOSED', 'was shut down before its writers had ended'));
		else this.#fail(this.#error('ERR_RINGWIRE_CLOSED', 'the reader was closed under the stream'));
	}

	#error(code: RingwireError['code'], what: string): RingwireError {
		const { name: channel } = this.#reader;
		return new RingwireError(code, `channel "${channel}": ${what}`, { channel });
	}

	#fail(reason: unknown): void {
		if (this.#failure !== undefined || this.destroyed) return;
		this.#failure = reason ?? this.#error('ERR_RINGWIRE_CLOSED', 'was aborted');
		this.#source.cancel(this.#waiter);
		this.#waiting = false;
		if (this.readableLength === 0) this.#destroyFailed();
	}

	#destroyFailed(): void {
		const reason = this.#failure;
		this.destroy(asError(reason));
	}
}
