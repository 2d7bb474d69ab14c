import { isUtf8 } from 'node:buffer';
import { describeValue } from './describe-value.js';
import { type Codec, markDecodesToCopy } from './types.js';

/**
 * Messages are strings in UTF-8. No character is replaced: a string with a lone surrogate cannot be encoded, and bytes that
 * are not valid UTF-8 cannot be decoded.
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
			throw new TypeError('the string has a lone surrogate, which UTF-8 cannot represent');
		return Buffer.from(message);
	},
	decode: textOf,
});

/** Decodes UTF-8. Throws TypeError for invalid bytes. */
export function textOf(bytes: Buffer): string {
	if (!isUtf8(bytes)) throw new TypeError('the bytes are not valid UTF-8');
	return bytes.toString('utf8');
}
