import { isUtf8 } from 'node:buffer';
import { withInPlace } from './in-place.js';
import type { Codec } from './types.js';

/** How a codec whose bytes are UTF-8 converts between messages and text. `toText` may return a lone surrogate, which is refused then. */
export interface TextForm<In, Out> {
	toText(message: In): string;
	fromText(text: string): Out;
}

const forms = new WeakMap<object, TextForm<never, unknown>>();

/** A built-in codec of text. The library knows its form, and converts the text of many messages at once. */
export function textCodec<In, Out>(id: string, form: TextForm<In, Out>): Codec<In, Out> {
	const codec = withInPlace(
		{
			id,
			encode: (message: In) => bytesOf(form.toText(message)),
			decode: (bytes: Buffer) => form.fromText(textOf(bytes)),
		},
		{
			encodeInto: (message: In, target: Buffer, start: number) => writeText(form.toText(message), target, start),
			decodeFrom: (source: Buffer, start: number, end: number) => form.fromText(textAt(source, start, end)),
		},
	);
	forms.set(codec, form);
	return codec;
}

/** The form of a codec that `textCodec` made. Undefined for any other, also for one that was made from such a codec. */
export function textFormOf<In, Out>(codec: Codec<In, Out>): TextForm<In, Out> | undefined;
export function textFormOf(codec: object): TextForm<never, unknown> | undefined {
	return forms.get(codec);
}

/** Encodes UTF-8. Throws TypeError for a lone surrogate. */
export function bytesOf(text: string): Buffer {
	checkSurrogates(text);
	return Buffer.from(text);
}

/** Writes UTF-8 into `target` from `start` on. Returns the offset behind it, or -1 if there is not enough room. Throws as `bytesOf`. */
export function writeText(text: string, target: Buffer, start: number): number {
	checkSurrogates(text);
	const room = target.length - start;
	// One code unit of a string takes one to three bytes.
	if (text.length > room || (text.length * 3 > room && Buffer.byteLength(text) > room)) return -1;
	return start + target.write(text, start);
}

/** Decodes UTF-8. Throws TypeError for invalid bytes. */
export function textOf(bytes: Buffer): string {
	return textAt(bytes, 0, bytes.length);
}

/** The same for a part of `source`. */
export function textAt(source: Buffer, start: number, end: number): string {
	const text = source.toString('utf8', start, end);
	// The replacement character stands for invalid bytes, or for itself.
	if (text.includes('\uFFFD') && !isUtf8(source.subarray(start, end))) {
		throw new TypeError('the bytes are not valid UTF-8');
	}
	return text;
}

function checkSurrogates(text: string): void {
	if (!text.isWellFormed()) throw new TypeError('the string has a lone surrogate, which UTF-8 cannot represent');
}
