import type { NativeWriter } from '../native/boundary.js';

const slabBytes = 64 * 1024;
const countMax = 4096;

/**
 * A message with more bytes that is not encoded in place is published by itself: copying it into the slab first would cost more than the call that
 * it saves, and could hit the slow copies that copy_bytes.h avoids.
 */
export const stagedMax = 2 * 1024;

const none = Buffer.alloc(0);

/** A slab where messages are encoded: one at a time, or many that one call of the addon publishes. */
export class Staging {
	readonly #native: NativeWriter;
	#slab: Buffer = none;
	readonly #ends = new Uint32Array(countMax);
	#count = 0;
	#end = 0;

	constructor(native: NativeWriter) {
		this.#native = native;
	}

	/** Allocated at the first use, and again if a codec has transferred its memory. */
	get slab(): Buffer {
		return this.#slab.length > 0 ? this.#slab : this.#allocate();
	}

	/** The next message begins here. */
	get end(): number {
		return this.#end;
	}

	/** Whether there is room for so many messages with so many bytes together. */
	hasRoomFor(count: number, byteLength: number): boolean {
		return count <= countMax - this.#count && byteLength <= slabBytes - this.#end;
	}

	/** The next message has been encoded up to `end`. There must be room for one more. */
	add(end: number): void {
		this.#end = end;
		this.#ends[this.#count++] = end;
	}

	/** Copies a message behind the others. There must be room. */
	addBytes(bytes: Uint8Array): void {
		this.slab.set(bytes, this.#end);
		this.add(this.#end + bytes.length);
	}

	/** Removes the messages without publishing them. */
	clear(): void {
		this.#count = this.#end = 0;
	}

	/**
	 * Publishes the messages and empties the slab. Returns how many the lane accepted, or a negative value of `Written`, and the
	 * length in bytes of the first one that it did not accept.
	 */
	publish(): { readonly accepted: number; readonly refusedBytes: number | undefined } {
		const count = this.#count;
		this.clear();
		if (count === 0) return nothing;
		const accepted = this.#native.tryWriteBatch(this.#slab, this.#ends, count);
		return { accepted, refusedBytes: accepted < count ? this.#lengthOf(Math.max(accepted, 0)) : undefined };
	}

	#lengthOf(index: number): number {
		return (this.#ends[index] ?? 0) - (index === 0 ? 0 : (this.#ends[index - 1] ?? 0));
	}

	#allocate(): Buffer {
		this.#slab = Buffer.allocUnsafeSlow(slabBytes);
		this.#native.setStaging(this.#slab);
		return this.#slab;
	}
}

const nothing = { accepted: 0, refusedBytes: undefined };
