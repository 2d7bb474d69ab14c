import type { NativeWriter } from '../native/boundary.js';

const slabBytes = 64 * 1024;
const countMax = 4096;

/**
 * Messages larger than this are published each by itself: copying them together first would cost more than a call, and may
 * come upon what copy_bytes.h avoids.
 */
export const stagedMax = 2 * 1024;

/** Small messages on their way into the lane, put together so that one call publishes all of them. */
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

	/** Forgets what was added. */
	clear(): void {
		this.#count = this.#end = 0;
	}

	/**
	 * Publishes what was added and starts anew. Answers how many the lane took, and the length in bytes of the first
	 * that it did not.
	 */
	publish(native: NativeWriter): { readonly accepted: number; readonly refusedBytes: number | undefined } {
		const count = this.#count;
		this.clear();
		if (count === 0) return nothing;
		const accepted = native.tryWriteBatch(this.#slab, this.#ends, count);
		return { accepted, refusedBytes: accepted < count ? this.#lengthOf(accepted) : undefined };
	}

	#lengthOf(index: number): number {
		return (this.#ends[index] ?? 0) - (index === 0 ? 0 : (this.#ends[index - 1] ?? 0));
	}
}

const nothing = { accepted: 0, refusedBytes: undefined };
