import type { NativeWriter } from '../native/boundary.js';

const slabBytes = 64 * 1024;
const countMax = 4096;

/**
 * A message with more bytes is published by itself: copying it into the slab first would cost more than the call that it
 * saves, and could hit the slow copies that copy_bytes.h avoids.
 */
export const stagedMax = 2 * 1024;

/** A slab for small messages, so that one call of the addon publishes many. */
export class Staging {
	readonly #slab = Buffer.allocUnsafeSlow(slabBytes);
	readonly #ends = new Uint32Array(countMax);
	#count = 0;
	#end = 0;

	hasRoomFor(byteLength: number): boolean {
		return this.#count < countMax && byteLength <= slabBytes - this.#end;
	}

	/** There must be room. */
	add(bytes: Uint8Array): void {
		this.#slab.set(bytes, this.#end);
		this.#end += bytes.length;
		this.#ends[this.#count++] = this.#end;
	}

	/** Removes the messages without publishing them. */
	clear(): void {
		this.#count = this.#end = 0;
	}

	/**
	 * Publishes the messages and empties the slab. Returns how many the lane accepted, or a negative value of `Written`, and the
	 * length in bytes of the first one that it did not accept.
	 */
	publish(native: NativeWriter): { readonly accepted: number; readonly refusedBytes: number | undefined } {
		const count = this.#count;
		this.clear();
		if (count === 0) return nothing;
		const accepted = native.tryWriteBatch(this.#slab, this.#ends, count);
		return { accepted, refusedBytes: accepted < count ? this.#lengthOf(Math.max(accepted, 0)) : undefined };
	}

	#lengthOf(index: number): number {
		return (this.#ends[index] ?? 0) - (index === 0 ? 0 : (this.#ends[index - 1] ?? 0));
	}
}

const nothing = { accepted: 0, refusedBytes: undefined };
