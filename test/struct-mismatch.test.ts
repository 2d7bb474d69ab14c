import fc from 'fast-check';
import {
	array,
	type Codec,
	connect,
	connectService,
	defineChannel,
	defineDuplex,
	defineService,
	f32,
	f64,
	fixedBytes,
	framed,
	json,
	listen,
	openReader,
	openWriter,
	RingwireError,
	serve,
	struct,
	u8,
	u16,
	u32,
	u64,
	u64Number,
	utf8,
	validated,
} from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { pairOf, readerOf, writerOf } from './support/pair.js';
import { structs } from './support/struct-arbitraries.js';
import { structOf } from './support/struct-spec.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const leg = struct({ price: f64, count: u16 });
const ours = struct({ id: u32, legs: array(leg, 2), size: f64 });

/** The MISMATCH that a call rejects with. */
async function mismatchOf(call: () => unknown): Promise<string> {
	try {
		await call();
	} catch (error) {
		if (error instanceof RingwireError && error.code === 'ERR_RINGWIRE_MISMATCH') return error.message;
		throw error;
	}
	throw new Error('no MISMATCH');
}

describe('two layouts that differ are MISMATCH at both sides, and both name the first field that differs', () => {
	test.each<[string, Codec<never, unknown>, string, string]>([
		['a type', struct({ id: u32, legs: array(leg, 2), size: f32 }), 'field 3', '`size: f64`, theirs `size: f32`'],
		['a name', struct({ id: u32, legs: array(leg, 2), count: f64 }), 'field 3', '`size: f64`, theirs `count: f64`'],
		[
			'a field of a nested struct',
			struct({ id: u32, legs: array(struct({ price: f64, count: u8 }), 2), size: f64 }),
			'field 2 of legs',
			'`count: u16`, theirs `count: u8`',
		],
		[
			'the length of an array',
			struct({ id: u32, legs: array(leg, 3), size: f64 }),
			'field 2',
			'`legs: {price:f64,count:u16}[2]`, theirs `legs: {price:f64,count:u16}[3]`',
		],
		[
			'a field more',
			struct({ id: u32, legs: array(leg, 2), size: f64, more: u8 }),
			'field 4',
			'none, theirs `more: u8`',
		],
	])('%s', async (_, theirs, field, difference) => {
		const name = uniqueName();
		const writer = writerOf(defineChannel({ name, codec: ours }));
		const reader = readerOf(defineChannel({ name, codec: theirs }));
		const [atWriter, atReader] = await Promise.all([
			mismatchOf(() => writer.whenConnected()),
			mismatchOf(() => reader.read()),
		]);
		const [one, other] = difference.split(', theirs ');
		const texts = [`${field}: ours ${one}, theirs ${other}`, `${field}: ours ${other}, theirs ${one}`];
		for (const message of [atWriter, atReader]) {
			expect(message).toContain('the layout differs: ');
			expect(texts.filter((text) => message.includes(text))).toHaveLength(1);
		}
	});
});

test('a difference behind the part that is sent is a MISMATCH that says so', async () => {
	const name = uniqueName();
	const fields = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field${index}`, u32]));
	const writer = writerOf(defineChannel({ name, codec: struct(fields) }));
	const reader = readerOf(defineChannel({ name, codec: struct({ ...fields, field99: u16 }) }));
	for (const call of [() => writer.whenConnected(), () => reader.read()]) {
		expect(await mismatchOf(call)).toContain(
			'the first 576 characters are the same, the difference lies behind them',
		);
	}
});

/** Layouts of random structs, texts of the same characters, and any texts that a codec may have. */
const layouts = fc.oneof(
	structs.map((fields) => structOf(fields).layout),
	fc.string({ unit: fc.constantFrom(...'ab1:,{}[]()='), minLength: 1, maxLength: 700 }),
	fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 700 }),
);
/** Most pairs have a common beginning. */
const layoutPairs = fc
	.tuple(layouts, layouts, fc.nat({ max: 700 }))
	.map(([one, other, same]): [string, string] => [one, same % 5 === 0 ? one : one.slice(0, same) + other]);

test('whatever the layouts of two codecs are, they connect, or both sides have a MISMATCH with a bounded text', async () => {
	const property = fc.asyncProperty(layoutPairs, async ([one, other]) => {
		const name = uniqueName();
		using writer = openWriter(defineChannel({ name, codec: { ...utf8(), layout: one } }));
		using reader = openReader(defineChannel({ name, codec: { ...utf8(), layout: other } }));
		if (one === other) {
			await Promise.all([writer.whenConnected(), reader.whenConnected()]);
			return;
		}
		for (const call of [() => writer.whenConnected(), () => reader.read()]) {
			const message = await mismatchOf(call);
			expect(message).toContain('the layout differs: ');
			expect(message).toMatch(/^[\x20-\x7e]{1,600}$/);
		}
	});
	await fc.assert(property, { numRuns: 30 });
});

test('the same layout from other definitions is no difference, and neither is a codec without layout', async () => {
	const name = uniqueName();
	const writer = writerOf(defineChannel({ name, codec: struct({ id: u64 }) }));
	const reader = readerOf(defineChannel({ name, codec: struct({ id: u64Number }) }));
	const { layout: _, ...plain } = struct({ id: u64 });
	const untyped = readerOf(defineChannel({ name, codec: plain }));
	await writer.whenConnected(2);
	writer.tryWrite({ id: 5n });
	expect(await reader.read()).toEqual({ id: 5 });
	expect(await untyped.read()).toEqual({ id: 5n });
});

test('a framed and a validated codec have the layout of the codec inside', async () => {
	const schema = z.object({ a: z.number() });
	expect(framed(struct({ a: u8 })).layout).toBe('a:u8');
	expect(validated(struct({ a: u8 }), schema).layout).toBe('a:u8');
	expect('layout' in framed(json())).toBe(false);
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: framed(struct({ a: u8 })) }));
	writer.tryWrite({ header: { a: 1 }, body: Buffer.from('x') });
	expect((await reader.read())?.header).toEqual({ a: 1 });
});

test.each(['toServer', 'toClient'] as const)('the layouts of a duplex channel are compared: %s', async (direction) => {
	const name = uniqueName();
	const one = { toServer: { codec: ours }, toClient: { codec: leg } };
	const other = { ...one, [direction]: { codec: struct({ id: u32 }) } };
	const server = listen(defineDuplex({ name, ...one }));
	server.on('error', () => {});
	onTestFinished(() => server.close());
	const message = await mismatchOf(() => connect(defineDuplex({ name, ...other })));
	expect(message).toContain(`layout to the ${direction === 'toServer' ? 'server' : 'client'} differs: field`);
});

test.each(['request', 'response'] as const)('the layouts of a service are compared: %s', async (part) => {
	const name = uniqueName();
	const one = { request: { codec: ours }, response: { codec: leg } };
	const other = { ...one, [part]: { codec: struct({ price: f64 }) } };
	const server = serve(defineService({ name, ...one }), () => ({ price: 1, count: 2 }));
	server.on('error', () => {});
	onTestFinished(() => server.close());
	const message = await mismatchOf(() => connectService(defineService({ name, ...other })));
	expect(message).toContain(`layout to the ${part === 'request' ? 'server' : 'client'} differs: field`);
});

test('requests and responses are structs', async () => {
	const service = defineService({
		name: uniqueName(),
		request: { codec: leg },
		response: { codec: struct({ raw: fixedBytes(2) }) },
	});
	const server = serve(service, ({ count }) => ({ raw: Buffer.alloc(2, count) }));
	server.on('error', () => {});
	onTestFinished(() => server.close());
	const client = await connectService(service);
	onTestFinished(() => client.close());
	expect(await client.request({ price: 1, count: 65 })).toEqual({ raw: Buffer.from('AA') });
});

test.each<[string, unknown, string]>([
	['a number', 5, 'codec.layout: got number 5'],
	['an empty text', '', "codec.layout: got string ''"],
	['a letter beyond ASCII', 'a:ü', 'codec.layout: got string'],
	['a line end', 'a:u8\n', 'codec.layout: got string'],
	['a text of more than 1 MiB', 'a'.repeat(2 ** 20 + 1), 'codec.layout: got string'],
])('the layout of a codec cannot be %s', (_, layout, text) => {
	expect(() => defineChannel({ name: uniqueName(), codec: { ...utf8(), layout: layout as string } })).toThrow(text);
});
