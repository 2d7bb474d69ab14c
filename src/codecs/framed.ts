import { types } from 'node:util';
import { type BytesLike, bytesOf } from './bytes.js';
import { checkCodec } from './check-codec.js';
import { describeValue } from './describe-value.js';
import { markInLease } from './in-lease.js';
import { decodesInPlace, encodesInPlace, withInPlace } from './in-place.js';
import { layoutOf } from './layout-of.js';
import { MessageParts, markParts, wholeOf } from './parts.js';
import type { Codec } from './types.js';

/** A message of `framed`. */
export interface Framed<Header, Body> {
	readonly header: Header;
	readonly body: Body;
}

const lengthBytes = 4;
const alignment = 8;

/** A larger body is not staged: it is copied once, from its own memory into the ring. */
const stagedBodyMax = 2 * 1024;

/**
 * Messages are a header in any codec and a body of bytes, for instance a video frame or a tensor. The body is not parsed and not copied on the way
 * to the ring. A reader returns it as a Buffer that belongs to the consumer, like those of `bytes()`.
 *
 *     offset 0     u32, little-endian: the length of the header in bytes
 *            4     the header
 *            ..    zeros, up to the next multiple of 8
 *            ..    the body, to the end of the message
 *
 * A reader gives a message memory that begins at a multiple of 8, so that the body does too: `new Float64Array(body.buffer, body.byteOffset)`.
 */
export function framed<HeaderIn, HeaderOut>(
	header: Codec<HeaderIn, HeaderOut>,
): Codec<Framed<HeaderIn, BytesLike>, Framed<HeaderOut, Buffer>> {
	checkCodec('header', header);
	const writeHeader = headerWriter(header);
	const readHeader = headerReader(header);

	function toParts(message: Framed<HeaderIn, BytesLike>): MessageParts {
		const body = bodyOf(message);
		const encoded = encodedHeader(header, message.header);
		const head = Buffer.alloc(bodyOffset(encoded.length));
		head.writeUInt32LE(encoded.length);
		head.set(encoded, lengthBytes);
		return new MessageParts(head, body);
	}

	function readHead(bytes: Buffer, headerLength: number): HeaderOut {
		const headerEnd = lengthBytes + headerLength;
		const bodyAt = bodyOffset(headerLength);
		for (let at = headerEnd; at < bodyAt; at++) {
			if (bytes[at] !== 0) throw new TypeError('the bytes between header and body are not zero');
		}
		return readHeader(bytes, lengthBytes, headerEnd);
	}

	const codec = withInPlace<Framed<HeaderIn, BytesLike>, Framed<HeaderOut, Buffer>>(
		{
			id: `framed/1 ${header.id}`,
			...layoutOf(header),
			encode: (message) => wholeOf(toParts(message)),
			decode(bytes) {
				const headerLength = headerLengthOf(bytes);
				return { header: readHead(bytes, headerLength), body: bytes.subarray(bodyOffset(headerLength)) };
			},
		},
		{
			encodeInto(message, target, start) {
				const body = bodyOf(message);
				if (body.length > stagedBodyMax || start + lengthBytes > target.length) return -1;
				const headerEnd = writeHeader(message.header, target, start + lengthBytes);
				if (headerEnd === -1) return -1;
				const headerLength = headerEnd - start - lengthBytes;
				const bodyAt = start + bodyOffset(headerLength);
				if (bodyAt + body.length > target.length) return -1;
				target.writeUInt32LE(headerLength, start);
				target.fill(0, headerEnd, bodyAt);
				target.set(body, bodyAt);
				return bodyAt + body.length;
			},
		},
	);
	markParts(codec, toParts);
	markInLease(codec, (bytes) => {
		const headerLength = headerLengthOf(bytes);
		const bodyAt = bodyOffset(headerLength);
		return { header: readHead(Buffer.from(bytes.subarray(0, bodyAt)), headerLength), body: bytes.subarray(bodyAt) };
	});
	return codec;
}

/** Writes a header as `encodeInto` does, for any codec. */
function headerWriter<In>(header: Codec<In, unknown>): (message: In, target: Buffer, at: number) => number {
	if (!encodesInPlace(header)) {
		return (message, target, at) => {
			const encoded = encodedHeader(header, message);
			if (at + encoded.length > target.length) return -1;
			target.set(encoded, at);
			return at + encoded.length;
		};
	}
	return (message, target, at) => {
		const end = header.encodeInto(message, target, at);
		if (end === -1 || (Number.isInteger(end) && end >= at && end <= target.length)) return end;
		const allowed = `an offset from ${at} to ${target.length}, or -1 if there is not enough room`;
		throw new RangeError(
			`encodeInto of the codec "${header.id}" must return ${allowed}, but gave ${describeValue(end)}`,
		);
	};
}

function encodedHeader<In>(header: Codec<In, unknown>, message: In): Uint8Array {
	const encoded: unknown = header.encode(message);
	if (types.isUint8Array(encoded)) return encoded;
	throw new TypeError(`the codec "${header.id}" must encode to a Uint8Array, but gave ${describeValue(encoded)}`);
}

function headerReader<Out>(header: Codec<never, Out>): (bytes: Buffer, start: number, end: number) => Out {
	if (decodesInPlace(header)) return (bytes, start, end) => header.decodeFrom(bytes, start, end);
	return (bytes, start, end) => header.decode(bytes.subarray(start, end));
}

function bodyOf(message: Framed<unknown, BytesLike>): Uint8Array {
	if (typeof message === 'object' && message !== null) return bytesOf(message.body, 'the body');
	throw new TypeError(`a message must be an object with header and body, got ${describeValue(message)}`);
}

/** The body begins at this offset of the message. */
function bodyOffset(headerLength: number): number {
	return Math.ceil((lengthBytes + headerLength) / alignment) * alignment;
}

function headerLengthOf(bytes: Buffer): number {
	if (bytes.length < lengthBytes)
		throw new RangeError(`a message of ${bytes.length} bytes has no length of a header`);
	const length = bytes.readUInt32LE();
	if (bodyOffset(length) <= bytes.length) return length;
	throw new RangeError(`a message of ${bytes.length} bytes has no room for a header of ${length} bytes`);
}
