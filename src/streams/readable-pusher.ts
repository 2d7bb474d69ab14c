import type { Readable } from 'node:stream';
import { truncationError } from '../base/departure-error.js';
import { raiseLater } from '../base/emitter.js';
import { channelError } from '../base/errors.js';
import type { ChannelEventOf } from '../endpoint/events.js';
import type { Ending } from '../reader/lifecycle.js';
import { type MessageSource, messageSource, nothing, type Waiter } from '../reader/message-source.js';
import type { ChannelReader } from '../reader/reader.js';
import { asError } from './stream-errors.js';
import { isByteStream } from './stream-mode.js';

/**
 * Pushes the messages of a Reader into a readable stream. A failure destroys the stream when every earlier message has been
 * consumed. The stream calls `read` from `_read`, `consumed` at the end of its own `read`, and `release` when it is destroyed.
 */
export class ReadablePusher<T> implements Waiter {
	readonly #stream: Readable;
	readonly #reader: ChannelReader<T>;
	readonly #source: MessageSource<T>;
	readonly #objectMode: boolean;
	#pushing = false;
	#waiting = false;
	/** Set when the stream has been destroyed. */
	readonly #released = { aborted: false };
	/** The consumer has asked for more bytes than the buffer has, and nothing has been pushed since then. */
	#starved = false;
	/** The stream is destroyed with it when its buffer has been consumed. */
	#failure: Error | undefined;

	/** `onPeerDeath`: with `error`, a writer that leaves without having ended is a failure. */
	constructor(stream: Readable, reader: ChannelReader<T>, onPeerDeath: 'error' | 'event') {
		this.#stream = stream;
		this.#reader = reader;
		this.#source = reader[messageSource];
		this.#objectMode = !isByteStream(reader.channel);
		if (onPeerDeath === 'error') reader.on('disconnect', this.#onDisconnect);
	}

	/** Pushes the available messages until the buffer is full, then waits for more. */
	read(): void {
		if (!this.#pushing && !this.#waiting) this.#pushAvailable();
	}

	/**
	 * The stream's `read(size)` has returned `chunk`. A failure waits until the buffer has been consumed, unless the consumer
	 * asks for more bytes than the buffer has: then no later call of it would ever take them.
	 */
	consumed(chunk: unknown, size: number | undefined): void {
		if (size !== 0) this.#starved = chunk === null && size !== undefined && size > 0;
		this.#destroyIfDue();
	}

	/** For the source: there may be messages, or the reader has ended. */
	settle(readiness: 'readable' | Ending): void {
		this.#waiting = false;
		if (readiness === 'readable') this.#pushAvailable();
		else if (readiness === 'closed') this.#failClosed('the reader was closed under the stream');
		else if (this.#isTruncated) this.#failClosed('the channel was shut down before its writers had ended');
		else this.#push(null);
	}

	/** For the source: reading fails. The first failure counts. */
	fail(reason: unknown): void {
		if (this.#failure !== undefined || this.#stream.destroyed) return;
		this.#failure = asError(reason);
		this.#source.cancel(this);
		this.#waiting = false;
		this.#destroyIfDue();
	}

	release(): void {
		this.#released.aborted = true;
		this.#source.cancel(this);
		this.#reader.off('disconnect', this.#onDisconnect);
	}

	readonly #onDisconnect = ({ peer, reason, ended }: ChannelEventOf<'disconnect'>): void => {
		if (ended && reason !== 'corrupt') return;
		// That of the reader has a cause.
		const failure = reason === 'corrupt' ? this.#source.failure : undefined;
		this.fail(failure ?? truncationError(this.#reader.name, peer, reason));
	};

	#pushAvailable(): void {
		this.#pushing = true;
		try {
			// `next` emits events, of which one may be a failure. A message that it returns all the same is older than the next failure.
			// While the source is busy nothing is taken, and `wait` throws BUSY: a visitor of the reader may have made the stream read.
			while (this.#failure === undefined && !this.#stream.destroyed && !this.#source.busy) {
				const message = this.#source.next(this.#released);
				if (message === nothing) break;
				if (!this.#deliver(message)) return;
			}
			if (this.#failure !== undefined || this.#stream.destroyed) return;
			this.#waiting = true;
			this.#source.wait(this);
		} catch (error) {
			this.#waiting = false;
			this.fail(error);
		} finally {
			this.#pushing = false;
		}
	}

	/** Returns whether the stream takes more. */
	#deliver(message: T): boolean {
		if (this.#objectMode) {
			if (message === null || message === undefined) {
				const what = `a stream cannot carry the message ${message}`;
				throw channelError('ERR_RINGWIRE_UNSUPPORTED', this.#reader.name, what);
			}
			return this.#push(message);
		}
		// An empty chunk has no meaning in a byte stream.
		return message instanceof Uint8Array && message.length === 0 ? true : this.#push(message);
	}

	/** Null is the end. `push` calls listeners of the user, whose exceptions are no failure of the transfer. */
	#push(message: T | null): boolean {
		this.#starved = false;
		const stream = this.#stream;
		try {
			return stream.push(message);
		} catch (exception) {
			raiseLater(exception);
			return stream.readableLength < stream.readableHighWaterMark || stream.readableLength === 0;
		}
	}

	/** A shutdown has cut off writers that had not ended. With `until: 'closed'` a shutdown is the end that is expected. */
	get #isTruncated(): boolean {
		return this.#source.isShutDown && this.#reader.until !== 'closed';
	}

	#failClosed(what: string): void {
		this.fail(channelError('ERR_RINGWIRE_CLOSED', this.#reader.name, what));
	}

	#destroyIfDue(): void {
		if (this.#failure === undefined || !(this.#starved || this.#stream.readableLength === 0)) return;
		this.#stream.destroy(this.#failure);
	}
}
