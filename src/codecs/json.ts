import { describeValue } from './describe-value.js';
import { textCodec } from './text.js';
import type { Codec } from './types.js';

/**
 * Messages are JSON values, converted by `JSON.stringify` and `JSON.parse`: a Date becomes a string, NaN becomes null. A
 * message that is undefined, a function or a symbol cannot be encoded. The type parameter is not checked at run time.
 */
export function json<T>(): Codec<T> {
	return textCodec<T, T>('json', {
		toText(message) {
			const text: string | undefined = JSON.stringify(message);
			if (text === undefined) throw new TypeError(`JSON cannot represent ${describeValue(message)}`);
			return text;
		},
		fromText: (text) => JSON.parse(text),
	});
}
