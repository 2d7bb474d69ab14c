import { deserialize, serialize } from 'node:v8';
import type { Codec } from './types.js';

/**
 * Messages are any values that V8's structured clone supports: Map, Set, Date, BigInt, typed arrays, cycles, undefined.
 * A message that contains a function or a symbol cannot be encoded. Both sides must run on Node; a newer V8 reads the
 * format of an older one. The type parameter is not checked at run time.
 */
export function structured<T>(): Codec<T> {
	// Not in place: typed arrays in a decoded message are views of the Buffer that it was decoded from.
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
