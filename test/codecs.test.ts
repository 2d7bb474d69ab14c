import { type BytesLike, bytes, type Codec, defineChannel, json, structured, utf8 } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { decodesInPlace } from '../src/codecs/in-place.js';
import { pairOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

function roundTrip<In, Out>(codec: Codec<In, Out>, message: In): Out {
	return codec.decode(Buffer.from(codec.encode(message)));
}

describe('bytes', () => {
	test('a message is decoded to the bytes that were encoded', () => {
		const sent = Uint8Array.from([0, 1, 254, 255]);
		expect([...roundTrip(bytes(), sent)]).toEqual([...sent]);
		expect([...roundTrip(bytes(), Buffer.from(sent))]).toEqual([...sent]);
		expect(roundTrip(bytes(), new Uint8Array(0)).byteLength).toBe(0);
	});

	test("decoding returns the given Buffer, which is the consumer's own", () => {
		const given = Buffer.from('x');
		expect(bytes().decode(given)).toBe(given);
	});

	const letters = () => new TextEncoder().encode('abcdefgh').slice().buffer;
	const shared = () => {
		const memory: SharedArrayBuffer = Reflect.construct(SharedArrayBuffer, [8, { maxByteLength: 16 }]);
		new Uint8Array(memory).set(new Uint8Array(letters()));
		return memory;
	};

	test.each<[string, BytesLike, string]>([
		['an ArrayBuffer', letters(), 'abcdefgh'],
		['a DataView of a part of one', new DataView(letters(), 2, 3), 'cde'],
		['a typed array of larger elements', new Uint16Array(letters(), 2, 2), 'cdef'],
		['a growable SharedArrayBuffer', shared(), 'abcdefgh'],
		['a DataView of shared memory', new DataView(shared(), 1, 2), 'bc'],
		['a Uint8Array of shared memory', new Uint8Array(shared(), 4), 'efgh'],
		['a Float64Array of shared memory', new Float64Array(shared()), 'abcdefgh'],
		['a Buffer of shared memory', Buffer.from(shared(), 7), 'h'],
		['a DataView of nothing', new DataView(letters(), 8), ''],
	])('%s is encoded to its own bytes', (_, message, text) => {
		const decoded = roundTrip(bytes(), message);
		expect(decoded).toBeInstanceOf(Buffer);
		expect(decoded.toString()).toBe(text);
	});

	test('every kind of view passes through a channel, written singly and in batches', async () => {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName() }));
		const views = [
			letters(),
			shared(),
			new DataView(shared(), 1, 2),
			new Uint8Array(shared(), 4),
			Buffer.from('x'),
		];
		for (const view of views) expect(writer.tryWrite(view)).toBe(true);
		expect(writer.tryWriteBatch(views)).toBe(views.length);
		await writer.write(new Uint16Array(letters(), 6));
		writer.end();
		const texts: string[] = [];
		for await (const message of reader) texts.push(message.toString());
		const once = ['abcdefgh', 'abcdefgh', 'bc', 'efgh', 'x'];
		expect(texts).toEqual([...once, ...once, 'gh']);
	});

	test.each<[string, (memory: ArrayBuffer) => BytesLike]>([
		['an ArrayBuffer', (memory) => memory],
		['a Buffer', (memory) => Buffer.from(memory)],
		['a DataView', (memory) => new DataView(memory)],
		['a typed array', (memory) => new Uint32Array(memory)],
	])('%s of transferred memory is refused, not sent as an empty message', (_, viewOf) => {
		const memory = letters();
		const message = viewOf(memory);
		structuredClone(memory, { transfer: [memory] });
		expect(() => bytes().encode(message)).toThrow(TypeError);
	});

	test.each([
		['a string', 'text', "string 'text'"],
		['an array of numbers', [1, 2], '[ 1, 2 ]'],
		['nothing', undefined, 'undefined'],
	])('%s is refused, and the error names it', (_, message, named) => {
		const encode = () => bytes().encode(message as unknown as BytesLike);
		expect(encode).toThrow(TypeError);
		expect(encode).toThrow(named);
	});
});

describe('utf8', () => {
	test.each(['', 'plain', 'žluťoučký kůň', '日本語', '👩‍👩‍👧', '\u0000\uFFFD'])(
		'%j is decoded to the same value',
		(text) => {
			expect(roundTrip(utf8(), text)).toBe(text);
		},
	);

	test('a lone surrogate is refused, not replaced', () => {
		expect(() => utf8().encode('a\ud800b')).toThrow('lone surrogate');
	});

	test('invalid UTF-8 is refused, not replaced', () => {
		expect(() => utf8().decode(Buffer.from([0x61, 0xff]))).toThrow('not valid UTF-8');
	});

	test('a message that is not a string is refused', () => {
		expect(() => utf8().encode(5 as unknown as string)).toThrow('number 5');
	});
});

describe('json', () => {
	test.each([null, true, 1.5, 'text', [1, [2]], { a: { b: 'c' } }])('%j is decoded to the same value', (value) => {
		expect(roundTrip(json(), value)).toEqual(value);
	});

	test.each([undefined, () => 1, Symbol('s')])('a value that JSON cannot represent is refused: %s', (value) => {
		expect(() => json<unknown>().encode(value)).toThrow('JSON cannot represent');
	});

	test('cycles and broken text throw', () => {
		const cycle: { self?: unknown } = {};
		cycle.self = cycle;
		expect(() => json<unknown>().encode(cycle)).toThrow(TypeError);
		expect(() => json().decode(Buffer.from('{"a":'))).toThrow(SyntaxError);
	});
});

describe('structured', () => {
	test('carries every value that structured clone supports', () => {
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

	test('decoded typed arrays share memory with the encoded bytes, so that memory is never reused', () => {
		const encoded = Buffer.from(structured().encode({ typed: new Uint8Array([1, 2, 3]) }));
		const { typed } = structured<{ typed: Uint8Array }>().decode(encoded);
		encoded.fill(9);
		expect([...typed]).not.toEqual([1, 2, 3]);
		expect(decodesInPlace(structured())).toBe(false);
	});
});

test('only the built-in text codecs let the reader reuse memory, not codecs made from them', () => {
	expect(decodesInPlace(utf8())).toBe(true);
	expect(decodesInPlace(json())).toBe(true);
	expect(decodesInPlace(bytes())).toBe(false);
	expect(decodesInPlace({ ...utf8(), id: 'mine' })).toBe(false);
});

test('codecs are frozen and have different ids', () => {
	const codecs = [bytes(), utf8(), json(), structured()];
	for (const codec of codecs) expect(Object.isFrozen(codec)).toBe(true);
	expect(new Set(codecs.map(({ id }) => id)).size).toBe(codecs.length);
});
