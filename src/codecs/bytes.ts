import { types } from 'node:util';
import { describeValue } from './describe-value.js';
import type { Codec } from './types.js';

/**
 * Messages are bytes as they are. Takes any Uint8Array; gives Buffers that belong to the consumer. Small ones may be
 * parts of a larger piece of memory, as with Node's own pooled Buffers.
 */
export function bytes(): Codec<Uint8Array> {
	return codec;
}

const codec: Codec<Uint8Array> = Object.freeze({
	id: 'bytes',
	encode(message: Uint8Array): Uint8Array {
		if (!types.isUint8Array(message)) {
			throw new TypeError(`a message must be a Uint8Array, got ${describeValue(message)}`);
		}
		return message;
	},
	decode(bytes: Buffer): Uint8Array {
		return bytes;
	},
});
