import { describeValue } from './describe-value.js';
import { type Codec, markDecodesToCopy } from './types.js';
import { textOf } from './utf8.js';

/**
 * Messages are JSON values, converted by `JSON.stringify` and `JSON.parse`: a Date becomes a string, NaN becomes null. A
 * message that is undefined, a function or a symbol cannot be encoded. The type parameter is not checked at run time.
 */
export function json<T>(): Codec<T> {
	return markDecodesToCopy({
		id: 'json',
		encode(message: T): Uint8Array {
			const text: string | undefined = JSON.stringify(message);
			if (text === undefined) throw new TypeError(`JSON cannot represent ${describeValue(message)}`);
			return Buffer.from(text);
		},
		decode(bytes: Buffer): T {
			return JSON.parse(textOf(bytes));
		},
	});
}
