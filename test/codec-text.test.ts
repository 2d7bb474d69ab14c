import fc from 'fast-check';
import { type Codec, defineChannel, json, utf8 } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { messageSource } from '../src/reader/message-source.js';
import type { ChannelReader } from '../src/reader/reader.js';
import { codeOf, pairOf, tiny } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const open = <In, Out>(codec: Codec<In, Out>, spec = {}) =>
	pairOf(defineChannel({ name: uniqueName(), codec, ...spec }));

/** Texts around the sizes at which runs, windows and slabs end, ASCII and not. */
const texts = fc.array(
	fc.oneof(
		fc.string({ unit: 'binary-ascii', maxLength: 40 }),
		fc.string({ unit: 'grapheme', maxLength: 40 }),
		fc
			.tuple(fc.constantFrom('a', 'é', '日', '👩‍👧'), fc.nat({ max: 9000 }))
			.map(([unit, count]) => unit.repeat(count)),
		fc.constantFrom('', '\u0000', '\uFFFD', '\uFEFFbom'),
	),
	{ maxLength: 60 },
);

test('texts written in batches or singly are read as they were written, in batches or singly', async () => {
	const { writer, reader } = await open(utf8(), { capacity: 16 * 1024 * 1024 });
	await fc.assert(
		fc.asyncProperty(texts, fc.boolean(), fc.nat({ max: 5 }), async (written, batch, step) => {
			if (batch) expect(writer.tryWriteBatch(written)).toBe(written.length);
			else for (const text of written) expect(writer.tryWrite(text)).toBe(true);
			const read: string[] = [];
			while (read.length < written.length) {
				const one = step === 0 ? await reader.read() : undefined;
				if (one !== undefined) read.push(one);
				else read.push(...reader.readBatch(step || 1));
			}
			expect(read.every((text, i) => text === written[i])).toBe(true);
		}),
		{ numRuns: 150 },
	);
});

test('JSON values written in batches are read as they were written', async () => {
	const { writer, reader } = await open(json<unknown>());
	await fc.assert(
		fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 200 }), async (values) => {
			expect(writer.tryWriteBatch(values)).toBe(values.length);
			const read: unknown[] = [];
			while (read.length < values.length) read.push(...reader.readBatch());
			expect(JSON.stringify(read)).toBe(JSON.stringify(values));
		}),
		{ numRuns: 100 },
	);
});

describe('lone surrogates in a batch', () => {
	test.each([
		['alone', ['a', '\ud800', 'b'], 1],
		['two that would be one character if they were joined', ['a', 'x\ud83d', '\ude00y'], 1],
		['behind text that is not ASCII', ['é', 'é', '\udc00'], 2],
		['the first', ['\udc00'], 0],
		['behind texts that were joined before', ['a'.repeat(8000), 'b'.repeat(8000), 'c', '\udc00'], 3],
	])('%s: ENCODE, and the messages before it are published', async (_, messages, accepted) => {
		const { writer, reader } = await open(utf8());
		expect(() => writer.tryWriteBatch(messages)).toThrow(
			expect.objectContaining({
				code: 'ERR_RINGWIRE_ENCODE',
				accepted,
				message: expect.stringMatching(new RegExp(`lone surrogate.*message ${accepted} of the batch`)),
			}),
		);
		expect(reader.readBatch()).toEqual(messages.slice(0, accepted));
		expect(writer.tryWriteBatch(['next'])).toBe(1);
		expect(reader.readBatch()).toEqual(['next']);
	});
});

test.each([65_535, 65_536, 65_537, 100_000])(
	'a lone surrogate in a text of %i code units is ENCODE in every way',
	async (length) => {
		const { writer, reader } = await open(utf8());
		const text = `${'a'.repeat(length - 1)}\ud800`;
		const failed = 'lone surrogate';
		expect(() => writer.tryWrite(text)).toThrow(failed);
		expect(() => writer.writeSync(text)).toThrow(failed);
		await expect(writer.write(text)).rejects.toThrow(failed);
		expect(() => writer.tryWriteBatch(['a', text])).toThrow(failed);
		expect(() => writer.tryWriteBatch(['b', 'x'.repeat(65_000), text.slice(-1000)])).toThrow(failed);
		expect([...reader.readBatch(), ...reader.readBatch()]).toEqual(['a', 'b', 'x'.repeat(65_000)]);
	},
);

test('a text that fills the slab to the last byte, but is not ASCII, is not cut', async () => {
	const { writer, reader } = await open(utf8());
	for (let missing = 0; missing < 6; missing++) {
		for (const [first, end] of [
			['é', 'z'],
			['é', 'é'],
			['é', '日'],
			['日', '👩'],
		] as const) {
			// Runs of 8 KiB: the last one has as many code units as the slab has bytes left, or a few less.
			const last = `${first}${'b'.repeat(8192 - missing - first.length - end.length)}${end}`;
			const written = [...Array<string>(7).fill('a'.repeat(8192)), last];
			expect(writer.tryWriteBatch(written)).toBe(8);
			const read: string[] = [];
			while (read.length < 8) read.push(...reader.readBatch());
			expect(read.findIndex((text, i) => text !== written[i])).toBe(-1);
		}
	}
});

test('a message of a batch that is no text is named by its index, and those before it are published', async () => {
	const { writer, reader } = await open<unknown, unknown>(utf8() as Codec<unknown>);
	expect(() => writer.tryWriteBatch(['a', 'b', 5, 'c'])).toThrow(expect.objectContaining({ accepted: 2 }));
	expect(reader.readBatch()).toEqual(['a', 'b']);
});

test.each(['a', 'é'])('messageMax is checked for each message of a batch, in bytes: %s', async (unit) => {
	const { writer, reader } = await open(utf8(), { messageMax: 10 });
	const fits = unit.repeat(10 / Buffer.byteLength(unit));
	const failed = expect.objectContaining({ code: 'ERR_RINGWIRE_TOO_LARGE', accepted: 2 });
	expect(() => writer.tryWriteBatch([fits, fits, fits + unit])).toThrow(failed);
	expect(reader.readBatch()).toEqual([fits, fits]);
});

test('a full lane accepts a prefix of a batch of texts', async () => {
	const { writer, reader } = await open(utf8(), tiny);
	expect(writer.tryWriteBatch(['1', '2', '3', '4'])).toBe(2);
	expect([...reader.readBatch(), ...reader.readBatch()]).toEqual(['1', '2']);
	expect(writer.tryWriteBatch(['3', '4'])).toBe(2);
});

test('texts that a full lane left over are not part of the next batch', async () => {
	const { writer, reader } = await open(utf8(), tiny);
	expect(writer.tryWriteBatch(Array<string>(12).fill('a'.repeat(8192)))).toBe(2);
	while (reader.available > 0) reader.readBatch();
	expect(writer.tryWriteBatch(['next'])).toBe(1);
	expect(reader.readBatch()).toEqual(['next']);
});

test('toJSON that ends the writer: the messages before it are published, its own is not', async () => {
	const { writer, reader } = await open(json<unknown>());
	const ending = {
		toJSON() {
			writer.end();
			return 3;
		},
	};
	expect(await codeOf(() => writer.tryWriteBatch([1, 2, ending, 4]))).toBe('ERR_RINGWIRE_CLOSED');
	expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([1, 2, undefined]);
});

test('toJSON is called once for each message, also for a large one', async () => {
	const { writer, reader } = await open(json<unknown>());
	let calls = 0;
	const counted = (length: number) => ({
		toJSON() {
			calls++;
			return 'x'.repeat(length);
		},
	});
	writer.tryWrite(counted(10));
	writer.tryWrite(counted(100_000));
	writer.tryWriteBatch([counted(10), counted(3000), counted(100_000), counted(10)]);
	await writer.write(counted(100_000));
	expect(calls).toBe(7);
	let read = 0;
	while (read < 7) read += reader.readBatch().length;
});

describe('invalid text between valid messages', () => {
	const raw = (id: string): Codec<Uint8Array> => ({ id, encode: (message) => message, decode: (message) => message });

	test('a lying message never joins its neighbour: each that is no JSON is a DECODE of its own', async () => {
		const name = uniqueName();
		const { writer } = await pairOf(defineChannel({ name, codec: raw('json') }));
		const { reader } = await pairOf(defineChannel({ name, codec: json<unknown>() }));
		await writer.whenConnected(2);
		writer.tryWriteBatch(['[1', ',2]', '3', '{"a":"', '"}', '4'].map((text) => Buffer.from(text)));
		const read: unknown[] = [];
		for (let i = 0; i < 6; i++) read.push((await codeOf(() => read.push(reader.tryRead()))) ?? 'ok');
		expect(read.filter((value) => typeof value !== 'string')).toEqual([3, 4]);
		expect(read.filter((value) => value === 'ERR_RINGWIRE_DECODE').length).toBe(4);
	});

	test('the newest message is the one before those that are no JSON', async () => {
		const name = uniqueName();
		const { writer } = await pairOf(defineChannel({ name, codec: raw('json') }));
		const { reader } = await pairOf(defineChannel({ name, codec: json<unknown>() }));
		await writer.whenConnected(2);
		writer.tryWriteBatch(['1', '"two"', '}', '}'].map((text) => Buffer.from(text)));
		let undecodable = 0;
		expect((reader as ChannelReader<unknown>)[messageSource].newest(() => undecodable++)).toBe('two');
		expect(undecodable).toBe(2);
	});

	test('bytes that are not UTF-8 are a DECODE, and the messages around them are read', async () => {
		const name = uniqueName();
		const { writer } = await pairOf(defineChannel({ name, codec: raw('utf8') }));
		const { reader } = await pairOf(defineChannel({ name, codec: utf8() }));
		await writer.whenConnected(2);
		// The halves of one character: joined they would be valid.
		writer.tryWriteBatch([
			Buffer.from('a'),
			Buffer.of(0xc3),
			Buffer.of(0xa9),
			Buffer.from('\uFFFD'),
			Buffer.from('b'),
		]);
		expect(reader.readBatch()).toEqual(['a']);
		for (let i = 0; i < 2; i++) expect(() => reader.tryRead()).toThrow('not valid UTF-8');
		expect(reader.readBatch()).toEqual(['\uFFFD', 'b']);
	});
});
