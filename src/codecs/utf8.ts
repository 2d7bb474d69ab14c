import { describeValue } from './describe-value.js';
import { textCodec } from './text.js';
import type { Codec } from './types.js';

/**
 * Messages are strings in UTF-8. No character is replaced: a string with a lone surrogate cannot be encoded, and bytes that
 * are not valid UTF-8 cannot be decoded. A string that was read may share up to 4 KiB with its neighbours while it is kept.
 */
export function utf8(): Codec<string> {
	return codec;
}

const codec = textCodec<string, string>('utf8', {
	toText(message) {
		if (typeof message === 'string') return message;
		throw new TypeError(`a message must be a string, got ${describeValue(message)}`);
	},
	fromText: (text) => text,
});
