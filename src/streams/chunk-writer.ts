import { setImmediate } from 'node:timers';
import { TurnBudget } from '../base/turn-budget.js';
import type { ChannelWriter } from '../writer/writer.js';
import { asError, streamDestroyed } from './stream-errors.js';
import { isByteStream } from './stream-mode.js';

export type Callback = (error?: Error | null) => void;

/** Writes the chunks of a stream to a Writer, one after the other, and calls back when they are in the ring. */
export class ChunkWriter {
	readonly #writer: ChannelWriter<unknown>;
	readonly #splits: boolean;
	/** Larger messages do not fit into the lane. */
	readonly #laneMax: number;
	/** The largest piece of a byte stream. */
	readonly #pieceMax: number;
	readonly #cancelling = new AbortController();
	readonly #budget = new TurnBudget();

	constructor(writer: ChannelWriter<unknown>) {
		this.#writer = writer;
		this.#splits = isByteStream(writer.channel);
		const { messageMax, pool, channel } = writer;
		this.#laneMax = messageMax;
		// With `drop-newest` a message without room must be dropped and counted, and with `latest` the newest one keeps its room in the pool.
		const usesPool = channel.overflow === 'block' || channel.overflow === 'drop-oldest';
		this.#pieceMax = usesPool ? Math.max(messageMax, pool?.messageMax ?? 0) : messageMax;
	}

	/** Aborted by `cancel`. */
	get signal(): AbortSignal {
		return this.#cancelling.signal;
	}

	write(chunks: readonly unknown[], callback: Callback): void {
		this.#write(this.#splits ? piecesOf(chunks, this.#pieceMax) : chunks, callback);
	}

	/** The stream has been destroyed. The write that waits for room fails with `reason`, by default ERR_STREAM_DESTROYED; nothing is written any more. */
	cancel(reason: Error | null): void {
		this.#cancelling.abort(reason ?? streamDestroyed());
	}

	#write(messages: readonly unknown[], callback: Callback): void {
		const index = this.#pieceMax > this.#laneMax ? messages.findIndex((one) => this.#isLarge(one)) : -1;
		const large = messages[index];
		if (!this.#isLarge(large)) {
			this.#writeToLane(messages, callback);
			return;
		}
		const goOn = (error?: Error | null) =>
			error ? callback(error) : this.#writeToPool(large, messages.slice(index + 1), callback);
		if (index === 0) goOn();
		else this.#writeToLane(messages.slice(0, index), goOn);
	}

	#isLarge(message: unknown): message is Uint8Array {
		return this.#splits && message instanceof Uint8Array && message.length > this.#laneMax;
	}

	#writeToPool(message: Uint8Array, rest: readonly unknown[], callback: Callback): void {
		const goOn = () => (rest.length === 0 ? callback() : this.#write(rest, callback));
		const lent = this.#writer.loan(message.length, { signal: this.signal }).then((loan) => {
			loan.bytes.set(message);
			loan.commit();
		});
		// An exception of the user's callback must not become the rejection of this promise.
		lent.then(
			() => process.nextTick(goOn),
			(error) => process.nextTick(callback, asError(error)),
		);
	}

	#writeToLane(messages: readonly unknown[], callback: Callback): void {
		const writer = this.#writer;
		let accepted: number;
		try {
			this.signal.throwIfAborted();
			accepted = messages.length === 1 ? Number(writer.tryWrite(messages[0])) : writer.tryWriteBatch(messages);
		} catch (error) {
			callback(asError(error));
			return;
		}
		// Without the policy `block`, a message that was not accepted has been dropped and counted.
		if (accepted === messages.length || writer.channel.overflow !== 'block') this.#callBack(messages, callback);
		else this.#writeWhenRoom(messages.slice(accepted), callback);
	}

	#writeWhenRoom([first, ...rest]: readonly unknown[], callback: Callback): void {
		const goOn = () => (rest.length === 0 ? callback() : this.#write(rest, callback));
		this.#writer.write(first, { signal: this.signal }).then(
			// An exception of the user's callback must not become the rejection of this promise.
			() => process.nextTick(goOn),
			(error) => process.nextTick(callback, asError(error)),
		);
	}

	/** Calls back at once, or in the next turn of the event loop if the budget of this one is spent: a source that never waits must not block the loop. */
	#callBack(messages: readonly unknown[], callback: Callback): void {
		for (const message of messages) this.#budget.spend(message instanceof Uint8Array ? message.byteLength : 0);
		if (this.#budget.spent) {
			this.#budget.renew();
			setImmediate(callback);
		} else {
			callback();
		}
	}
}

/** The chunks of a byte stream as messages, of which none is empty and none larger than `messageMax`. */
function piecesOf(chunks: readonly unknown[], messageMax: number): unknown[] {
	const pieces: unknown[] = [];
	for (const chunk of chunks) {
		if (!(chunk instanceof Uint8Array)) pieces.push(chunk);
		else if (chunk.length <= messageMax && chunk.length > 0) pieces.push(chunk);
		else for (let at = 0; at < chunk.length; at += messageMax) pieces.push(chunk.subarray(at, at + messageMax));
	}
	return pieces;
}
