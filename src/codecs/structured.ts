import { deserialize, serialize } from 'node:v8';
import type { Codec } from './types.js';

/**
 * Messages are anything that V8's structured clone can carry: Map, Set, Date, BigInt, typed arrays, cycles, undefined.
 * A function or a symbol in a message cannot be encoded. Both sides must be Node; a newer V8 reads what an older one
 * wrote. The type is what you say: nothing checks it.
 */
export function structured<T>(): Codec<T> {
	// Not decodesFresh: typed arrays in a message come out as views of the bytes that it was decoded from.
	return Object.freeze({
		id: 'structured',
		encode(message: T): Uint8Array {
			return serialize(message);
		},
		decode(bytes: Buffer): T {
			return deserialize(bytes);
		},
	});
}
