/** Messages in a byte stream: each after its length in 4 bytes. The rivals' framing, made as cheap as an ordinary program could. */
import { Pool } from '../measure/payload.js';

/** The messages of a pool with their lengths before them, made once. */
export class FramedPool {
	readonly #pool: Pool;
	readonly #frames: readonly Buffer[];

	constructor(size: number) {
		this.#pool = new Pool(size);
		this.#frames = this.#pool.messages.map((message) => {
			const frame = Buffer.allocUnsafe(4 + message.length);
			frame.writeUInt32LE(message.length, 0);
			frame.set(message, 4);
			return frame;
		});
	}

	take(number: number): Buffer {
		const index = number % this.#frames.length;
		const frame = this.#frames[index] as Buffer;
		frame[4] = frame[frame.length - 1] = index & 0x7f;
		return frame;
	}
}

/** Cuts pieces of a stream into messages: views where a message is in one piece, a copy where it is in several. */
export class Unframer {
	readonly #take: (message: Uint8Array) => void;
	readonly #header = Buffer.alloc(4);
	#headerFilled = 0;
	#partial: Buffer | undefined;
	#partialFilled = 0;

	constructor(take: (message: Uint8Array) => void) {
		this.#take = take;
	}

	push(piece: Buffer): void {
		let at = 0;
		while (at < piece.length) {
			if (this.#partial !== undefined) {
				const copied = piece.copy(this.#partial, this.#partialFilled, at);
				at += copied;
				this.#partialFilled += copied;
				if (this.#partialFilled < this.#partial.length) return;
				const message = this.#partial;
				this.#partial = undefined;
				this.#take(message);
			} else if (this.#headerFilled === 0 && piece.length - at >= 4) {
				at = this.#body(piece, at + 4, piece.readUInt32LE(at));
			} else {
				this.#header[this.#headerFilled++] = piece[at++] as number;
				if (this.#headerFilled < 4) continue;
				this.#headerFilled = 0;
				at = this.#body(piece, at, this.#header.readUInt32LE(0));
			}
		}
	}

	#body(piece: Buffer, at: number, length: number): number {
		if (piece.length - at >= length) {
			this.#take(piece.subarray(at, at + length));
			return at + length;
		}
		this.#partial = Buffer.allocUnsafe(length);
		this.#partialFilled = 0;
		return at;
	}
}
