import { types } from 'node:util';
import { type RingwireError, type RingwireErrorCode, reasonOf } from '../base/errors.js';
import { checkedCodec } from '../codecs/checked.js';
import { describeValue } from '../codecs/describe-value.js';
import { type EncodesInPlace, encodesInPlace } from '../codecs/in-place.js';
import { MessageParts, partsOf } from '../codecs/parts.js';
import { type TextForm, textFormOf, writeText } from '../codecs/text.js';
import type { Codec } from '../codecs/types.js';

type MakeError = (code: RingwireErrorCode, what: string, details?: { cause: unknown }) => RingwireError;

/** An encoded message that is not in the slab: its bytes, or the parts that the addon gathers. */
export type Apart = Uint8Array | MessageParts;

const none: Uint8Array = new Uint8Array();

/** Encodes messages, in place where the codec can, and checks what the codec returns. All methods that encode throw ENCODE and TOO_LARGE. */
export class Encoder<T> {
	/** Present if the codec is one of text: messages may be encoded by `toText` and `encodeText`. */
	readonly textForm: TextForm<T, unknown> | undefined;
	/** Messages can be encoded by `encodeInto`. The others are encoded by `encodeApart`. */
	readonly encodesInPlace: boolean;
	readonly messageMax: number;
	/** Encodes what is not encoded in place: to bytes, or to parts. */
	readonly #codec: { readonly id: string; encode(message: T): unknown };
	readonly #inPlace: EncodesInPlace<T> | undefined;
	readonly #remedy: string;
	readonly #error: MakeError;
	/** The message that was not encoded in place, until `takeApart`. */
	#apart: Apart = none;

	/** `remedy`: the part of the TOO_LARGE error that states what to change. */
	constructor(codec: Codec<T, unknown>, messageMax: number, remedy: string, error: MakeError) {
		this.textForm = textFormOf(codec);
		const checked = this.textForm === undefined ? checkedCodec(codec) : codec;
		const toParts = partsOf(codec);
		this.#codec = toParts === undefined ? checked : { id: codec.id, encode: toParts };
		this.#inPlace = encodesInPlace(checked) ? checked : undefined;
		this.encodesInPlace = this.textForm !== undefined || this.#inPlace !== undefined;
		this.messageMax = messageMax;
		this.#remedy = remedy;
		this.#error = error;
	}

	/**
	 * Encodes into `target` from `start` on, and returns the end. -1: the bytes are elsewhere, and `takeApart` returns them, because there is not
	 * enough room or the codec cannot.
	 */
	encodeInto(message: T, target: Buffer, start: number): number {
		if (this.textForm !== undefined) return this.encodeText(this.toText(this.textForm, message), target, start);
		if (this.#inPlace !== undefined) {
			let end: number;
			try {
				end = this.#inPlace.encodeInto(message, target, start);
			} catch (cause) {
				throw this.#unencodable(cause);
			}
			if (end !== -1) return this.#checkEnd(end, target, start);
		}
		this.#apart = this.encodeApart(message);
		return -1;
	}

	/** Encodes into memory of the codec. */
	encodeApart(message: T): Apart {
		return this.#checkLength(this.#encode(message));
	}

	/** The text of a message of the form. */
	toText(form: TextForm<T, unknown>, message: T): string {
		try {
			return form.toText(message);
		} catch (cause) {
			throw this.#unencodable(cause);
		}
	}

	/** As `encodeInto`, for the text of a message. */
	encodeText(text: string, target: Buffer, start: number): number {
		let end: number;
		try {
			end = writeText(text, target, start);
		} catch (cause) {
			throw this.#unencodable(cause);
		}
		if (end !== -1) return this.#checkEnd(end, target, start);
		this.#apart = this.#checkLength(Buffer.from(text));
		return -1;
	}

	/** The message that was not encoded in place. It is given once. */
	takeApart(): Apart {
		const bytes = this.#apart;
		this.#apart = none;
		return bytes;
	}

	tooLarge(byteLength: number): RingwireError {
		const what = `a message of ${byteLength} bytes is larger than messageMax, ${this.messageMax} bytes: ${this.#remedy}`;
		return this.#error('ERR_RINGWIRE_TOO_LARGE', what);
	}

	#checkLength(apart: Apart): Apart {
		if (apart.length > this.messageMax) throw this.tooLarge(apart.length);
		return apart;
	}

	#checkEnd(end: number, target: Buffer, start: number): number {
		if (!Number.isInteger(end) || end < start || end > target.length) {
			const allowed = `an offset from ${start} to ${target.length}, or -1 if there is not enough room`;
			const what = `encodeInto of the codec "${this.#codec.id}" must return ${allowed}, but gave ${describeValue(end)}`;
			throw this.#error('ERR_RINGWIRE_ENCODE', what);
		}
		if (end - start > this.messageMax) throw this.tooLarge(end - start);
		return end;
	}

	#encode(message: T): Apart {
		let bytes: unknown;
		try {
			bytes = this.#codec.encode(message);
		} catch (cause) {
			throw this.#unencodable(cause);
		}
		if (types.isUint8Array(bytes) || bytes instanceof MessageParts) return bytes;
		const what = `the codec "${this.#codec.id}" must encode to a Uint8Array, but gave ${describeValue(bytes)}`;
		throw this.#error('ERR_RINGWIRE_ENCODE', what);
	}

	#unencodable(cause: unknown): RingwireError {
		const what = `the codec "${this.#codec.id}" cannot encode a message: ${reasonOf(cause)}`;
		return this.#error('ERR_RINGWIRE_ENCODE', what, { cause });
	}
}
