import { isUtf8 } from 'node:buffer';
import type { Codec } from '../codecs/types.js';
import { textOf } from '../codecs/utf8.js';

/** Each throws for bytes that no message of its codec consists of. */
const checks: Readonly<Record<string, (message: Uint8Array) => void>> = {
	utf8(message) {
		if (!isUtf8(message)) throw new TypeError('the bytes are not valid UTF-8');
	},
	json(message) {
		JSON.parse(textOf(Buffer.from(message.buffer, message.byteOffset, message.byteLength)));
	},
};

/**
 * Bytes as they are, under the codec id of the channel that they go to or come from. What the readers of a well-known codec could not
 * decode is not sent in the first place.
 */
export function rawCodec(id: string): Codec<Uint8Array, Buffer> {
	const check = checks[id];
	return {
		id,
		encode(message) {
			check?.(message);
			return message;
		},
		decode(bytes) {
			return bytes;
		},
	};
}
