import { channelError, type RingwireError } from '../base/errors.js';
import type { ChannelWriter } from '../writer/writer.js';

/**
 * The messages to the server. A message goes into the ring if there is room. Otherwise it waits, in order and up to `pendingMax`, for
 * a connection or for room.
 */
export class PendingSends<T> {
	readonly #channel: string;
	readonly #pendingMax: number;
	readonly #pending: T[] = [];
	readonly #failed: (error: unknown) => void;
	#writer: ChannelWriter<T> | undefined;
	#completed = false;

	/** `failed` is called with the error of a message that has waited and cannot be written. */
	constructor(channel: string, pendingMax: number, failed: (error: unknown) => void) {
		this.#channel = channel;
		this.#pendingMax = pendingMax;
		this.#failed = failed;
	}

	/** The number of messages that wait. */
	get pending(): number {
		return this.#pending.length;
	}

	get completed(): boolean {
		return this.#completed;
	}

	/** Throws FULL, and CLOSED after `complete`. A message that goes into the ring at once may throw ENCODE and TOO_LARGE. */
	send(message: T): void {
		if (this.#completed) throw this.#error('ERR_RINGWIRE_CLOSED', 'the subject has been completed');
		if (this.#pending.length === 0 && this.#accepted(message)) return;
		if (this.#pending.length >= this.#pendingMax) {
			const lacking = this.#writer === undefined ? 'a connection' : 'room';
			const what = `${this.#pendingMax} messages, the pendingMax of the subject, wait for ${lacking} already`;
			throw this.#error('ERR_RINGWIRE_FULL', what);
		}
		this.#pending.push(message);
	}

	/** Ends the direction to the server after the messages that wait. */
	complete(): void {
		this.#completed = true;
		this.#flush();
	}

	/** Drops the messages that wait. */
	clear(): void {
		this.#pending.length = 0;
	}

	/** There is a connection: writes the messages that wait. */
	open(writer: ChannelWriter<T>): void {
		this.#writer = writer;
		writer.on('space', this.#flush);
		this.#flush();
	}

	/** The connection is gone. The messages that wait are kept for the next one. */
	close(): void {
		this.#writer?.off('space', this.#flush);
		this.#writer = undefined;
	}

	/** Allows messages again after `complete`. */
	renew(): void {
		this.#completed = false;
	}

	readonly #flush = (): void => {
		const writer = this.#writer;
		let sent = 0;
		try {
			for (const message of this.#pending) {
				if (!this.#accepted(message)) break;
				sent++;
			}
		} catch (error) {
			sent++;
			this.#failed(error);
		}
		this.#pending.splice(0, sent);
		if (this.#completed && this.#pending.length === 0) writer?.end();
	};

	/** With the other policies than `block`, the channel drops a message without room, and the writer counts it. */
	#accepted(message: T): boolean {
		const writer = this.#writer;
		if (writer === undefined) return false;
		try {
			return writer.tryWrite(message) || writer.channel.overflow !== 'block';
		} catch (error) {
			// The connection is gone, and its session has not noticed yet: the message waits for the next one.
			if (writer.closed) return false;
			throw error;
		}
	}

	#error(code: RingwireError['code'], what: string): RingwireError {
		return channelError(code, this.#channel, what);
	}
}
