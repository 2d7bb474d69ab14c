import { C1, Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from 'msgpackr';
import { withInPlace } from './in-place.js';
import type { Codec } from './types.js';

/**
 * Messages are values in MessagePack, converted by the package `msgpackr`. They contain the types of the MessagePack specification only, so that
 * programs in other languages read them. The type parameter is not checked at run time.
 *
 * A bigint is a 64-bit integer and is decoded to a bigint. A number is an integer of up to 32 bits or a float of 64 bits. A Date is a timestamp.
 * Typed arrays and ArrayBuffers are binary, and are decoded to Buffers. `undefined` becomes null, a Map an object, a Set an array. Functions, symbols,
 * invalid dates and bigints of more than 64 bits cannot be encoded. A lone surrogate becomes
 * U+FFFD, and so do bytes of a text that are not UTF-8.
 */
export function msgpack<T>(): Codec<T> {
	return withInPlace<T, T>(
		{
			id: 'msgpack',
			encode: (message) => packr.pack(message),
			decode: (bytes) => unpack(bytes, 0, bytes.length),
		},
		{ encodeInto: packInto, decodeFrom: unpack },
	);
}

const packr = new Packr({
	useRecords: false,
	encodeUndefinedAsNil: true,
	writeFunction: () => refuse('a function'),
	onInvalidDate: () => refuse('an invalid Date'),
	// Binary in a decoded message shares no memory with the bytes that it was decoded from.
	copyBuffers: true,
	// Refuses references, which make cycles.
	structuredClone: false,
});

const neverUsed = 0xc1;
const range = { start: 0, end: 0 };

/** The packer encodes into memory of its own, which the next message overwrites. So a message costs no Buffer. */
function packInto(message: unknown, target: Buffer, start: number): number {
	const packed: Buffer & Partial<typeof range> = packr.pack(message, REUSE_BUFFER_MODE | RESET_BUFFER_MODE);
	const { start: from = 0, end: to = packed.length } = packed;
	const end = start + to - from;
	if (end > target.length) return -1;
	packed.copy(target, start, from, to);
	return end;
}

function unpack<T>(source: Buffer, start: number, end: number): T {
	if (start === end) throw new RangeError('an empty message is not MessagePack');
	range.start = start;
	range.end = end;
	// A message that is extension 0 of other encoders is decoded to undefined, which no message is.
	const value: T = packr.unpack(source, range) ?? null;
	if (!hasByte(source, start, end, neverUsed) || !contains(value, C1)) return value;
	throw new TypeError('the byte 0xc1 is not MessagePack');
}

/** A loop: the search of Buffer has no end, and a part of the Buffer would cost an object. */
function hasByte(source: Buffer, start: number, end: number, byte: number): boolean {
	for (let at = start; at < end; at++) if (source[at] === byte) return true;
	return false;
}

/** Whether a decoded value is `wanted` or contains it. Decoded values have no cycles. */
function contains(value: unknown, wanted: object): boolean {
	if (value === wanted) return true;
	if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
	return Object.values(value).some((inner) => contains(inner, wanted));
}

function refuse(what: string): never {
	throw new TypeError(`MessagePack cannot represent ${what}`);
}
