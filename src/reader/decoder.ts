import { checkedCodec } from '../codecs/checked.js';
import { type FixedForm, fixedFormOf } from '../codecs/fixed-form.js';
import { type DecodesInPlace, decodesInPlace } from '../codecs/in-place.js';
import { type TextForm, textFormOf } from '../codecs/text.js';
import type { Codec } from '../codecs/types.js';
import { bufferView } from './buffer-view.js';
import { TextWindow } from './text-window.js';

/** Decodes messages that lie in a slab, in place where the codec can. */
export class Decoder<T> {
	readonly codecId: string;
	readonly #codec: Codec<never, T>;
	readonly #inPlace: DecodesInPlace<T> | undefined;
	readonly #form: TextForm<never, T> | undefined;
	readonly #window = new TextWindow();
	readonly #fixed: FixedForm<T> | undefined;
	/** The codec has only `decode`. Asked first: raw bytes cost so little that three questions show. */
	readonly #isPlain: boolean;
	/** `#fixed`, if all messages in the slab have its length. */
	#unchecked: FixedForm<T> | undefined;

	constructor(codec: Codec<never, T>) {
		this.#form = textFormOf(codec);
		this.#codec = this.#form === undefined ? checkedCodec(codec) : codec;
		this.#fixed = fixedFormOf(this.#codec);
		this.#inPlace = decodesInPlace(this.#codec) ? this.#codec : undefined;
		this.#isPlain = (this.#form ?? this.#fixed ?? this.#inPlace) === undefined;
		this.codecId = codec.id;
	}

	/** Messages never share memory with the slab, so that it may be used again. */
	get copies(): boolean {
		return this.#inPlace !== undefined;
	}

	/** The slab has got other messages. `byteLength`: that of each of them; undefined if they differ. */
	begin(byteLength: number | undefined): void {
		this.#window.reset();
		this.#unchecked = this.#fixed?.byteLength === byteLength ? this.#fixed : undefined;
	}

	/** The message in bytes `start` to `end` of the slab, whose memory is `memory`. Other messages follow up to `limit`. Throws what the codec throws. */
	decode(slab: Buffer, memory: ArrayBufferLike, start: number, end: number, limit: number): T {
		if (this.#isPlain) return this.#codec.decode(bufferView(memory, start, end - start));
		if (this.#unchecked !== undefined) return this.#unchecked.decodeAt(memory, start);
		if (this.#form !== undefined) return this.#form.fromText(this.#window.textAt(slab, memory, start, end, limit));
		if (this.#inPlace !== undefined) return this.#inPlace.decodeFrom(slab, start, end);
		return this.#codec.decode(bufferView(memory, start, end - start));
	}
}
