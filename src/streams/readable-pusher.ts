import type { Readable } from 'node:stream';
import { truncationError } from '../base/departure-error.js';
import { raiseLater } from '../base/emitter.js';
import { RingwireError } from '../base/errors.js';
import type { ChannelEventOf } from '../endpoint/events.js';
import type { Ending } from '../reader/lifecycle.js';
import type { Waiter } from '../reader/message-source.js';
import { type MessageSource, messageSource, nothing } from '../reader/message-source.js';
import type { ChannelReader } from '../reader/reader.js';
import { asError, isByteStream } from './byte-mode.js';

/**
 * Brings the messages of a Reader into a stream that can be read, and destroys that stream with what goes wrong, when what came before has been
 * consumed. The stream passes `_read` and the end of `read` on, and calls `release` when it is destroyed.
 */
export class ReadablePusher<T> {
	readonly #stream: Readable;
	readonly #reader: ChannelReader<T>;
	readonly #source: MessageSource<T>;
	readonly #objects: boolean;
	#draining = false;
	#waiting = false;
	/** Aborted: the stream has been destroyed. */
	readonly #interest = { aborted: false };
	/** The consumer has asked for more bytes than the buffer has, and nothing has come since then. */
	#starves = false;
	/** Why the stream will be destroyed when its buffer has been consumed. */
	#failure: unknown;

	constructor(stream: Readable, reader: ChannelReader<T>, onPeerDeath: 'error' | 'event') {
		this.#stream = stream;
		this.#reader = reader;
		this.#source = reader[messageSource];
		this.#objects = !isByteStream(reader.channel);
		if (onPeerDeath === 'error') reader.on('disconnect', this.#onDisconnect);
	}

	/** Pushes what there is until the buffer is full, then waits for more. */
	read(): void {
		if (!this.#draining && !this.#waiting) this.#drain();
	}

	/**
	 * The stream's `read(size)` has given `chunk`. The buffer is left to the consumer before a failure destroys the stream,
	 * unless he asks for more bytes than it has: then no call of his would ever take it.
	 */
	consumed(chunk: unknown, size: number | undefined): void {
		if (size !== 0) this.#starves = chunk === null && size !== undefined && size > 0;
		this.#destroyIfDue();
	}

	fail(reason: unknown): void {
		if (this.#failure !== undefined || this.#stream.destroyed) return;
		this.#failure = reason ?? this.#error('ERR_RINGWIRE_CLOSED', 'was aborted');
		this.#source.cancel(this.#waiter);
		this.#waiting = false;
		this.#destroyIfDue();
	}

	release(): void {
		this.#interest.aborted = true;
		this.#source.cancel(this.#waiter);
		this.#reader.off('disconnect', this.#onDisconnect);
	}

	readonly #waiter: Waiter = {
		settle: (readiness) => {
			this.#waiting = false;
			if (readiness === 'readable') this.#drain();
			else this.#over(readiness);
		},
		fail: (reason) => {
			this.#waiting = false;
			this.fail(reason);
		},
	};

	readonly #onDisconnect = ({ peer, reason, ended }: ChannelEventOf<'disconnect'>): void => {
		if (ended && reason !== 'corrupt') return;
		this.fail(truncationError(this.#reader.name, peer, reason));
	};

	#drain(): void {
		this.#draining = true;
		try {
			// A failure can come up in `next`, which tells events. A message that it gives all the same came before the next failure.
			while (this.#failure === undefined && !this.#stream.destroyed) {
				const message = this.#source.next(this.#interest);
				if (message === nothing) break;
				if (!this.#deliver(message)) return;
			}
			if (this.#failure !== undefined || this.#stream.destroyed) return;
			this.#waiting = true;
			this.#source.wait(this.#waiter);
		} catch (error) {
			this.#waiting = false;
			this.fail(error);
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
			return this.#push(message);
		}
		// To a byte stream an empty chunk says nothing.
		return message instanceof Uint8Array && message.length === 0 ? true : this.#push(message);
	}

	/** `push`, with null for the end, calls listeners of the user, whose exceptions are no failure of the transfer. */
	#push(message: T | null): boolean {
		this.#starves = false;
		try {
			return this.#stream.push(message);
		} catch (exception) {
			raiseLater(exception);
			return (
				this.#stream.readableLength < this.#stream.readableHighWaterMark || this.#stream.readableLength === 0
			);
		}
	}

	#over(over: Ending): void {
		if (over === 'ended' && !this.#source.isShutDown) this.#push(null);
		else if (over === 'ended')
			this.fail(this.#error('ERR_RINGWIRE_CLOSED', 'was shut down before its writers had ended'));
		else this.fail(this.#error('ERR_RINGWIRE_CLOSED', 'the reader was closed under the stream'));
	}

	#error(code: RingwireError['code'], what: string): RingwireError {
		const { name: channel } = this.#reader;
		return new RingwireError(code, `channel "${channel}": ${what}`, { channel });
	}

	#destroyIfDue(): void {
		if (this.#failure === undefined || !(this.#starves || this.#stream.readableLength === 0)) return;
		this.#stream.destroy(asError(this.#failure));
	}
}

/** How much a stream of that reader's messages holds by default. Small, because the ring is the queue. */
export function markFor({ channel }: ChannelReader<unknown>): number {
	if (channel.overflow === 'latest') return 0;
	return isByteStream(channel) ? 64 * 1024 : 16;
}
