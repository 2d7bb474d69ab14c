import { types } from 'node:util';
import { type RingwireError, type RingwireErrorCode, reasonOf } from '../base/errors.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Codec } from '../codecs/types.js';

type MakeError = (code: RingwireErrorCode, what: string, details?: { cause: unknown }) => RingwireError;

/** Encodes messages, and checks what the codec returns. */
export class Encoder<T> {
	readonly #codec: Pick<Codec<T>, 'id' | 'encode'>;
	readonly #messageMax: number;
	readonly #remedy: string;
	readonly #error: MakeError;

	/** `remedy`: the part of the TOO_LARGE error that states what to change. */
	constructor(codec: Pick<Codec<T>, 'id' | 'encode'>, messageMax: number, remedy: string, error: MakeError) {
		this.#codec = codec;
		this.#messageMax = messageMax;
		this.#remedy = remedy;
		this.#error = error;
	}

	/** Throws ENCODE and TOO_LARGE. */
	encode(message: T): Uint8Array {
		const bytes = this.#bytesOf(message);
		if (bytes.length > this.#messageMax) throw this.tooLarge(bytes.length);
		return bytes;
	}

	tooLarge(byteLength: number): RingwireError {
		const what = `a message of ${byteLength} bytes is larger than messageMax, ${this.#messageMax} bytes: ${this.#remedy}`;
		return this.#error('ERR_RINGWIRE_TOO_LARGE', what);
	}

	#bytesOf(message: T): Uint8Array {
		const { id } = this.#codec;
		let bytes: unknown;
		try {
			bytes = this.#codec.encode(message);
		} catch (cause) {
			const what = `the codec "${id}" cannot encode a message: ${reasonOf(cause)}`;
			throw this.#error('ERR_RINGWIRE_ENCODE', what, { cause });
		}
		if (types.isUint8Array(bytes)) return bytes;
		const what = `the codec "${id}" must encode to a Uint8Array, but gave ${describeValue(bytes)}`;
		throw this.#error('ERR_RINGWIRE_ENCODE', what);
	}
}
