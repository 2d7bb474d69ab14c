import {
	array,
	bool,
	type Codec,
	defineChannel,
	enumeration,
	f32,
	f64,
	fixedBytes,
	i8,
	i16,
	i32,
	i64,
	i64Number,
	openReader,
	openWriter,
	struct,
	text,
	u8,
	u16,
	u32,
	u64,
	u64Number,
} from 'ringwire';
import { describe, expect, test } from 'vitest';
import { pairOf, readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const loosely = (value: unknown): never => value as never;
const side = enumeration({ buy: 1, sell: 2 });
const leg = struct({ price: f64, count: u16, side });
const order = struct({
	id: u32,
	ok: bool,
	symbol: text(8),
	tag: text(4, { terminated: true }),
	legs: array(leg, 3),
	raw: fixedBytes(2),
});
type Order = Parameters<typeof order.encode>[0];

function orderWith(part: object): Order {
	const one = { price: 1, count: 2, side: 'buy' } as const;
	return { id: 1, ok: true, symbol: 'ABC', tag: 'x', legs: [one, one, one], raw: Buffer.from('ab'), ...part };
}
const withLeg = (part: object) =>
	orderWith({ legs: [orderWith({}).legs[0], orderWith({}).legs[0], { ...orderWith({}).legs[0], ...part }] });

describe('the limits of each type are encoded, and the next value is not', () => {
	const types = { u8, u16, u32, i8, i16, i32, u64, i64, u64Number, i64Number, f32 } as const;
	const float = (2 - 2 ** -23) * 2 ** 127;
	test.each<[keyof typeof types, number | bigint, number | bigint, number | bigint]>([
		['u8', 0, 255, 1],
		['u16', 0, 65535, 1],
		['u32', 0, 2 ** 32 - 1, 1],
		['i8', -128, 127, 1],
		['i16', -32768, 32767, 1],
		['i32', -(2 ** 31), 2 ** 31 - 1, 1],
		['u64', 0n, 2n ** 64n - 1n, 1n],
		['i64', -(2n ** 63n), 2n ** 63n - 1n, 1n],
		['u64Number', 0, Number.MAX_SAFE_INTEGER, 1],
		['i64Number', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1],
		['f32', -float, float, 2 ** 127],
	])('%s', (name, min, max, step) => {
		const codec = struct({ value: loosely(types[name]) });
		const encode = (value: unknown) => Buffer.from(codec.encode({ value: loosely(value) }));
		for (const value of [min, max]) expect(codec.decode(encode(value))).toEqual({ value });
		const beyond = [loosely(min) - loosely(step), loosely(max) + loosely(step)];
		for (const value of typeof min === 'bigint' ? [min - 1n, loosely(max) + 1n] : beyond) {
			expect(() => encode(value)).toThrow(RangeError);
			expect(() => encode(value)).toThrow(/^value: got (number|bigint) \S+, must be /);
		}
		expect(() => encode(typeof min === 'bigint' ? 1 : 1n)).toThrow(TypeError);
	});

	test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is no integer', (value) => {
		for (const type of [u8, u16, u32, i8, i16, i32, u64Number, i64Number]) {
			expect(() => struct({ value: type }).encode({ value })).toThrow(RangeError);
		}
	});

	test('floats are NaN, infinite and zero of both signs, and f32 rounds', () => {
		const codec = struct({ one: f32, other: f64 });
		const back = (value: number) => codec.decode(Buffer.from(codec.encode({ one: value, other: value })));
		for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]) {
			expect(back(value)).toEqual({ one: value, other: value });
		}
		expect(back(0.1)).toEqual({ one: Math.fround(0.1), other: 0.1 });
	});
});

describe('a value that is refused is an error with the path of its field, the value and the allowed values', () => {
	test.each<[string, Order, typeof TypeError | typeof RangeError, string]>([
		['no object', loosely(null), TypeError, 'the message: got null, must be an object'],
		['a function', loosely(() => 1), TypeError, 'the message: got [Function'],
		[
			'a missing field',
			orderWith({ id: undefined }),
			TypeError,
			'id: got undefined, must be an integer from 0 to 4294967295',
		],
		['NaN in an integer', orderWith({ id: Number.NaN }), RangeError, 'id: got number NaN, must be an integer'],
		['a symbol', orderWith({ id: Symbol('s') }), TypeError, 'id: got symbol Symbol(s)'],
		['an object with a numeric value', orderWith({ id: { valueOf: () => 1 } }), TypeError, 'id: got {'],
		['a number instead of true', orderWith({ ok: 1 }), TypeError, 'ok: got number 1, must be true or false'],
		['a number instead of a text', orderWith({ symbol: 5 }), TypeError, 'symbol: got number 5, must be a string'],
		[
			'a text of too many characters',
			orderWith({ symbol: '123456789' }),
			RangeError,
			"symbol: got string '123456789', must be at most 8 bytes in UTF-8, and it has 9",
		],
		[
			'a text of too many bytes',
			orderWith({ symbol: 'ěščřž' }),
			RangeError,
			'must be at most 8 bytes in UTF-8, and it has 10',
		],
		['a terminated text without room for its end', orderWith({ tag: 'abcd' }), RangeError, 'tag: got string'],
		['a lone surrogate', orderWith({ symbol: 'a\udc00' }), RangeError, 'must be a text without lone surrogates'],
		['a zero in a text', orderWith({ symbol: 'a\0b' }), RangeError, 'must be a text without U+0000'],
		['a zero in a text beyond ASCII', orderWith({ symbol: 'é\0' }), RangeError, 'must be a text without U+0000'],
		['no array', orderWith({ legs: 'abc' }), TypeError, "legs: got string 'abc', must be an array of 3 elements"],
		['an object with a length', orderWith({ legs: { length: 3 } }), TypeError, 'legs: got {'],
		['an array that is too short', orderWith({ legs: [] }), RangeError, 'legs: got 0 elements, must be 3 elements'],
		[
			'an array with a hole',
			orderWith({ legs: new Array(3) }),
			TypeError,
			'legs[0]: got undefined, must be an object',
		],
		[
			'a number out of range in an element',
			withLeg({ count: 65536 }),
			RangeError,
			'legs[2].count: got number 65536, must be an integer from 0 to 65535',
		],
		['a text in an element', withLeg({ price: '1' }), TypeError, "legs[2].price: got string '1', must be a number"],
		[
			'an unknown name',
			withLeg({ side: 'hold' }),
			RangeError,
			"legs[2].side: got string 'hold', must be one of buy, sell",
		],
		['the integer of a name', withLeg({ side: 1 }), TypeError, 'legs[2].side: got number 1'],
		['a name that every object has', withLeg({ side: 'constructor' }), RangeError, 'legs[2].side'],
		[
			'bytes of another length',
			orderWith({ raw: Buffer.alloc(3) }),
			RangeError,
			'raw: got a Uint8Array of 3 bytes, must be one of 2 bytes',
		],
		['no bytes', orderWith({ raw: 'ab' }), TypeError, "raw: got string 'ab', must be a Uint8Array of 2 bytes"],
		['a typed array of other elements', orderWith({ raw: new Uint16Array(2) }), TypeError, 'raw: got Uint16Array'],
	])('%s', (_, message, kind, text) => {
		const target = Buffer.alloc(200, 0xee);
		for (const encode of [() => order.encode(message), () => order.encodeInto?.(message, target, 50)]) {
			expect(encode).toThrow(kind);
			expect(encode).toThrow(text);
		}
		expect(target.subarray(0, 50).every((byte) => byte === 0xee)).toBe(true);
		expect(target.subarray(50 + order.byteLength).every((byte) => byte === 0xee)).toBe(true);
	});

	test('the exception of a getter is passed on unchanged', () => {
		const failure = new Error('mine');
		const message = Object.defineProperty({ ...orderWith({}) }, 'symbol', {
			get() {
				throw failure;
			},
		});
		expect(() => order.encode(message)).toThrow(failure);
	});

	test('each field is read once', () => {
		let reads = 0;
		struct({ id: u32 }).encode({
			get id() {
				reads += 1;
				return reads;
			},
		});
		expect(reads).toBe(1);
	});
});

describe('bytes that no encoder makes are refused', () => {
	const corrupt = (offset: number, ...bytes: number[]) => {
		const wrong = Buffer.from(order.encode(orderWith({})));
		wrong.set(bytes, offset);
		return wrong;
	};
	test.each<[string, Buffer, string]>([
		[
			'a message that is too short',
			Buffer.alloc(order.byteLength - 1),
			`the message has ${order.byteLength - 1} bytes, the struct has ${order.byteLength}`,
		],
		[
			'a message that is too long',
			Buffer.alloc(order.byteLength + 1),
			`the message has ${order.byteLength + 1} bytes`,
		],
		['an empty message', Buffer.alloc(0), 'the message has 0 bytes'],
		['a bool of 2', corrupt(4, 2), 'ok: got 2, must be 0 or 1'],
		['invalid UTF-8', corrupt(5, 0xff), 'symbol: got <Buffer ff 42 43>, must be valid UTF-8'],
		['a sequence of UTF-8 that the field cuts', corrupt(5, 1, 1, 1, 1, 1, 1, 1, 0xc3), 'must be valid UTF-8'],
		['a surrogate in UTF-8', corrupt(5, 0xed, 0xa0, 0x80, 0), 'must be valid UTF-8'],
		[
			'a terminated text without an end',
			corrupt(13, 65, 65, 65, 65),
			'tag: got 4 bytes without a zero, must be at most 3 bytes and a zero',
		],
		[
			'an unknown enumeration value',
			corrupt(24 + 16 + 10, 7),
			'legs[1].side: got number 7, must be one of buy=1,sell=2',
		],
	])('%s', (_, bytes, text) => {
		const slab = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(99)]);
		for (const decode of [() => order.decode(bytes), () => order.decodeFrom?.(slab, 3, 3 + bytes.length)]) {
			expect(decode).toThrow(RangeError);
			expect(decode).toThrow(text);
		}
	});

	test.each([
		['one above the safe integers', u64Number, 2n ** 53n],
		['the largest integer', u64Number, 2n ** 64n - 1n],
		['one below the safe integers', i64Number, -(2n ** 53n)],
		['the smallest integer', i64Number, -(2n ** 63n)],
	])('%s', (_, type, value) => {
		const bytes = Buffer.alloc(8);
		bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
		expect(() => struct({ value: type }).decode(bytes)).toThrow(/^value: got number \S+, must be an integer from/);
	});
});

test('a text ends at its first zero byte, and one of the full length has none', () => {
	const bytes = Buffer.from('abcdefgh');
	const codec = struct({ name: text(8) });
	expect(codec.decode(bytes)).toEqual({ name: 'abcdefgh' });
	bytes[3] = 0;
	expect(codec.decode(bytes)).toEqual({ name: 'abc' });
	expect([...codec.encode({ name: 'abc' })]).toEqual([97, 98, 99, 0, 0, 0, 0, 0]);
	expect([...struct({ name: text(4, { terminated: true }) }).encode({ name: 'abc' })]).toEqual([97, 98, 99, 0]);
});

test('padding is zero, whatever was in the memory before', () => {
	const codec = struct({ a: u8, inner: array(struct({ b: u8, c: u32 }), 2), d: u8, e: u64, f: u8 });
	const target = Buffer.alloc(100, 0xff);
	codec.encodeInto?.(
		{
			a: 1,
			inner: [
				{ b: 2, c: 3 },
				{ b: 4, c: 5 },
			],
			d: 6,
			e: 7n,
			f: 8,
		},
		target,
		1,
	);
	const written = target.subarray(1, 1 + codec.byteLength);
	expect([...written]).toEqual([
		...[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0],
		...[7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0],
	]);
	expect(target[codec.byteLength + 1]).toBe(0xff);
});

test('a message that does not fit into the rest of the target is not begun', () => {
	const target = Buffer.alloc(order.byteLength + 3, 0xee);
	expect(order.encodeInto?.(orderWith({}), target, 4)).toBe(-1);
	expect(target.every((byte) => byte === 0xee)).toBe(true);
	expect(order.encodeInto?.(orderWith({}), target.subarray(0, order.byteLength + 2), 3)).toBe(-1);
	expect(order.encodeInto?.(orderWith({}), target, 3)).toBe(target.length);
});

test('a decoded message shares no memory with its bytes', () => {
	const bytes = Buffer.from(order.encode(orderWith({})));
	const decoded = order.decode(bytes);
	bytes.fill(0);
	expect(decoded.raw.toString()).toBe('ab');
});

test('memory of every kind and size is read and written at its own place', () => {
	const codec = struct({ id: u32, name: text(20) });
	const shared = Buffer.from(new SharedArrayBuffer(9000), 5);
	const growing: ArrayBuffer = Reflect.construct(ArrayBuffer, [8000, { maxByteLength: 16000 }]);
	const places = [
		Buffer.alloc(64),
		Buffer.alloc(5000),
		Buffer.alloc(2 * 1024 * 1024).subarray(7),
		shared,
		Buffer.from(growing, 1),
	];
	for (let round = 0; round < 3; round += 1) {
		for (const [index, place] of places.entries()) {
			codec.encodeInto?.({ id: index, name: `žluť ${round} ${index}` }, place, index);
		}
		for (const [index, place] of places.entries()) {
			expect(codec.decodeFrom?.(place, index, index + codec.byteLength)).toEqual({
				id: index,
				name: `žluť ${round} ${index}`,
			});
		}
	}
	Reflect.apply(Reflect.get(growing, 'resize'), growing, [16000]);
	const grown = Buffer.from(growing);
	codec.encodeInto?.({ id: 9, name: 'grown é' }, grown, 12000);
	expect(codec.decodeFrom?.(grown, 12000, 12000 + codec.byteLength)).toEqual({ id: 9, name: 'grown é' });
});

test('a writer sends structs, a reader returns them, and a wrong one is an error without effect on the others', async () => {
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: order }));
	expect(writer.tryWrite(orderWith({ id: 1 }))).toBe(true);
	expect(() => writer.tryWrite(withLeg({ count: -1 }))).toThrow(
		expect.objectContaining({ code: 'ERR_RINGWIRE_ENCODE', cause: expect.any(RangeError) }),
	);
	expect(writer.tryWriteBatch([orderWith({ id: 2 }), orderWith({ id: 3 })])).toBe(2);
	writer.end();
	const ids: number[] = [];
	for await (const { id, legs } of reader) ids.push(id, legs.length);
	expect(ids).toEqual([1, 3, 2, 3, 3, 3]);
});

test.each([1, 2048, 2049, 24_000, 40_000, 65_528])(
	'structs with %i bytes of data arrive, written singly and in batches, read singly and in batches',
	async (byteLength) => {
		const codec = struct({ id: u32, raw: fixedBytes(byteLength) });
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec, capacity: 1024 * 1024 }));
		const sent = Array.from({ length: 5 }, (_, id) => ({ id, raw: Buffer.alloc(byteLength, id + 1) }));
		for (const message of sent.slice(0, 2)) expect(writer.tryWrite(message)).toBe(true);
		expect(writer.tryWriteBatch(sent.slice(2))).toBe(3);
		const received = [await reader.read()];
		for (let i = 0; i < 4; i++) received.push(...reader.readBatch(10));
		const agree = sent.map(({ id, raw }, i) => received[i]?.id === id && received[i]?.raw.equals(raw));
		expect(agree).toEqual(Array(5).fill(true));
		expect(received).toHaveLength(5);
	},
);

test('a message of another length is DECODE with both lengths, and the next one is read', async () => {
	const name = uniqueName();
	const writer = openWriter(
		defineChannel({
			name,
			codec: {
				...order,
				layout: order.layout,
				encode: (message: Order) => (message.id === 0 ? Buffer.alloc(5) : order.encode(message)),
			},
		}),
	);
	const reader = openReader(defineChannel({ name, codec: order }));
	await writer.whenConnected();
	writer.tryWriteBatch([orderWith({ id: 0 }), orderWith({ id: 1 })]);
	writer.end();
	await expect(reader.read()).rejects.toMatchObject({
		code: 'ERR_RINGWIRE_DECODE',
		cause: { message: `the message has 5 bytes, the struct has ${order.byteLength}` },
	});
	expect((await reader.read())?.id).toBe(1);
	expect(await reader.read()).toBe(undefined);
});

test('a message of another length is a DECODE, also between messages of the right one, and is alone in that', async () => {
	const name = uniqueName();
	const pair = struct({ a: u32, b: u32 });
	const { id, layout } = pair;
	const raw: Codec<Uint8Array> = {
		id,
		...(layout === undefined ? {} : { layout }),
		encode: (message) => message,
		decode: (message) => message,
	};
	const writer = writerOf(defineChannel({ name, codec: raw }));
	const reader = readerOf(defineChannel({ name, codec: pair }));
	await writer.whenConnected();
	const right = pair.encode({ a: 1, b: 2 });
	for (const wrong of [new Uint8Array(7), new Uint8Array(9), new Uint8Array(0), new Uint8Array(16)]) {
		writer.tryWriteBatch([right, wrong, right]);
		expect(reader.readBatch()).toEqual([{ a: 1, b: 2 }]);
		expect(() => reader.readBatch()).toThrow(`the message has ${wrong.length} bytes, the struct has 8`);
		expect(reader.readBatch()).toEqual([{ a: 1, b: 2 }]);
		// All of one length, which is the wrong one.
		writer.tryWriteBatch([wrong, wrong]);
		for (let i = 0; i < 2; i++)
			expect(() => reader.tryRead()).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_DECODE' }));
	}
});
