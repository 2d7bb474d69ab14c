import { isUtf8 } from 'node:buffer';
import { describeValue } from './describe-value.js';
import { type Codec, markDecodesToCopy } from './types.js';

/**
 * Messages are strings in UTF-8. Nothing is replaced in silence: a string with a lone surrogate cannot be encoded, and
 * bytes that are not UTF-8 cannot be decoded.
 */
export function utf8(): Codec<string> {
	return codec;
}

const codec: Codec<string> = markDecodesToCopy({
	id: 'utf8',
	encode(message: string): Uint8Array {
		if (typeof message !== 'string')
			throw new TypeError(`a message must be a string, got ${describeValue(message)}`);
		if (!message.isWellFormed())
			throw new TypeError('the string has a lone surrogate, for which UTF-8 has no bytes');
		return Buffer.from(message);
	},
	decode: textOf,
});

/** The string that these bytes are in UTF-8. Throws TypeError when they are not. */
export function textOf(bytes: Buffer): string {
	if (!isUtf8(bytes)) throw new TypeError('the bytes are not valid UTF-8');
	return bytes.toString('utf8');
}
