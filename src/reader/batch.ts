import type { Codec } from '../codecs/types.js';
import { decodesToCopy } from '../codecs/types.js';
import type { NativeReader } from '../native/boundary.js';
import { bufferView } from './buffer-view.js';

export const batchMax = 1024;
const slabBytes = 64 * 1024;
/** A larger message gets memory of its own instead of keeping a slab alive. */
const sharedMax = 16 * 1024;
/** After a message larger than the slab or `sharedMax`, memory for another such one is ready up to here. */
const expectedMax = 1024 * 1024;

/** How often in a row memory is made for a message that is then larger than its writer has said: another one, or a lie. */
const triesMax = 8;

const none = Buffer.alloc(0);

/**
 * The messages that were copied out of the ring by one native call and have not been handed to the consumer yet.
 *
 * They lie in a slab and are decoded one by one. Unless the codec is known to keep nothing of what it decodes, or the
 * consumer has said so of himself, a slab is filled further by the next batch and never used again for other data: what was
 * decoded belongs to the consumer. Otherwise it is used over and over.
 */
export class Batch<T> {
	readonly #native: NativeReader;
	readonly #codec: Codec<never, T>;
	/** What was handed out is overwritten when the next batch is read. */
	readonly reusesMemory: boolean;
	readonly #reuses: boolean;
	/** The bytes of the largest message for which memory is kept ready. */
	readonly #keptMax: number;
	readonly #countMax: number;
	readonly #index = new Uint32Array(2 + 2 * batchMax);
	#slab: Buffer = none;
	/** That of the slab: the getter `buffer` is a call into V8's C++, which a message need not pay. */
	#memory: ArrayBufferLike = none.buffer;
	/** The slab is filled from here on. */
	#offset = 0;
	/** The bytes that the next message probably needs; 0 when it is probably small. */
	#expected = 0;
	/** Where memory is used again: for ordinary batches, and for one larger message. */
	#small: Buffer = none;
	#large: Buffer = none;
	#count = 0;
	#cursor = 0;
	#committed = 0;
	#messages = 0;
	#bytes = 0;

	/** `reusesMemory`: the consumer is done with every message before the next batch is read. */
	constructor(native: NativeReader, codec: Codec<never, T>, countMax: number, reusesMemory = false) {
		this.#native = native;
		this.#codec = codec;
		this.reusesMemory = reusesMemory && !decodesToCopy(codec);
		this.#reuses = reusesMemory || decodesToCopy(codec);
		this.#keptMax = reusesMemory ? Number.POSITIVE_INFINITY : expectedMax;
		this.#countMax = Math.min(countMax, batchMax);
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

	/** The length in bytes of the message that `take` would give. */
	get nextLength(): number {
		const at = 2 + 2 * this.#cursor;
		return (this.#index[at + 1] ?? 0) - (this.#index[at] ?? 0);
	}

	/**
	 * Reads the next batch; the one before must have been handed out. Answers whether events are waiting that come
	 * before it. When the next message outgrows the memory that was made for it again and again, there is none for now.
	 */
	fill(): boolean {
		const index = this.#index;
		this.#count = this.#cursor = this.#committed = 0;
		for (let needed = this.#expected, tries = 0; tries < triesMax; tries++) {
			this.#makeRoom(needed);
			const countMax = this.#slab.length > slabBytes ? 1 : this.#countMax;
			this.#count = this.#native.readBatch(this.#slab, this.#offset, index, countMax);
			if (this.#count > 0 || index[1] === 0) break;
			needed = index[1] ?? 0;
		}
		if (this.#count > 0) {
			const first = this.nextLength;
			this.#expected = first > (this.#reuses ? slabBytes : sharedMax) && first <= this.#keptMax ? first : 0;
			if (!this.#reuses) this.#offset = ((index[1 + 2 * this.#count] ?? 0) + 7) & ~7;
		}
		return index[0] === 1;
	}

	/**
	 * The next message; there must be one. What the codec throws comes through, and the message counts as handed out.
	 */
	take(): T {
		const at = 2 + 2 * this.#cursor;
		const start = this.#index[at] ?? 0;
		const end = this.#index[at + 1] ?? 0;
		this.#cursor++;
		this.#messages++;
		this.#bytes += end - start;
		if (this.#cursor === this.#count) this.commit();
		return this.#codec.decode(bufferView(this.#memory, start, end - start));
	}

	/**
	 * Adds up to `limit` messages to `messages`, and no more once they have `bytesMax` bytes. Answers false when it has
	 * stopped before one that cannot be decoded, so that what came before it can be given. As `take` otherwise.
	 */
	takeInto(messages: T[], limit: number, bytesMax: number): boolean {
		const index = this.#index;
		const codec = this.#codec;
		const messagesBefore = this.#messages;
		let taken = 0;
		let bytes = 0;
		try {
			// The codec may read on by itself: what the fields say counts.
			while (taken < limit && bytes < bytesMax && this.#cursor < this.#count) {
				const at = 2 + 2 * this.#cursor;
				const start = index[at] ?? 0;
				const end = index[at + 1] ?? 0;
				this.#cursor++;
				taken++;
				bytes += end - start;
				messages[messages.length] = codec.decode(bufferView(this.#memory, start, end - start));
			}
			return true;
		} catch (cause) {
			// What the codec has read on behind, or closed the reader over, cannot be put back.
			const isNext = this.#messages === messagesBefore && this.#cursor > 0;
			if (!isNext || messages.length === 0) throw cause;
			this.#cursor--;
			taken--;
			bytes -= this.nextLength;
			return false;
		} finally {
			this.#messages += taken;
			this.#bytes += bytes;
			if (this.#cursor === this.#count) this.commit();
		}
	}

	/**
	 * Hands out all messages, and answers the newest that can be decoded; `undecodable` is told of those behind it that
	 * cannot. The others are not decoded.
	 */
	takeNewest(undecodable: (cause: unknown) => void): { readonly message: T } | undefined {
		const index = this.#index;
		const first = this.#cursor;
		const count = this.#count;
		for (; this.#cursor < count; this.#cursor++) {
			this.#bytes += this.nextLength;
			this.#messages++;
		}
		const messages = this.#messages;
		this.commit();
		// When the codec has read on by itself, or closed the reader, they are not there any more.
		for (let i = count - 1; i >= first && this.#messages === messages && this.#count === count; i--) {
			const start = index[2 + 2 * i] ?? 0;
			const end = index[3 + 2 * i] ?? 0;
			try {
				return { message: this.#codec.decode(bufferView(this.#memory, start, end - start)) };
			} catch (cause) {
				undecodable(cause);
			}
		}
		return undefined;
	}

	/** Tells the ring how far the consumer has come, so that writers get their room back. */
	commit(): void {
		if (this.#cursor <= this.#committed) return;
		this.#committed = this.#cursor;
		this.#native.commit(this.#cursor);
	}

	/** What was handed out stays as it is: for who reads the next batch without having been asked for it. */
	detachLent(): void {
		if (this.reusesMemory) this.#small = this.#large = none;
	}

	/** Gives what was not handed out back to the ring, and the memory back. */
	abandon(): void {
		if (this.size > 0) this.#native.commit(Math.max(this.#cursor, this.#committed));
		this.#count = this.#cursor = this.#committed = this.#offset = 0;
		this.#use(none);
		this.#small = this.#large = none;
	}

	/** Sees to it that the slab has room for small messages, or for one of `needed` bytes. */
	#makeRoom(needed: number): void {
		if (this.#reuses) {
			this.#use(needed > slabBytes ? this.#largeFor(needed) : this.#smallAgain());
			return;
		}
		// A small message that came where a large one was expected must not share that memory with more.
		const room = this.#slab.length > slabBytes && this.#offset > 0 ? 0 : this.#slab.length - this.#offset;
		if (needed > 0 ? room >= needed : room >= slabBytes / 4) return;
		this.#use(Buffer.allocUnsafeSlow(needed > sharedMax ? needed : slabBytes));
		this.#offset = 0;
	}

	#use(slab: Buffer): void {
		if (slab === this.#slab) return;
		this.#slab = slab;
		this.#memory = slab.buffer;
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
