import { describeValue } from './describe-value.js';
import { type Codec, markDecodesToCopy } from './types.js';
import { textOf } from './utf8.js';

/**
 * Messages are values in JSON. What JSON has no form for is treated as `JSON.stringify` does (a Date becomes a string,
 * NaN becomes null); a message that is undefined, a function or a symbol as a whole cannot be encoded. The type is what
 * you say: nothing checks it.
 */
export function json<T>(): Codec<T> {
	return markDecodesToCopy({
		id: 'json',
		encode(message: T): Uint8Array {
			const text: string | undefined = JSON.stringify(message);
			if (text === undefined) throw new TypeError(`JSON has no form for ${describeValue(message)}`);
			return Buffer.from(text);
		},
		decode(bytes: Buffer): T {
			return JSON.parse(textOf(bytes));
		},
	});
}
