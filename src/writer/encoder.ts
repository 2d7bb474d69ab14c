import { types } from 'node:util';
import { RingwireError, type RingwireErrorCode, reasonOf } from '../base/errors.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Codec } from '../codecs/types.js';

/** Makes messages into the bytes that a writer may publish. */
export class Encoder<T> {
	readonly #codec: Pick<Codec<T>, 'id' | 'encode'>;
	readonly #messageMax: number;
	readonly #remedy: string;
	readonly #error: (code: RingwireErrorCode, what: string, details?: { cause: unknown }) => RingwireError;

	/** `remedy` tells who has a message for which `messageMax` bytes are too few what to change. */
	constructor(
		codec: Pick<Codec<T>, 'id' | 'encode'>,
		messageMax: number,
		remedy: string,
		error: (code: RingwireErrorCode, what: string, details?: { cause: unknown }) => RingwireError,
	) {
		this.#codec = codec;
		this.#messageMax = messageMax;
		this.#remedy = remedy;
		this.#error = error;
	}

	/** Throws ENCODE and TOO_LARGE. */
	encode(message: T): Uint8Array {
		const bytes = this.#bytesOf(message);
		const { length } = bytes;
		if (length > this.#messageMax) {
			const what = `a message of ${length} bytes is larger than messageMax, ${this.#messageMax} bytes: ${this.#remedy}`;
			throw this.#error('ERR_RINGWIRE_TOO_LARGE', what);
		}
		return bytes;
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

/** The error of one message, told as that of its batch. */
export function inBatch(error: unknown, index: number, accepted: number): unknown {
	if (!(error instanceof RingwireError)) return error;
	return withAccepted(error, `message ${index} of the batch; ${accepted} were accepted before it`, accepted);
}

/** Why nothing behind the messages that were accepted could be written. */
export function cutShort(error: RingwireError, accepted: number): RingwireError {
	return withAccepted(error, `${accepted} messages of the batch were accepted before`, accepted);
}

function withAccepted(error: RingwireError, what: string, accepted: number): RingwireError {
	const { code, channel, cause } = error;
	const message = `${error.message} (${what})`;
	return new RingwireError(code, message, cause === undefined ? { channel, accepted } : { channel, accepted, cause });
}
