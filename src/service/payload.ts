import { checkedCodec } from '../codecs/checked.js';
import { decodesInPlace } from '../codecs/in-place.js';
import { wholeOf } from '../codecs/parts.js';
import type { Codec } from '../codecs/types.js';
import { payloadOf, type ReceivedFrame } from '../definition/frame.js';
import { bufferView } from '../reader/buffer-view.js';
import type { Encoder } from '../writer/encoder.js';

const scratchBytes = 64 * 1024;
const none = Buffer.alloc(0);

/** Encodes the payloads of frames, in place where the codec can. */
export class PayloadEncoder<T> {
	readonly #encoder: Encoder<T>;
	#scratch: Buffer = none;

	constructor(encoder: Encoder<T>) {
		this.#encoder = encoder;
	}

	/** The bytes of the message, valid until the next call. Throws ENCODE and TOO_LARGE. */
	encode(message: T): Uint8Array {
		if (this.#scratch.length === 0) this.#scratch = Buffer.allocUnsafeSlow(scratchBytes);
		const end = this.#encoder.encodeInto(message, this.#scratch, 0);
		return end < 0 ? wholeOf(this.#encoder.takeApart()) : bufferView(this.#scratch.buffer, 0, end);
	}
}

/** Decodes the payload of a frame, in place where the codec can. Throws what the codec throws. */
export function payloadDecoder<T>(codec: Codec<never, T>): (frame: ReceivedFrame) => T {
	const checked = checkedCodec(codec);
	if (decodesInPlace(checked)) return ({ source, start, end }) => checked.decodeFrom(source, start, end);
	return (frame) => checked.decode(payloadOf(frame));
}
