const entries = 1024;
const wordsMax = 4;
const bytesMax = 4 * wordsMax;

/**
 * Texts of one short field that were decoded before, by their bytes: a message with a text that was seen lately makes no string. An entry is replaced
 * by the next text with the same hash.
 */
export class TextCache {
	static fits(byteLength: number): boolean {
		return byteLength <= bytesMax;
	}

	readonly #byteLength: number;
	readonly #words = new Int32Array(wordsMax * entries);
	readonly #texts: (string | undefined)[] = new Array(entries).fill(undefined);
	/** The same memory as words and as bytes. */
	readonly #scratchWords = new Int32Array(wordsMax);
	readonly #scratch = Buffer.from(this.#scratchWords.buffer);

	constructor(byteLength: number) {
		this.#byteLength = byteLength;
	}

	/** The bytes are read once: `decode` gets a copy of those that were compared. */
	read(view: DataView, at: number, decode: (bytes: Buffer, at: number) => string): string {
		const byteLength = this.#byteLength;
		const word0 = byteLength >= 4 ? view.getInt32(at, true) : rest(view, at, byteLength);
		const word1 =
			byteLength <= 4 ? 0 : byteLength >= 8 ? view.getInt32(at + 4, true) : rest(view, at + 4, byteLength - 4);
		const word2 =
			byteLength <= 8 ? 0 : byteLength >= 12 ? view.getInt32(at + 8, true) : rest(view, at + 8, byteLength - 8);
		const word3 =
			byteLength <= 12
				? 0
				: byteLength === 16
					? view.getInt32(at + 12, true)
					: rest(view, at + 12, byteLength - 12);
		const mixed = Math.imul(
			word0 ^ Math.imul(word1, 0x9e3779b1) ^ Math.imul(word2, 0x85ebca6b) ^ word3,
			0xc2b2ae35,
		);
		const entry = (mixed ^ (mixed >>> 15)) & (entries - 1);
		const words = this.#words;
		const first = entry * wordsMax;
		const found = this.#texts[entry];
		if (
			found !== undefined &&
			words[first] === word0 &&
			words[first + 1] === word1 &&
			words[first + 2] === word2 &&
			words[first + 3] === word3
		) {
			return found;
		}
		const scratch = this.#scratchWords;
		scratch[0] = word0;
		scratch[1] = word1;
		scratch[2] = word2;
		scratch[3] = word3;
		const text = decode(this.#scratch, 0);
		words[first] = word0;
		words[first + 1] = word1;
		words[first + 2] = word2;
		words[first + 3] = word3;
		this.#texts[entry] = text;
		return text;
	}
}

/** The last 1 to 3 bytes of a field as a word. */
function rest(view: DataView, at: number, byteLength: number): number {
	let word = 0;
	for (let index = byteLength - 1; index >= 0; index -= 1) word = (word << 8) | view.getUint8(at + index);
	return word;
}
