import * as fc from 'fast-check';
import { Packr } from 'msgpackr';
import type { Codec } from 'ringwire';
import { msgpack } from 'ringwire/codecs/msgpack';
import { describe, expect, test } from 'vitest';
import { encodedInPlace, roundTrip, throughSlab } from './support/slab.js';

const codec: Codec<unknown> = msgpack<unknown>();
const hexOf = (message: unknown) => Buffer.from(codec.encode(message)).toString('hex');
const decodeHex = (hex: string) => codec.decode(Buffer.from(hex, 'hex'));

/** Values that are decoded to the same values. */
const values = fc.letrec((tie) => ({
	value: fc.oneof(
		{ depthSize: 'small', withCrossShrink: true },
		fc.constantFrom(null, true, false),
		fc.integer(),
		fc.double().filter((number) => !Object.is(number, -0)),
		fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
		fc.string({ unit: 'grapheme', maxLength: 300 }),
		fc.date({ noInvalidDate: true, min: new Date(-8e12), max: new Date(8e12) }),
		fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
		fc.array(tie('value'), { maxLength: 20 }),
		fc.dictionary(
			fc.string().filter((key) => key !== '__proto__'),
			tie('value'),
			{ maxKeys: 20, noNullPrototype: true },
		),
	),
})).value;

test('values arrive equal, by every way to encode and decode, and both ways have the same bytes', () => {
	fc.assert(
		fc.property(values, (value) => {
			expect(roundTrip(codec, value)).toEqual(value);
			expect(throughSlab(codec, value)).toEqual(value);
			expect(encodedInPlace(codec, value, 65_536)).toEqual(Buffer.from(codec.encode(value)));
		}),
	);
});

test('any bytes are decoded, or refused with an error, and the codec goes on', () => {
	const nested = fc.uint8Array({ minLength: 1, maxLength: 40 });
	// Tokens of every kind in front: containers, extensions and lengths that lie.
	const tokens = fc.array(
		fc.constantFrom(0x81, 0x91, 0xc1, 0xc7, 0xd4, 0xd6, 0xd9, 0xdb, 0xdd, 0xdf, 0x72, 0x62, 0xff),
		{
			maxLength: 12,
		},
	);
	fc.assert(
		fc.property(tokens, nested, (front, rest) => {
			const given = Buffer.from([...front, ...rest]);
			const copy = Buffer.from(given);
			try {
				expect(codec.decode(given)).not.toBe(undefined);
			} catch (error) {
				expect(error).toBeInstanceOf(Error);
			}
			expect(given.equals(copy)).toBe(true);
			expect(roundTrip(codec, { a: [1] })).toEqual({ a: [1] });
		}),
		{ numRuns: 2000 },
	);
});

describe('the bytes are those of the specification', () => {
	test.each<[string, unknown, string]>([
		['null', null, 'c0'],
		['undefined', undefined, 'c0'],
		['a small integer', -3, 'fd'],
		['the largest integer', 2 ** 32 - 1, 'ceffffffff'],
		['a larger integer, which is a float', 2 ** 32, 'cb41f0000000000000'],
		['a positive bigint', 5n, 'd30000000000000005'],
		['the largest bigint', 2n ** 64n - 1n, 'cfffffffffffffffff'],
		['a text', 'ž', 'a2c5be'],
		['binary', new Uint8Array([1, 2]), 'c4020102'],
		['other views', new Uint16Array([1]), 'c4020100'],
		['an ArrayBuffer', new Uint8Array([1]).buffer, 'c40101'],
		['a Date, which is a timestamp', new Date(1_500_000_000_000), 'd6ff59682f00'],
		['an array with a hole', [undefined, 1], '92c001'],
		['an object, not a record', { a: 1 }, 'de0001a16101'],
		['a Map', new Map([['a', 1]]), '81a16101'],
		['a Set', new Set([1]), '9101'],
	])('%s', (_, message, hex) => {
		expect(hexOf(message)).toBe(hex);
		expect(encodedInPlace(codec, message)?.toString('hex')).toBe(hex);
	});

	test.each<[string, string, unknown]>([
		['a uint64', 'cf000000012a05f200', 5_000_000_000n],
		['an int64', 'd3ffffffffffffffff', -1n],
		['a float32', 'ca3fc00000', 1.5],
		['a short map', '81a16101', { a: 1 }],
		['a map with a number as key', '810102', { 1: 2 }],
		['extension 0, which other encoders write for undefined', 'd40000', null],
	])('%s of another encoder is decoded', (_, hex, value) => {
		expect(decodeHex(hex)).toEqual(value);
	});
});

test('records of another msgpackr are decoded', () => {
	const records = new Packr({ useRecords: true });
	const message = [{ a: 1 }, { a: 2 }];
	for (let i = 0; i < 10; i++) expect(codec.decode(Buffer.from(records.pack(message)))).toEqual(message);
});

describe('bad bytes', () => {
	test.each([
		['an empty message', ''],
		['a byte behind the value', '0101'],
		['two values', 'a161a162'],
		['a text that is too short', 'a561'],
		['binary that is too short', 'c50005aa'],
		['an array that is too short', 'ddffffffff'],
		['a map that is too short', 'dfffffffff'],
		['the byte that is never used', 'c1'],
		['that byte in an array', '91c1'],
		['that byte in a map of arrays', '81a16191c1'],
		['an unknown extension', 'd40500'],
		['a reference', 'd669000000019101'],
		['a map with a map as key', '8181010101'],
		['nesting without end', '91'.repeat(60_000)],
	])('%s are refused', (_, hex) => {
		expect(() => decodeHex(hex)).toThrow(Error);
		const slab = Buffer.from(`0000${hex}0000`, 'hex');
		expect(() => codec.decodeFrom?.(slab, 2, slab.length - 2)).toThrow(Error);
	});

	test('the byte that is never used is data in binary and in numbers', () => {
		expect(decodeHex('92c401c1cdc1c1')).toEqual([Buffer.from([0xc1]), 0xc1c1]);
	});

	test('a message cannot read into its neighbours', () => {
		const slab = Buffer.from('01a3616263ff', 'hex');
		expect(() => codec.decodeFrom?.(slab, 1, 3)).toThrow(Error);
		expect(codec.decodeFrom?.(slab, 1, 5)).toBe('abc');
	});

	test('a key of a map cannot change the prototype', () => {
		const message = decodeHex('81a95f5f70726f746f5f5f81a17801');
		expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
		expect(message).not.toHaveProperty('x');
	});
});

test.each<[string, unknown, string]>([
	['a function', () => 1, 'MessagePack cannot represent a function'],
	['a function in an object', { f: () => 1 }, 'MessagePack cannot represent a function'],
	['a symbol', Symbol('s'), 'symbol'],
	['an invalid Date', [new Date(Number.NaN)], 'MessagePack cannot represent an invalid Date'],
	['a bigint of more than 64 bits', 2n ** 64n, 'too large'],
	['a negative bigint of more than 64 bits', -(2n ** 63n) - 1n, 'too large'],
])('%s cannot be encoded, and the codec goes on', (_, message, text) => {
	expect(() => codec.encode(message)).toThrow(text);
	expect(() => encodedInPlace(codec, message)).toThrow(text);
	expect(roundTrip(codec, [1])).toEqual([1]);
});

test('a cycle cannot be encoded', () => {
	const cycle: { self?: unknown } = {};
	cycle.self = cycle;
	expect(() => codec.encode(cycle)).toThrow(RangeError);
	expect(roundTrip(codec, [1])).toEqual([1]);
});

test('encoded bytes stay as they are when more messages are encoded, also in place', () => {
	const kept = [1, 2, 3].map((n) => codec.encode({ n }));
	for (let n = 0; n < 1000; n++) encodedInPlace(codec, { n, text: 'x'.repeat(n) });
	expect(kept.map((bytes) => codec.decode(Buffer.from(bytes)))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('a message that does not fit returns -1, and a larger room is used to its last byte', () => {
	expect(encodedInPlace(codec, 'x'.repeat(10), 10)).toBe(undefined);
	expect(encodedInPlace(codec, 'x'.repeat(10), 11)).toHaveLength(11);
	expect(encodedInPlace(codec, 'x'.repeat(50_000), 65_536)).toHaveLength(50_003);
});

test('binary in a decoded message shares no memory with the bytes', () => {
	const given = Buffer.from(codec.encode([Buffer.from('abc'), 'text']));
	const decoded = codec.decode(given);
	given.fill(0);
	expect(decoded).toEqual([Buffer.from('abc'), 'text']);
});

test('a getter that encodes another message does not disturb the first', () => {
	const message = {
		a: 1,
		get b() {
			return Buffer.from(codec.encode({ inner: true })).length;
		},
	};
	expect(roundTrip(codec, message)).toEqual({ a: 1, b: 10 });
});

test('the codec is frozen, and one made by spreading has no way around its own methods', () => {
	expect(codec.id).toBe('msgpack');
	expect(Object.isFrozen(codec)).toBe(true);
	expect(Object.keys({ ...codec })).toEqual(['id', 'encode', 'decode']);
});
