import { setImmediate } from 'node:timers';
import { TurnBudget } from '../base/turn-budget.js';
import type { ChannelWriter } from '../writer/writer.js';
import { asError, isByteStream } from './byte-mode.js';

export type Callback = (error?: Error | null) => void;

/** Writes the chunks of a stream to a Writer, one after the other, and calls back when they are in the ring. */
export class ChunkWriter {
	readonly #writer: ChannelWriter<unknown>;
	readonly #bytes: boolean;
	readonly #signal: AbortSignal;
	readonly #budget = new TurnBudget();

	/** What waits for room when the signal is aborted fails with its reason. */
	constructor(writer: ChannelWriter<unknown>, signal: AbortSignal) {
		this.#writer = writer;
		this.#bytes = isByteStream(writer.channel);
		this.#signal = signal;
	}

	write(chunks: readonly unknown[], callback: Callback): void {
		this.#publish(this.#bytes ? piecesOf(chunks, this.#writer.messageMax) : chunks, callback);
	}

	#publish(messages: readonly unknown[], callback: Callback): void {
		const writer = this.#writer;
		let accepted: number;
		try {
			accepted = messages.length === 1 ? Number(writer.tryWrite(messages[0])) : writer.tryWriteBatch(messages);
		} catch (error) {
			callback(asError(error));
			return;
		}
		// Without `block` whatever was not accepted has been dropped and counted.
		if (accepted === messages.length || writer.channel.overflow !== 'block') this.#breathe(messages, callback);
		else this.#publishWaiting(messages.slice(accepted), callback);
	}

	#publishWaiting([first, ...rest]: readonly unknown[], callback: Callback): void {
		const goOn = () => (rest.length === 0 ? callback() : this.#publish(rest, callback));
		this.#writer.write(first, { signal: this.#signal }).then(
			// An exception out of a callback is the user's, and must not become the rejection of our promise.
			() => process.nextTick(goOn),
			(error) => process.nextTick(callback, error),
		);
	}

	/** A source that never waits for anything would not let the event loop have its turn. */
	#breathe(messages: readonly unknown[], callback: Callback): void {
		for (const message of messages) this.#budget.spend(message instanceof Uint8Array ? message.byteLength : 0);
		if (this.#budget.spent) {
			this.#budget.renew();
			setImmediate(callback);
		} else {
			callback();
		}
	}
}

/** The chunks of a byte stream as messages: none is empty, and none is too large. */
function piecesOf(chunks: readonly unknown[], messageMax: number): unknown[] {
	const pieces: unknown[] = [];
	for (const chunk of chunks) {
		if (!(chunk instanceof Uint8Array)) pieces.push(chunk);
		else if (chunk.length <= messageMax && chunk.length > 0) pieces.push(chunk);
		else for (let at = 0; at < chunk.length; at += messageMax) pieces.push(chunk.subarray(at, at + messageMax));
	}
	return pieces;
}
