import { bytes, type Codec, json, structured, utf8 } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { decodesToCopy } from '../src/codecs/types.js';

function roundTrip<T>(codec: Codec<T>, message: T): T {
	return codec.decode(Buffer.from(codec.encode(message)));
}

describe('bytes', () => {
	test('messages come back as they were, whatever kind of Uint8Array they were', () => {
		const sent = Uint8Array.from([0, 1, 254, 255]);
		expect([...roundTrip(bytes(), sent)]).toEqual([...sent]);
		expect([...roundTrip(bytes(), Buffer.from(sent))]).toEqual([...sent]);
		expect(roundTrip(bytes(), new Uint8Array(0)).byteLength).toBe(0);
	});

	test("decoding gives the very Buffer, which is the consumer's own", () => {
		const given = Buffer.from('x');
		expect(bytes().decode(given)).toBe(given);
	});

	test.each([
		['a string', 'text', "string 'text'"],
		['an ArrayBuffer', new ArrayBuffer(2), 'ArrayBuffer'],
		['another typed array', new Uint16Array(1), 'Uint16Array'],
		['nothing', undefined, 'undefined'],
	])('%s is refused by naming it', (_, message, named) => {
		const encode = () => bytes().encode(message as unknown as Uint8Array);
		expect(encode).toThrow(TypeError);
		expect(encode).toThrow(named);
	});
});

describe('utf8', () => {
	test.each(['', 'plain', 'žluťoučký kůň', '日本語', '👩‍👩‍👧', '\u0000\uFFFD'])('%j comes back as it was', (text) => {
		expect(roundTrip(utf8(), text)).toBe(text);
	});

	test('a lone surrogate is refused rather than replaced', () => {
		expect(() => utf8().encode('a\ud800b')).toThrow('lone surrogate');
	});

	test('bytes that are not UTF-8 are refused rather than replaced', () => {
		expect(() => utf8().decode(Buffer.from([0x61, 0xff]))).toThrow('not valid UTF-8');
	});

	test('what is no string is refused', () => {
		expect(() => utf8().encode(5 as unknown as string)).toThrow('number 5');
	});
});

describe('json', () => {
	test.each([null, true, 1.5, 'text', [1, [2]], { a: { b: 'c' } }])('%j comes back as it was', (value) => {
		expect(roundTrip(json(), value)).toEqual(value);
	});

	test.each([undefined, () => 1, Symbol('s')])('what JSON has no form for is refused: %s', (value) => {
		expect(() => json<unknown>().encode(value)).toThrow('JSON has no form');
	});

	test('cycles and broken text throw', () => {
		const cycle: { self?: unknown } = {};
		cycle.self = cycle;
		expect(() => json<unknown>().encode(cycle)).toThrow(TypeError);
		expect(() => json().decode(Buffer.from('{"a":'))).toThrow(SyntaxError);
	});
});

describe('structured', () => {
	test('carries what structured clone can carry', () => {
		const cycle: { self?: unknown } = {};
		cycle.self = cycle;
		const value = {
			map: new Map([[1, new Set(['a'])]]),
			date: new Date(0),
			big: 2n ** 70n,
			none: undefined,
			typed: new Float64Array([1.5, 2.5]),
			buffer: Buffer.from('bytes'),
		};
		expect(roundTrip(structured<unknown>(), value)).toEqual(value);
		expect(roundTrip(structured<unknown>(), undefined)).toBe(undefined);
		const back = roundTrip(structured<typeof cycle>(), cycle);
		expect(back.self).toBe(back);
	});

	test('a function is refused', () => {
		expect(() => structured<unknown>().encode(() => 1)).toThrow();
	});

	test('typed arrays share memory with what they were decoded from, so its memory is never used again', () => {
		const encoded = Buffer.from(structured().encode({ typed: new Uint8Array([1, 2, 3]) }));
		const { typed } = structured<{ typed: Uint8Array }>().decode(encoded);
		encoded.fill(9);
		expect([...typed]).not.toEqual([1, 2, 3]);
		expect(decodesToCopy(structured())).toBe(false);
	});
});

test('only the built-in text codecs let the reader use memory again, not what was made from them', () => {
	expect(decodesToCopy(utf8())).toBe(true);
	expect(decodesToCopy(json())).toBe(true);
	expect(decodesToCopy(bytes())).toBe(false);
	expect(decodesToCopy({ ...utf8(), id: 'mine' })).toBe(false);
});

test('codecs are frozen and have different ids', () => {
	const codecs = [bytes(), utf8(), json(), structured()];
	for (const codec of codecs) expect(Object.isFrozen(codec)).toBe(true);
	expect(new Set(codecs.map(({ id }) => id)).size).toBe(codecs.length);
});
