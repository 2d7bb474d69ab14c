import { array, bool, enumeration, f64, fixedBytes, struct, text, u8, u16, u32 } from 'ringwire';
import { describe, expect, test } from 'vitest';

const loosely = (value: unknown): never => value as never;
const leg = struct({ price: f64, count: u16, ok: bool });
const order = struct({
	id: u32,
	name: text(8),
	side: enumeration({ buy: 1, sell: 2 }),
	first: leg,
	legs: array(leg, 2),
	grid: array(array(u8, 2), 2),
	raw: fixedBytes(2),
});
const one = { price: 1.5, count: 2, ok: true };
const message = {
	id: 7,
	name: 'ABC',
	side: 'buy',
	first: one,
	legs: [one, { ...one, count: 3 }],
	grid: [
		[1, 2],
		[3, 4],
	],
	raw: Buffer.from('xy'),
} as const;

/** A view at an odd offset. */
function placed() {
	const memory = new Uint8Array(order.byteLength + 20);
	memory.set(order.encode(message), 3);
	const current = () => order.decode(Buffer.from(memory.subarray(3, 3 + order.byteLength)));
	return { memory, view: order.view(memory, 3), current };
}

test('an accessor object reads the fields from the memory, nested ones too', () => {
	const { view, memory } = placed();
	expect([view.id, view.name, view.side, view.first.price, view.legs.get(1).count]).toEqual([
		7,
		'ABC',
		'buy',
		1.5,
		3,
	]);
	expect([view.legs.length, view.grid.get(1).get(0), [...view.grid.get(0)]]).toEqual([2, 3, [1, 2]]);
	memory[3] = 8;
	expect(view.id).toBe(8);
});

test('an assignment writes the memory, and nothing but the field', () => {
	const { view, current, memory } = placed();
	view.id = 9;
	view.name = 'žlutý';
	view.side = 'sell';
	view.first.price = 2.5;
	view.legs.get(0).ok = false;
	view.legs.set(1, { price: 4, count: 5, ok: false });
	view.grid.get(1).set(1, 9);
	view.raw = Buffer.from('zz');
	expect(current()).toEqual({
		...message,
		id: 9,
		name: 'žlutý',
		side: 'sell',
		first: { ...one, price: 2.5 },
		legs: [
			{ ...one, ok: false },
			{ price: 4, count: 5, ok: false },
		],
		grid: [
			[1, 2],
			[3, 9],
		],
		raw: Buffer.from('zz'),
	});
	expect([...memory.subarray(0, 3), ...memory.subarray(3 + order.byteLength)].every((byte) => byte === 0)).toBe(true);
});

test('a struct, an array and another accessor object can be assigned as a whole', () => {
	const { view, current } = placed();
	view.first = view.legs.get(1);
	view.legs = order.view(order.encode({ ...message, legs: [one, one] })).legs;
	view.grid = loosely([
		[5, 6],
		[7, 8],
	]);
	expect(current()).toMatchObject({
		first: { ...one, count: 3 },
		legs: [one, one],
		grid: [
			[5, 6],
			[7, 8],
		],
	});
});

test('bytes are a view of the memory itself', () => {
	const { view, current } = placed();
	view.raw[0] = 65;
	expect(current().raw.toString()).toBe('Ay');
});

test('an accessor object is a message that can be encoded', () => {
	const { view } = placed();
	expect(Buffer.from(order.encode(loosely(view)))).toEqual(Buffer.from(order.encode(message)));
});

describe('a value that a field refuses is an error with the whole path', () => {
	test.each<[string, (view: ReturnType<typeof placed>['view']) => unknown, string]>([
		['a number out of range', (view) => (view.id = -1), 'id: got number -1'],
		['a field of a nested struct', (view) => (view.first.count = 65536), 'first.count: got number 65536'],
		['a field of an element', (view) => (view.legs.get(1).count = 0.5), 'legs[1].count: got number 0.5'],
		['an element of an array of arrays', (view) => view.grid.get(1).set(0, 256), 'grid[1][0]: got number 256'],
		['a part of an element', (view) => view.legs.set(0, { ...one, ok: loosely(1) }), 'legs[0].ok: got number 1'],
		['a part of a struct', (view) => (view.first = { ...one, price: loosely('1') }), "first.price: got string '1'"],
		['an index at the end', (view) => view.legs.get(2), 'legs: got index number 2, must be an integer from 0 to 1'],
		['a negative index', (view) => view.grid.get(0).set(-1, 0), 'grid[0]: got index number -1'],
		['an index that is no number', (view) => view.legs.get(loosely('0')), "legs: got index string '0'"],
	])('%s', (_, call, text) => {
		const { view, current } = placed();
		expect(() => call(view)).toThrow(text);
		expect(current()).toEqual(message);
	});

	test('wrong bytes are found by the field that is read', () => {
		const memory = Buffer.alloc(order.byteLength, 0xff);
		const view = order.view(memory);
		expect(view.id).toBe(2 ** 32 - 1);
		expect(() => view.name).toThrow('name: got <Buffer ff ff ff ff ff ff ff ff>, must be valid UTF-8');
		expect(() => view.side).toThrow('side: got number 255');
		expect(() => view.legs.get(1).ok).toThrow('legs[1].ok: got 255');
	});
});

test.each<[string, () => unknown, string]>([
	[
		'memory that is too small',
		() => order.view(Buffer.alloc(5)),
		`bytes: has 5 bytes, the struct has ${order.byteLength}`,
	],
	[
		'an offset too near to the end',
		() => leg.view(Buffer.alloc(20), 5),
		'offset: got 5, must be an integer from 0 to 4',
	],
	['a negative offset', () => leg.view(Buffer.alloc(20), -1), 'offset: got -1'],
	['half an offset', () => leg.view(Buffer.alloc(20), 0.5), 'offset: got 0.5'],
	['an offset that is no number', () => leg.view(Buffer.alloc(20), loosely('0')), "offset: got string '0'"],
	['an ArrayBuffer', () => leg.view(loosely(new ArrayBuffer(20))), 'bytes: got ArrayBuffer'],
	['a DataView', () => leg.view(loosely(new DataView(new ArrayBuffer(20)))), 'bytes: got DataView'],
])('%s is refused', (_, call, text) => {
	expect(call).toThrow(text);
});

test('the accessor object of memory that was transferred throws', () => {
	const memory = new Uint8Array(64);
	const view = leg.view(memory);
	structuredClone(memory.buffer, { transfer: [memory.buffer] });
	expect(() => view.price).toThrow(TypeError);
	expect(() => (view.price = 1)).toThrow(TypeError);
	expect(() => leg.view(memory)).toThrow('bytes: has 0 bytes');
});
