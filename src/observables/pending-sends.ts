import { RingwireError } from '../base/errors.js';
import type { ChannelWriter } from '../writer/writer.js';

/**
 * The messages to the other side: straight into the ring where that is possible, else kept, in order and up to a limit, until there is a
 * connection, or room in it.
 */
export class PendingSends<T> {
	readonly #channel: string;
	readonly #pendingMax: number;
	readonly #pending: T[] = [];
	/** What could not be sent any more when its turn came. */
	readonly #failed: (error: unknown) => void;
	#writer: ChannelWriter<T> | undefined;
	#completed = false;

	constructor(channel: string, pendingMax: number, failed: (error: unknown) => void) {
		this.#channel = channel;
		this.#pendingMax = pendingMax;
		this.#failed = failed;
	}

	get pending(): number {
		return this.#pending.length;
	}

	get completed(): boolean {
		return this.#completed;
	}

	/** Throws FULL, CLOSED after `complete`, and for what goes straight into the ring ENCODE and TOO_LARGE. */
	send(message: T): void {
		if (this.#completed) throw this.#error('ERR_RINGWIRE_CLOSED', 'the subject has been completed');
		if (this.#pending.length === 0 && this.#accepted(message)) return;
		if (this.#pending.length >= this.#pendingMax) {
			const what = `${this.#pendingMax} messages wait already for ${this.#writer === undefined ? 'a connection' : 'room'}, as many as pendingMax allows`;
			throw this.#error('ERR_RINGWIRE_FULL', what);
		}
		this.#pending.push(message);
	}

	/** Nothing will be sent after what is there. */
	complete(): void {
		this.#completed = true;
		this.#flush();
	}

	/** Begins anew, without what was left. */
	clear(): void {
		this.#pending.length = 0;
	}

	/** The connection is there; what waits goes first. */
	open(writer: ChannelWriter<T>): void {
		this.#writer = writer;
		writer.on('space', this.#flush);
		this.#flush();
	}

	/** It is gone. What waits is kept for the next one. */
	close(): void {
		this.#writer?.off('space', this.#flush);
		this.#writer = undefined;
	}

	/** A completed one can be used again from here on. */
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
		if (this.#completed && this.#pending.length === 0 && writer !== undefined) endWriter(writer);
	};

	/** Without `block` a message that finds no room is dropped by the policy, and counted by the writer. */
	#accepted(message: T): boolean {
		const writer = this.#writer;
		if (writer === undefined) return false;
		try {
			return writer.tryWrite(message) || writer.channel.overflow !== 'block';
		} catch (error) {
			// Gone, and nobody has told us yet: it waits for the next one.
			if (writer.closed) return false;
			throw error;
		}
	}

	#error(code: RingwireError['code'], what: string): RingwireError {
		const channel = this.#channel;
		return new RingwireError(code, `channel "${channel}": ${what}`, { channel });
	}
}

function endWriter(writer: ChannelWriter<unknown>): void {
	if (!writer.closed) writer.end();
}
