import {
	array,
	bool,
	defineChannel,
	enumeration,
	f32,
	f64,
	fixedBytes,
	i8,
	i32,
	i64Number,
	json,
	struct,
	text,
	u8,
	u16,
	u32,
	u64,
} from 'ringwire';
import { describe, expect, test } from 'vitest';
import { fixedFormOf } from '../src/codecs/fixed-form.js';
import { uniqueName } from './support/unique-name.js';

/** A value as JavaScript may pass it. */
const loosely = (value: unknown): never => value as never;

const leg = struct({ price: f64, count: u16 });

describe('the layout of a struct', () => {
	test.each([
		['one byte', struct({ a: u8 }), 1, 'a:u8'],
		['each field at a multiple of its size', struct({ a: u8, b: u16, c: u8, d: u32 }), 12, 'a:u8,b:u16,c:u8,d:u32'],
		['8 bytes aligned to 8, and padding at the end', struct({ a: u8, b: u64, c: u8 }), 24, 'a:u8,b:u64,c:u8'],
		['a nested struct, with its own alignment', struct({ a: u8, leg }), 24, 'a:u8,leg:{price:f64,count:u16}'],
		['an array of structs', struct({ a: u8, legs: array(leg, 2) }), 40, 'a:u8,legs:{price:f64,count:u16}[2]'],
		['an array of arrays, outermost first', struct({ m: array(array(u16, 3), 2) }), 12, 'm:u16[2][3]'],
		[
			'texts and bytes without alignment',
			struct({ a: text(3), b: text(5, { terminated: true }), c: fixedBytes(2) }),
			10,
			'a:text3,b:text5z,c:bytes2',
		],
		[
			'an enumeration, by value',
			struct({ e: enumeration({ sell: 2, buy: 1 }, i8), f: bool, g: f32 }),
			8,
			'e:i8(buy=1,sell=2),f:bool,g:f32',
		],
		['safe integers as 64 bits', struct({ n: i64Number }), 8, 'n:i64'],
		['exactly 64 KiB', struct({ a: fixedBytes(65536) }), 65536, 'a:bytes65536'],
	])('%s', (_, codec, byteLength, layout) => {
		expect([codec.byteLength, codec.layout]).toEqual([byteLength, layout]);
		expect(codec.id).toBe('struct/1');
		expect(fixedFormOf<unknown>(codec)?.byteLength).toBe(byteLength);
	});

	test('a dtype of numpy has explicit offsets and sizes', () => {
		expect(
			struct({ id: u32, name: text(4), legs: array(leg, 2), raw: fixedBytes(3), ok: bool }).toPythonDtype(),
		).toBe(
			"{'names': ['id', 'name', 'legs', 'raw', 'ok'], 'formats': ['<u4', 'S4', ({'names': ['price', 'count'], " +
				"'formats': ['<f8', '<u2'], 'offsets': [0, 8], 'itemsize': 16}, (2,)), 'V3', '?'], " +
				"'offsets': [0, 4, 8, 40, 43], 'itemsize': 48}",
		);
	});

	test('the header has a guard, the layout with its hash, constants, types and assertions', () => {
		const header = struct({
			id: u32,
			side: enumeration({ low: -(2 ** 31), up: 1 }, i32),
			legs: array(leg, 2),
		}).toCHeader('order');
		for (const line of [
			'#ifndef RINGWIRE_STRUCT_order',
			'#define RINGWIRE_LAYOUT_order "id:u32,side:i32(low=-2147483648,up=1),legs:{price:f64,count:u16}[2]"',
			'	order_side_low = -2147483647 - 1,',
			'	struct order_legs legs[2];',
			'	RINGWIRE_ALIGN_8 double price;',
			'RINGWIRE_ASSERT(offsetof(struct order, legs) == 8);',
			'RINGWIRE_ASSERT(sizeof(struct order) == 40);',
		]) {
			expect(header.split('\n')).toContain(line);
		}
	});

	test('the hash in the header is FNV-1a of 64 bits', () => {
		// Of the text "a:u8", as any other implementation computes it.
		expect(struct({ a: u8 }).toCHeader()).toContain(`UINT64_C(0x${fnv1a('a:u8')})`);
	});
});

function fnv1a(text: string): string {
	let hash = 14695981039346656037n;
	for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 1099511628211n) & (2n ** 64n - 1n);
	return hash.toString(16).padStart(16, '0');
}

describe('a definition is refused', () => {
	test.each<[string, () => unknown, string]>([
		['without fields', () => struct({}), 'struct: has no field'],
		[
			'over 64 KiB',
			() => struct({ a: fixedBytes(65536), b: u8 }),
			'struct: has 65537 bytes, must have at most 65536',
		],
		['that is no object', () => struct(loosely(5)), 'struct: got number 5'],
		['that is an array', () => struct(loosely([u8])), 'struct: got ['],
		['with a field that is no field type', () => struct({ a: loosely('u8') }), "struct field a: got string 'u8'"],
		['with a codec that has no layout', () => struct({ a: loosely(json()) }), 'struct field a: got'],
		['with a copy of a struct', () => struct({ a: loosely({ ...leg }) }), 'struct field a: got'],
		['with the field __proto__', () => struct(Object.fromEntries([['__proto__', u8]])), "got string '__proto__'"],
		[
			'whose prototype is a field type',
			() => struct(Object.create(u8, { a: { value: u8 } })),
			'__proto__ cannot be the name of a field',
		],
		['with a symbol as name', () => struct({ [Symbol.iterator]: u8 }), 'got symbol Symbol(Symbol.iterator)'],
		['with a keyword of C', () => struct({ register: u8 }), "got 'register', which is a keyword"],
		['with a keyword of C++', () => struct({ class: u8 }), "got 'class', which is a keyword"],
		['with an alternative token of C++', () => struct({ xor: u8 }), "got 'xor'"],
		['with a type of a standard header', () => struct({ uint8_t: u8 }), "got 'uint8_t'"],
		['with a macro of a standard header', () => struct({ UINT8_MAX: u8 }), "got 'UINT8_MAX'"],
		['with a macro of the generated header', () => struct({ RINGWIRE_ALIGN_8: u8 }), "got 'RINGWIRE_ALIGN_8'"],
		['with a predefined macro of gcc', () => struct({ linux: u8 }), "got 'linux'"],
		['with a name that no language accepts', () => struct({ 'a-b': u8 }), "got string 'a-b'"],
		['with an empty name', () => struct({ '': u8 }), "got string ''"],
		['with a digit as name', () => struct({ 1: u8 }), "got string '1'"],
		['with a name that could end generated code', () => struct({ "a'];b": u8 }), 'must be a letter'],
		['with a name that has a line end', () => struct({ 'a\n': u8 }), 'must be a letter'],
		['with a letter beyond ASCII', () => struct({ größe: u8 }), "got string 'größe'"],
		['with two underscores, reserved in C++', () => struct({ a__b: u8 }), "got string 'a__b'"],
		['with an underscore first', () => struct({ _a: u8 }), "got string '_a'"],
		['with a name of 65 characters', () => struct({ ['a'.repeat(65)]: u8 }), 'at most 63'],
		[
			'with two types of one name in C',
			() => struct({ a_b: struct({ c: u8 }), a: struct({ b: struct({ c: u8 }) }) }),
			"the name 'message_a_b'",
		],
		[
			'with two constants of one name in C',
			() => struct({ a_b: enumeration({ c: 1 }), a: enumeration({ b_c: 1 }) }),
			"the name 'message_a_b_c'",
		],
		['as a text of no bytes', () => text(0), 'text: got 0, must be an integer from 1 to 65536'],
		['as a text that has room for its end only', () => text(1, { terminated: true }), 'must be at least 2'],
		['as a text of half a byte', () => text(1.5), 'text: got 1.5'],
		['as a text with an unknown option', () => text(4, loosely({ ended: true })), 'ended'],
		[
			'as a text with an option of another type',
			() => text(4, { terminated: loosely(1) }),
			'terminated: got number 1',
		],
		['as bytes of a negative number', () => fixedBytes(-1), 'fixedBytes: got -1'],
		['as bytes of no number', () => fixedBytes(loosely('8')), "fixedBytes: got string '8'"],
		['as an array of none', () => array(u8, 0), 'array: got 0'],
		['as an array of nothing', () => array(loosely(undefined), 1), 'array type: got undefined'],
		['as an enumeration without values', () => enumeration({}), 'enumeration: has no value'],
		[
			'as an enumeration of one value twice',
			() => enumeration({ a: 1, b: 1 }),
			'enumeration b: 1 is the value of a already',
		],
		[
			'as an enumeration beyond its type',
			() => enumeration({ a: 256 }),
			'enumeration a: got 256, must be an integer from 0 to 255',
		],
		[
			'as an enumeration beyond int',
			() => enumeration({ a: 2 ** 31 }, u32),
			'must be an integer from 0 to 2147483647',
		],
		['as an enumeration of a fraction', () => enumeration({ a: 0.5 }), 'enumeration a: got 0.5'],
		['as an enumeration of a text', () => enumeration({ a: loosely('1') }), "enumeration a: got string '1'"],
		['as an enumeration over a float', () => enumeration({ a: 1 }, f64), 'enumeration type: got f64'],
		['as an enumeration over a text', () => enumeration({ a: 1 }, loosely(text(4))), 'enumeration type: got text4'],
		['as an enumeration with a keyword', () => enumeration({ default: 1 }), "got 'default'"],
		['as a header with a keyword as name', () => leg.toCHeader('int'), "C header: name: got 'int'"],
		[
			'as a header with a type of a standard header',
			() => struct({ t: struct({ a: u8 }) }).toCHeader('uint8'),
			"got 'uint8_t'",
		],
	])('%s', (_, define, text) => {
		expect(define).toThrow(text);
	});

	test('names of methods of every object are fields like others', () => {
		const codec = struct({ constructor: u8, toString: u8, hasOwnProperty: u8, valueOf: u8 });
		const message = { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: 4 };
		const bytes = Buffer.from(codec.encode(message));
		expect(codec.decode(bytes)).toEqual(message);
		expect(codec.view(bytes).constructor).toBe(1);
		expect(() => codec.encode(loosely({ valueOf: 4 }))).toThrow(
			'constructor: got [Function: Object], must be an integer',
		);
	});
});

test('a struct is the codec of a channel', () => {
	expect(defineChannel({ name: uniqueName(), codec: leg }).codec).toBe(leg);
});

test('a codec that spreads a struct does not inherit the methods in place', () => {
	const copy = { ...leg, decode: () => 5 };
	expect(Object.keys(leg)).not.toContain('encodeInto');
	expect(['encodeInto' in copy, 'decodeFrom' in copy]).toEqual([false, false]);
	expect(fixedFormOf(copy)).toBe(undefined);
	expect(Object.isFrozen(leg)).toBe(true);
});
