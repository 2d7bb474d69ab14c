import { textOf } from '../codecs/text.js';
import type { Codec } from '../codecs/types.js';

/** By codec id: throws for bytes that are not a message of that codec. */
const checks: ReadonlyMap<string, (message: Buffer) => void> = new Map([
	['utf8', textOf],
	['json', (message) => JSON.parse(textOf(message))],
]);

/** Messages of the codec are checked before they are sent. */
export function isChecked(id: string): boolean {
	return checks.has(id);
}

/**
 * Bytes without conversion, under the codec id of the other side. Messages of a built-in text codec are checked before they
 * are sent, so that a reader never fails to decode them.
 */
export function rawCodec(id: string): Codec<Uint8Array, Buffer> {
	const check = checks.get(id);
	return {
		id,
		encode(message) {
			check?.(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
			return message;
		},
		decode(bytes) {
			return bytes;
		},
	};
}
