import { setImmediate } from 'node:timers';
import type { Codec } from '../codecs/types.js';
import type { CodecGuard } from '../endpoint/codec-guard.js';
import { Found, type NativeReader } from '../native/boundary.js';
import { bufferView } from './buffer-view.js';
import { Decoder } from './decoder.js';
import type { MessageVisitor } from './types.js';

export const batchMax = 1024;
const slabBytes = 64 * 1024;
/** A larger message gets memory of its own instead of keeping a slab alive. */
const sharedMax = 16 * 1024;
/** After a message larger than the slab or `sharedMax`, memory for another such one is ready up to here. */
const expectedMax = 1024 * 1024;

/** How often in a row memory is allocated for a message that turns out to be larger: another message, or a lie. */
const triesMax = 8;

const none = Buffer.alloc(0);

/**
 * The messages that were copied out of the ring by one native call and have not been handed to the consumer yet.
 *
 * They lie in a slab and are decoded one by one. By default a slab is filled further by the next batch and never used again
 * for other data, because a decoded message may share its memory. It is used again if the codec decodes in place, if the
 * consumer has asked for that, or if all its messages were only visited.
 */
export class Batch<T> {
	readonly #native: NativeReader;
	readonly #decoder: Decoder<T>;
	readonly #guard: CodecGuard;
	/** Messages that were handed out are overwritten when the next batch is read. */
	readonly reusesMemory: boolean;
	/** The slab is used again for the next batch. */
	readonly #reusesSlab: boolean;
	/** The bytes of the largest message for which memory is kept ready. */
	readonly #keptMax: number;
	readonly #countMax: number;
	readonly #index = new Uint32Array(2 + 2 * batchMax);
	#slab: Buffer = none;
	/** The memory of the slab. The getter `buffer` is a call into V8's C++, too expensive for every message. */
	#memory: ArrayBufferLike = none.buffer;
	/** The slab is filled from here on. */
	#offset = 0;
	/** A decoded message may share memory with the slab. */
	#lent = false;
	/** The end of the last message in the slab. */
	#end = 0;
	/** The bytes that the next message probably needs; 0 when it is probably small. */
	#expected = 0;
	/** Where memory is used again: for ordinary batches, and for one larger message. */
	#small: Buffer = none;
	#large: Buffer = none;
	#count = 0;
	#cursor = 0;
	#committed = 0;
	#committing = false;
	#messages = 0;
	#bytes = 0;

	/** `reuseMemory`: the consumer is done with every message before the next batch is read. */
	constructor(
		native: NativeReader,
		codec: Codec<never, T>,
		guard: CodecGuard,
		countMax: number,
		reuseMemory: boolean,
	) {
		const decoder = new Decoder(codec);
		this.#native = native;
		this.#decoder = decoder;
		this.#guard = guard;
		this.reusesMemory = reuseMemory && !decoder.copies;
		this.#reusesSlab = reuseMemory || decoder.copies;
		this.#keptMax = reuseMemory ? Number.POSITIVE_INFINITY : expectedMax;
		this.#countMax = Math.min(countMax, batchMax);
	}

	get codecId(): string {
		return this.#decoder.codecId;
	}

	/** True while the codec decodes a message. */
	get decoding(): boolean {
		return this.#guard.running;
	}

	/** Messages still to be handed out. */
	get size(): number {
		return this.#count - this.#cursor;
	}

	/** Messages handed out ever, those that could not be decoded included. */
	get messages(): number {
		return this.#messages;
	}

	/** Their payload in bytes. */
	get bytes(): number {
		return this.#bytes;
	}

	/** How many messages of the last native batch were handed out. */
	get position(): number {
		return this.#cursor;
	}

	/** The length in bytes of the message that `take` would give. */
	get nextLength(): number {
		const at = 2 + 2 * this.#cursor;
		return (this.#index[at + 1] ?? 0) - (this.#index[at] ?? 0);
	}

	/**
	 * Reads the next batch; the one before must have been handed out. Returns whether events are waiting that come before
	 * it. If the next message outgrows the memory that was allocated for it again and again, there is none for now.
	 */
	fill(): boolean {
		const index = this.#index;
		this.#count = this.#cursor = this.#committed = 0;
		if (!this.#lent) this.#offset = 0;
		for (let needed = this.#expected, tries = 0; tries < triesMax; tries++) {
			this.#makeRoom(needed);
			const countMax = this.#slab.length > slabBytes ? 1 : this.#countMax;
			this.#count = this.#native.readBatch(this.#slab, this.#offset, index, countMax);
			if (this.#count > 0 || index[1] === 0) break;
			needed = index[1] ?? 0;
		}
		if (this.#count > 0) {
			const first = this.nextLength;
			this.#decoder.begin(((index[0] ?? 0) & Found.sameLength) === 0 ? undefined : first);
			this.#expected = first > (this.#reusesSlab ? slabBytes : sharedMax) && first <= this.#keptMax ? first : 0;
			this.#end = index[1 + 2 * this.#count] ?? 0;
			if (!this.#reusesSlab) this.#offset = (this.#end + 7) & ~7;
		}
		return ((index[0] ?? 0) & Found.events) !== 0;
	}

	/** The next message; there must be one. Throws what the codec throws; the message counts as handed out. */
	take(): T {
		const at = 2 + 2 * this.#cursor;
		const start = this.#index[at] ?? 0;
		const end = this.#index[at + 1] ?? 0;
		this.#cursor++;
		this.#messages++;
		this.#bytes += end - start;
		if (this.#cursor === this.#count) this.commit();
		this.#lent = true;
		this.#guard.enter();
		try {
			return this.#decoder.decode(this.#slab, this.#memory, start, end, this.#end);
		} finally {
			this.#guard.exit();
		}
	}

	/** The bytes of the next message, which belong to the caller; there must be one. */
	takeBytes(): Buffer {
		const at = 2 + 2 * this.#cursor;
		const start = this.#index[at] ?? 0;
		const end = this.#index[at + 1] ?? 0;
		const bytes = bufferView(this.#memory, start, end - start);
		if (!this.#reusesSlab) this.#lent = true;
		this.#handedOut(this.#cursor + 1, end - start);
		return this.#reusesSlab ? Buffer.from(bytes) : bytes;
	}

	/** A message was handed out that was not in the batch. */
	countApart(byteLength: number): void {
		this.#messages++;
		this.#bytes += byteLength;
	}

	/**
	 * Adds up to `limit` messages to `messages`, and none after these have `bytesMax` bytes. Returns false if it has stopped
	 * earlier: before a message that cannot be decoded, or because a call waits for the codec to return. Throws what the codec
	 * throws if `messages` is empty; the message counts as handed out then.
	 */
	takeInto(messages: T[], limit: number, bytesMax: number): boolean {
		const index = this.#index;
		const decoder = this.#decoder;
		const guard = this.#guard;
		let cursor = this.#cursor;
		let bytes = 0;
		this.#lent = true;
		guard.enter();
		try {
			const stop = Math.min(this.#count, cursor + limit);
			while (cursor < stop && bytes < bytesMax && !guard.interrupted) {
				const at = 2 + 2 * cursor;
				const start = index[at] ?? 0;
				const end = index[at + 1] ?? 0;
				messages[messages.length] = decoder.decode(this.#slab, this.#memory, start, end, this.#end);
				bytes += end - start;
				cursor++;
			}
			return !guard.interrupted;
		} catch (cause) {
			if (messages.length > 0) return false;
			bytes += (index[3 + 2 * cursor] ?? 0) - (index[2 + 2 * cursor] ?? 0);
			cursor++;
			throw cause;
		} finally {
			this.#handedOut(cursor, bytes);
			guard.exit();
		}
	}

	/**
	 * Calls `visitor` with up to `limit` messages, and with none after these have `bytesMax` bytes. Returns false if a call waits for the visitor to
	 * return. Throws what the visitor throws; the message counts as handed out.
	 */
	visit(visitor: MessageVisitor, limit: number, bytesMax: number): boolean {
		const index = this.#index;
		const guard = this.#guard;
		const stop = Math.min(this.#count, this.#cursor + limit);
		let cursor = this.#cursor;
		let bytes = 0;
		guard.enter();
		try {
			while (cursor < stop && bytes < bytesMax && !guard.interrupted) {
				const at = 2 + 2 * cursor;
				const start = index[at] ?? 0;
				const end = index[at + 1] ?? 0;
				cursor++;
				bytes += end - start;
				visitor(this.#slab, start, end);
			}
			return !guard.interrupted;
		} finally {
			this.#handedOut(cursor, bytes);
			guard.exit();
		}
	}

	/**
	 * Hands out all messages, and returns the newest that can be decoded; `undecodable` is called for those behind it that
	 * cannot. The others are not decoded.
	 */
	takeNewest(undecodable: (cause: unknown) => void): { readonly message: T } | undefined {
		const index = this.#index;
		const [slab, memory, limit] = [this.#slab, this.#memory, this.#end];
		const first = this.#cursor;
		const last = this.#count - 1;
		for (; this.#cursor <= last; this.#cursor++) {
			this.#bytes += this.nextLength;
			this.#messages++;
		}
		this.commit();
		// `undecodable` may run a listener that reads, which overwrites the index: so it is called at the end.
		const causes: unknown[] = [];
		let newest: { readonly message: T } | undefined;
		this.#lent = true;
		this.#guard.enter();
		for (let i = last; i >= first && newest === undefined; i--) {
			const start = index[2 + 2 * i] ?? 0;
			const end = index[3 + 2 * i] ?? 0;
			try {
				newest = { message: this.#decoder.decode(slab, memory, start, end, limit) };
			} catch (cause) {
				causes.push(cause);
			}
		}
		this.#guard.exit();
		for (const cause of causes) undecodable(cause);
		return newest;
	}

	/** Commits what was handed out: writers get their room back. */
	commit(): void {
		if (this.#cursor <= this.#committed) return;
		this.#committed = this.#cursor;
		this.#native.commit(this.#cursor);
	}

	/**
	 * Commits the first messages that are handed out in a turn of the event loop at once. Those that are handed out after them
	 * are committed when the batch is used up, at the latest at the end of the turn.
	 */
	commitThisTurn(): void {
		if (this.#committing) return;
		this.#committing = true;
		this.commit();
		setImmediate(this.#endOfTurn); // an unreferenced one would not run before the loop sleeps
	}

	/** Messages that were handed out stay as they are when the next batch is read. */
	detachLent(): void {
		if (this.reusesMemory) this.#small = this.#large = none;
	}

	/** Leaves the messages that were not handed out in the ring, and releases the memory. */
	abandon(): void {
		if (this.size > 0) this.#native.commit(Math.max(this.#cursor, this.#committed));
		this.#count = this.#cursor = this.#committed = this.#offset = 0;
		this.#use(none);
		this.#small = this.#large = none;
	}

	/** All messages before `cursor`, the last ones with so many bytes together. */
	#handedOut(cursor: number, bytes: number): void {
		this.#messages += cursor - this.#cursor;
		this.#bytes += bytes;
		this.#cursor = cursor;
		if (cursor === this.#count) this.commit();
	}

	/** Makes room in the slab for small messages, or for one of `needed` bytes. */
	#makeRoom(needed: number): void {
		if (this.#reusesSlab) {
			this.#use(needed > slabBytes ? this.#largeFor(needed) : this.#smallAgain());
			return;
		}
		// A small message that came where a large one was expected must not share that memory with more.
		const unfit = this.#slab.length > slabBytes && (this.#offset > 0 || needed === 0);
		const room = unfit ? 0 : this.#slab.length - this.#offset;
		if (needed > 0 ? room >= needed : room >= slabBytes / 4) return;
		this.#use(Buffer.allocUnsafeSlow(needed > sharedMax ? needed : slabBytes));
		this.#offset = 0;
	}

	readonly #endOfTurn = (): void => {
		this.#committing = false;
		this.commit();
	};

	#use(slab: Buffer): void {
		if (slab === this.#slab) return;
		this.#slab = slab;
		this.#memory = slab.buffer;
		this.#lent = false;
	}

	#smallAgain(): Buffer {
		if (this.#small.length === 0) this.#small = Buffer.allocUnsafeSlow(slabBytes);
		return this.#small;
	}

	#largeFor(needed: number): Buffer {
		if (needed > this.#keptMax) return Buffer.allocUnsafeSlow(needed);
		if (this.#large.length < needed) this.#large = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed)));
		return this.#large;
	}
}
