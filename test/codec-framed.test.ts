import * as fc from 'fast-check';
import { type BytesLike, bytes, type Codec, type Framed, framed, json, structured, utf8 } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { partsOf } from '../src/codecs/parts.js';
import { encodedInPlace, roundTrip, throughSlab } from './support/slab.js';

const frames = framed(json<{ width: number }>());
const header = { width: 3 };

test('the format: u32 length of the header, the header, zeros up to a multiple of 8, the body', () => {
	const message = { header: 'abcde', body: Buffer.from([1, 2, 3]) };
	const hex = '05000000' + '6162636465' + '00000000000000' + '010203';
	const codec = framed(utf8());
	expect(Buffer.from(codec.encode(message)).toString('hex')).toBe(hex);
	expect(encodedInPlace(codec, message)?.toString('hex')).toBe(hex);
	const { head, body } = partsOf(codec)?.(message) ?? {};
	expect(Buffer.concat([head ?? bytesOf(9), body ?? bytesOf(9)]).toString('hex')).toBe(hex);
	expect(body?.buffer).toBe(message.body.buffer);
});

test('header and body arrive, whatever their lengths, by every way to encode', () => {
	const message = fc.record({
		header: fc.string({ unit: 'grapheme', maxLength: 40 }),
		body: fc.uint8Array({ maxLength: 5000 }),
	});
	fc.assert(
		fc.property(message, fc.integer({ min: 0, max: 4096 }), (sent, room) => {
			for (const codec of [framed(utf8()), framed({ ...utf8() }), framed(structured<string>())]) {
				const whole = Buffer.from(codec.encode(sent));
				const inPlace = encodedInPlace(codec, sent, room);
				expect(inPlace ?? whole).toEqual(whole);
				if (inPlace === undefined) expect(whole.length > room || sent.body.length > 2048).toBe(true);
				const { head, body } = partsOf(codec)?.(sent) ?? {};
				expect(Buffer.concat([head ?? bytesOf(9), body ?? bytesOf(9)])).toEqual(whole);
				const received = codec.decode(whole);
				expect(received.header).toBe(sent.header);
				expect([...received.body]).toEqual([...sent.body]);
				expect((received.body.byteOffset - whole.byteOffset) % 8).toBe(0);
			}
		}),
	);
});

test('any bytes are decoded, or refused with an error', () => {
	const some = fc.uint8Array({ maxLength: 64 });
	const likely = fc.tuple(fc.integer({ min: 0, max: 40 }), some).map(([length, rest]) => [length, 0, 0, 0, ...rest]);
	fc.assert(
		fc.property(fc.oneof(some, likely), (input) => {
			const given = Buffer.from(input);
			let message: Framed<Buffer, Buffer>;
			try {
				message = framed(bytes()).decode(given);
			} catch (error) {
				expect(error).toBeInstanceOf(Error);
				return;
			}
			expect(Buffer.from(framed(bytes()).encode(message))).toEqual(given);
		}),
	);
});

test.each([
	['nothing', '', 'a message of 0 bytes has no length of a header'],
	['part of a length', '010000', 'a message of 3 bytes has no length of a header'],
	['a header without its padding', '0100000061', 'no room for a header of 1 bytes'],
	['a header that is longer than the message', '0500000061626364', 'no room for a header of 5 bytes'],
	['the longest length', 'ffffffff00000000', 'no room for a header of 4294967295 bytes'],
	['padding that is not zero', '0100000061000100', 'the bytes between header and body are not zero'],
])('%s is refused', (_, hex, message) => {
	expect(() => framed(utf8()).decode(Buffer.from(hex, 'hex'))).toThrow(message);
});

test('the body is a Buffer over the memory of the message, without a copy', () => {
	const encoded = Buffer.from(frames.encode({ header, body: Buffer.from('body') }));
	const { body } = frames.decode(encoded);
	expect(body).toBeInstanceOf(Buffer);
	expect(body.buffer).toBe(encoded.buffer);
	expect(frames.decodeFrom).toBe(undefined);
});

test('an empty body and an empty header arrive', () => {
	const message = roundTrip(framed(bytes()), { header: bytesOf(), body: bytesOf() });
	expect([message.header.length, message.body.length]).toEqual([0, 0]);
	expect(framed(bytes()).encode({ header: bytesOf(), body: bytesOf() })).toHaveLength(8);
});

test('a header that is null arrives, and its codec is called once', () => {
	let calls = 0;
	const counting: Codec<null> = {
		id: 'null',
		encode: () => bytesOf(),
		decode: () => null,
		decodeFrom() {
			calls++;
			return null;
		},
	};
	expect(roundTrip(framed(counting), { header: null, body: bytesOf(1) }).header).toBe(null);
	expect(calls).toBe(1);
});

test('every kind of view is a body, and only its own bytes are sent', () => {
	const memory = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
	const bodies: BytesLike[] = [memory.slice(2, 4), new DataView(memory, 2, 2), new Uint16Array(memory, 2, 1)];
	for (const body of bodies) {
		expect([...roundTrip(frames, { header, body }).body]).toEqual([2, 3]);
		expect([...throughSlab(frames, { header, body }).body]).toEqual([2, 3]);
	}
});

describe('bad messages', () => {
	test.each([
		['no object', undefined, 'a message must be an object with header and body, got undefined'],
		['null', null, 'got null'],
		['a text as body', { header, body: 'text' }, 'the body must be an ArrayBuffer'],
		['no body', { header }, 'got undefined'],
	])('%s is refused', (_, message, text) => {
		for (const encode of [frames.encode, (sent: never) => frames.encodeInto?.(sent, Buffer.alloc(64), 0)]) {
			expect(() => encode(message as never)).toThrow(TypeError);
			expect(() => encode(message as never)).toThrow(text);
		}
	});

	test('a header that its codec cannot encode is refused with the reason of that codec', () => {
		expect(() => framed(utf8()).encode({ header: 'a\ud800', body: bytesOf() })).toThrow('lone surrogate');
	});

	test('a header codec that encodes to something else is refused by its id', () => {
		const wrong: Codec<string> = { id: 'wrong', encode: () => 'text' as never, decode: String };
		const encode = () => framed(wrong).encode({ header: '', body: bytesOf() });
		expect(encode).toThrow('the codec "wrong" must encode to a Uint8Array, but gave string');
	});

	test.each([[23], [4097 + 28], [28.5], [Number.NaN], [undefined]])(
		'a header codec whose encodeInto returns %s is refused by its id',
		(end) => {
			const wrong: Codec<string> = { ...utf8(), id: 'wrong', encodeInto: () => end as number };
			const encode = () => encodedInPlace(framed(wrong), { header: '', body: bytesOf() });
			expect(encode).toThrow('encodeInto of the codec "wrong" must return an offset from 28 to 4120, or -1');
		},
	);
});

test.each([
	['nothing', undefined, 'header: got undefined, must be an object with id, encode and decode'],
	['a codec without decode', { id: 'x', encode: () => bytesOf() }, 'header.decode: got undefined'],
])('%s as the codec of the header is refused', (_, codec, text) => {
	expect(() => framed(codec as never)).toThrow(text);
});

test('the id contains that of the header, and a codec made by spreading has no way around its own methods', () => {
	expect(frames.id).toBe('framed/1 json');
	const mine = { ...frames, decode: () => 'mine' };
	expect(mine).not.toHaveProperty('encodeInto');
	expect(partsOf(mine)).toBe(undefined);
	expect(Object.isFrozen(frames)).toBe(true);
});

function bytesOf(...values: number[]): Uint8Array {
	return Uint8Array.from(values);
}
