import { once } from 'node:events';
import type { Reader } from 'ringwire';
import { bytes, type Codec, defineChannel, utf8 } from 'ringwire';
import { createReadStream } from 'ringwire/streams';
import { describe, expect, test } from 'vitest';
import { messageSource, nothing } from '../src/reader/message-source.js';
import type { ChannelReader } from '../src/reader/reader.js';
import { pairOf, tiny, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

const open = <In, Out>(codec: Codec<In, Out>, spec = {}) =>
	pairOf(defineChannel({ name: uniqueName(), codec, ...spec }));

/** As the sampling adapters take messages. */
function newestOf<T>(reader: Reader<T>): T | undefined {
	const found = (reader as ChannelReader<T>)[messageSource].newest(() => {});
	return found === nothing ? undefined : found;
}

describe('readEach', () => {
	const texts = async (overflow: 'block' | 'drop-oldest' = 'block') => {
		const pair = await open(utf8(), { overflow });
		return { ...pair, read: [] as string[] };
	};

	test('gives the bytes of every message, in order, and returns their number', async () => {
		const { writer, reader, read } = await texts();
		writer.tryWriteBatch(['a', '', 'žluťoučký', 'x'.repeat(100_000)]);
		const each = (source: Buffer, start: number, end: number) => {
			expect(start % 8).toBe(0);
			read.push(source.toString('utf8', start, end));
		};
		let count = 0;
		for (let found = reader.readEach(each); found > 0; found = reader.readEach(each)) count += found;
		expect(read).toEqual(['a', '', 'žluťoučký', 'x'.repeat(100_000)]);
		expect(count).toBe(4);
		expect(reader.stats.messages).toBe(4);
	});

	test('stops at its limit, and reads further batches up to it', async () => {
		const { writer, reader } = await texts();
		writer.tryWriteBatch(Array(3000).fill('message'));
		expect(reader.readEach(() => {}, 2)).toBe(2);
		expect(reader.readEach(() => {})).toBe(1024);
		expect(reader.readEach(() => {}, 5000)).toBe(1974);
		expect(reader.readEach(() => {})).toBe(0);
	});

	test('mixes with the other calls: nothing is lost, and messages that were read stay as they are', async () => {
		const { writer, reader } = await open(bytes());
		const kept: Buffer[] = [];
		const visited: number[] = [];
		const expected: number[] = [];
		let next = 0;
		for (let round = 0; round < 300; round++) {
			const count = 1 + (round % 40);
			writer.tryWriteBatch(
				Array.from({ length: count }, () => new Uint8Array(1 + (round % 97) * 40).fill(next++)),
			);
			if (round % 3 === 0) {
				reader.readEach((source, start) => visited.push(source[start] ?? -1), count);
				for (let i = count; i > 0; i--) expected.push((next - i) & 255);
			} else {
				while (reader.available > 0) kept.push(...reader.readBatch());
			}
		}
		expect(visited).toEqual(expected);
		for (const message of kept) expect(message.every((byte) => byte === message[0])).toBe(true);
		expect(kept.length + visited.length).toBe(next);
	});

	test.each<[string, (reader: Reader<Buffer>) => Promise<Buffer | undefined>]>([
		['tryRead', async (reader) => reader.tryRead()],
		['read', (reader) => reader.read()],
		['readBatch', async (reader) => reader.readBatch(1)[0]],
		['newest', async (reader) => newestOf(reader)],
	])('a message of %s stays as it is while later ones are visited and read', async (_, take) => {
		const { writer, reader } = await open(bytes());
		writer.tryWrite(Buffer.alloc(100, 1));
		const kept = await take(reader);
		for (let round = 2; round < 5; round++) {
			writer.tryWriteBatch([Buffer.alloc(100, round), Buffer.alloc(100, round)]);
			if (round % 2 === 0) while (reader.readEach(() => {}) > 0);
			else reader.readBatch();
		}
		expect(kept).toEqual(Buffer.alloc(100, 1));
	});

	test('stops with the message that makes it 1 MiB', async () => {
		const { writer, reader } = await open(bytes(), { capacity: 8 * 1024 * 1024 });
		const message = new Uint8Array(200 * 1024);
		expect(writer.tryWriteBatch(Array(13).fill(message))).toBe(13);
		const counts = [1, 2, 3].map(() => reader.readEach(() => {}));
		expect(counts).toEqual([6, 6, 1]);
		expect(writer.tryWriteBatch(Array(1024).fill(new Uint8Array(2000)))).toBe(1024);
		expect(reader.readEach(() => {})).toBe(525);
	});

	test('stopped by its limit, gives writers the room of the visited messages back', async () => {
		const { writer, reader } = await open(utf8(), tiny);
		for (let round = 0; round < 3; round++) {
			expect(writer.tryWriteBatch(['1', '2', '3'])).toBe(2);
			expect(reader.readEach(() => {}, 1)).toBe(1);
			await until(() => writer.free > 0);
			expect(reader.readEach(() => {}, 1)).toBe(1);
			await until(() => writer.tryWrite('4'));
			expect(reader.readEach(() => {})).toBe(1);
		}
	});

	test('uses its memory again if no message was handed out', async () => {
		const { writer, reader } = await open(bytes());
		const memory = new Set<ArrayBufferLike>();
		for (let round = 0; round < 50; round++) {
			writer.tryWriteBatch(Array(100).fill(new Uint8Array(1000)));
			while (reader.readEach((source) => memory.add(source.buffer)) > 0);
		}
		expect(memory.size).toBe(1);
	});

	test('uses its memory again once the memory of a message that was handed out is full', async () => {
		const { writer, reader } = await open(bytes());
		writer.tryWrite(new Uint8Array(1000));
		const kept = reader.tryRead();
		const memory = new Set<ArrayBufferLike>();
		for (let round = 0; round < 50; round++) {
			writer.tryWriteBatch(Array(100).fill(new Uint8Array(1000)));
			while (reader.readEach((source) => memory.add(source.buffer)) > 0);
		}
		if (kept !== undefined) memory.delete(kept.buffer);
		expect(memory.size).toBe(1);
	});

	test('an exception of the visitor is thrown on, and its message counts as read', async () => {
		const { writer, reader, read } = await texts();
		writer.tryWriteBatch(['1', '2', '3']);
		const exception = new Error('enough');
		const visit = () =>
			reader.readEach((source, start, end) => {
				read.push(source.toString('utf8', start, end));
				if (read.length === 2) throw exception;
			});
		expect(visit).toThrow(exception);
		expect(reader.tryRead()).toBe('3');
		expect(read).toEqual(['1', '2']);
		expect(reader.stats.messages).toBe(3);
	});

	test('the visitor must not read: BUSY; close takes effect when it has returned', async () => {
		const { writer, reader, read } = await texts();
		writer.tryWriteBatch(['1', '2', '3']);
		const visited = reader.readEach((source, start, end) => {
			read.push(source.toString('utf8', start, end));
			expect(() => reader.tryRead()).toThrow('the visitor of readEach');
			expect(() => reader.readEach(() => {})).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_BUSY' }));
			void reader.close();
			expect(reader.closed).toBe(false);
		});
		expect([visited, read, reader.closed]).toEqual([1, ['1'], true]);
		expect(() => reader.readEach(() => {})).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED' }));
	});

	test('a stream that the visitor makes read fails with BUSY, and takes nothing', async () => {
		const { writer, reader, read } = await texts();
		const stream = createReadStream(reader);
		const failed = once(stream, 'error');
		writer.tryWriteBatch(['1', '2', '3']);
		expect(
			reader.readEach((source, start, end) => {
				read.push(source.toString('utf8', start, end));
				if (read.length === 2) expect(stream.read()).toBeNull();
				expect(() => reader.tryRead()).toThrow('the visitor of readEach');
			}),
		).toBe(2); // the failure of the stream has closed the reader
		expect(read).toEqual(['1', '2']);
		expect(reader.stats.messages).toBe(2);
		expect(await failed).toEqual([expect.objectContaining({ code: 'ERR_RINGWIRE_BUSY' })]);
	});

	test('is BUSY while another call waits, and gives a data event when there is something', async () => {
		const { writer, reader } = await texts();
		const pending = reader.read();
		expect(() => reader.readEach(() => {})).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_BUSY' }));
		writer.tryWrite('1');
		expect(await pending).toBe('1');
		let told = 0;
		reader.on('data', () => told++);
		expect(reader.readEach(() => {})).toBe(0);
		writer.tryWrite('2');
		await turns(20);
		expect(told).toBe(1);
	});

	test('an event that comes behind the visited messages is emitted even if no call reads on', async () => {
		const { writer, reader } = await texts();
		writer.tryWriteBatch(['1', '2']);
		const told: string[] = [];
		reader.on('disconnect', ({ reason }) => told.push(reason));
		expect(reader.tryRead()).toBe('1');
		await writer.close({ lingerMs: 0 });
		await turns(10);
		expect(told).toEqual([]);
		expect(reader.readEach(() => {})).toBe(1);
		await until(() => told.length > 0);
	});

	test.each([[undefined], [5]])('refuses %j as the visitor', async (visitor) => {
		const { reader } = await texts();
		expect(() => Reflect.apply(reader.readEach, reader, [visitor])).toThrow(/^visitor: got .*, must be a function/);
		expect(() => reader.readEach(() => {}, 0)).toThrow(/^limit: got/);
	});
});
