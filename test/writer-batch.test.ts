import { bytes, type Codec, defineChannel, json, type Overflow } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { fill, numbers, pairOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const chunks = () => defineChannel({ name: uniqueName(), codec: bytes(), capacity: 1024 * 1024 });
const chunk = (fill: number, length: number) => new Uint8Array(length).fill(fill);

describe('tryWriteBatch', () => {
	test('writes all in order when there is room, in one publication with one doorbell', async () => {
		const { writer, reader } = await pairOf(numbers());
		const pending = reader.read();
		expect(writer.tryWriteBatch([0, 1, 2])).toBe(3);
		expect([await pending, ...reader.readBatch()]).toEqual([0, 1, 2]);
		expect(writer.stats).toMatchObject({ messages: 3, bytes: 3 });
		expect(writer.stats.rings).toBeLessThanOrEqual(1);
	});

	test('nothing to write is nothing written', async () => {
		const { writer, reader } = await pairOf(numbers());
		expect(writer.tryWriteBatch([])).toBe(0);
		expect(reader.available).toBe(0);
	});

	test('with block it accepts the first so many, and the rest can be written later', async () => {
		const { writer, reader } = await pairOf(numbers(tiny));
		expect(writer.tryWriteBatch([0, 1, 2, 3])).toBe(2);
		await turns(5);
		const seen: number[] = [];
		while (seen.length < 2) seen.push(...reader.readBatch());
		expect(writer.tryWriteBatch([2, 3])).toBe(2);
		while (seen.length < 4) seen.push(...reader.readBatch());
		expect(seen).toEqual([0, 1, 2, 3]);
	});

	test('with drop-newest it drops and counts what does not fit', async () => {
		const { writer, reader } = await pairOf(numbers({ ...tiny, overflow: 'drop-newest' }));
		expect(writer.tryWriteBatch([0, 1, 2, 3])).toBe(2);
		expect(writer.stats).toMatchObject({ messages: 2, dropped: 2 });
		expect([...reader.readBatch(), ...reader.readBatch()]).toEqual([0, 1]);
	});

	test.each(['drop-oldest', 'latest'] as const)('with %s it accepts everything', async (overflow) => {
		const writer = writerOf(numbers({ ...tiny, overflow }));
		expect(writer.tryWriteBatch([...Array(10_000).keys()])).toBe(10_000);
		expect(writer.stats).toMatchObject({ messages: 10_000, dropped: 0 });
	});

	test('small, large and empty messages keep their order, whatever slab they go by', async () => {
		const { writer, reader } = await pairOf(chunks());
		const lengths = [0, 10, 16_384, 16_385, 1, 40_000, 16_384, 16_384, 16_384, 16_384, 3, 0, 100_000, 0];
		const sent = lengths.map((length, i) => chunk(i + 1, length));
		expect(writer.tryWriteBatch(sent)).toBe(sent.length);
		const seen: Uint8Array[] = [];
		while (seen.length < sent.length) seen.push(...reader.readBatch());
		expect(seen.map(({ length }) => length)).toEqual(lengths);
		expect(seen.every((message, i) => Buffer.compare(message, sent[i] ?? chunk(0, 1)) === 0)).toBe(true);
	});

	test('more messages than go into one call', async () => {
		const { writer, reader } = await pairOf(numbers({ depth: 32_768 }));
		const sent = [...Array(20_000).keys()];
		expect(writer.tryWriteBatch(sent)).toBe(20_000);
		expect(reader.readBatch(20_000)).toEqual(sent);
	});

	test.each([[undefined], ['text'], [{ length: 1 }]])('refuses %j, which is no array', async (messages) => {
		const writer = writerOf(numbers());
		expect(() => Reflect.apply(writer.tryWriteBatch, writer, [messages])).toThrow('must be an array');
	});
});

describe('a message that cannot be written', () => {
	const picky: Codec<number> = {
		id: 'picky',
		encode(message) {
			if (message === 13) throw new RangeError('unlucky');
			return new Uint8Array(message === 14 ? 40_000 : 1).fill(message);
		},
		decode: (bytes) => bytes[0] ?? -1,
	};
	const open = (overflow: Overflow = 'block', depth = 64) =>
		pairOf(defineChannel({ name: uniqueName(), codec: picky, overflow, capacity: 65_536, depth }));

	const unencodable = { code: 'ERR_RINGWIRE_ENCODE', cause: expect.objectContaining({ message: 'unlucky' }) };
	const tooLarge = { code: 'ERR_RINGWIRE_TOO_LARGE', message: expect.stringMatching(/40000 bytes.* 32768 bytes/) };

	test.each([
		[13, unencodable],
		[14, tooLarge],
	])('is an error of every way to write, and the writer goes on: %j', async (message, error) => {
		const { writer, reader } = await open();
		const matching = expect.objectContaining(error);
		expect(() => writer.tryWrite(message)).toThrow(matching);
		expect(() => writer.writeSync(message)).toThrow(matching);
		await expect(writer.write(message)).rejects.toEqual(matching);
		expect(() => writer.tryWriteBatch([message])).toThrow(expect.objectContaining({ ...error, accepted: 0 }));
		writer.tryWrite(1);
		expect(reader.readBatch()).toEqual([1]);
	});

	test('because the array is larger than its own length property is TOO_LARGE in every way to write', async () => {
		class Lying extends Uint8Array {
			override get length() {
				return 3000;
			}
		}
		const codec: Codec<number> = {
			id: 'lying',
			encode: (message) => (message === 0 ? new Uint8Array(1) : new Lying(40_000)),
			decode: (bytes) => bytes.length,
		};
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec, capacity: 65_536 }));
		const matching = expect.objectContaining(tooLarge);
		expect(() => writer.tryWrite(1)).toThrow(matching);
		expect(() => writer.writeSync(1)).toThrow(matching);
		await expect(writer.write(1)).rejects.toEqual(matching);
		expect(() => writer.tryWriteBatch([0, 1, 0])).toThrow(expect.objectContaining({ ...tooLarge, accepted: 1 }));
		expect(reader.readBatch()).toEqual([1]);
		expect(writer.stats.messages).toBe(1);
	});

	test.each([13, 14])(
		'in a batch: the messages before it are published, and the error names their number: %j',
		async (bad) => {
			const { writer, reader } = await open();
			const write = () => writer.tryWriteBatch([1, 2, bad, 3]);
			expect(write).toThrow(
				expect.objectContaining({ accepted: 2, message: expect.stringContaining('message 2 of') }),
			);
			expect(reader.readBatch()).toEqual([1, 2]);
		},
	);

	test('in a batch behind the first that did not fit is not encoded', async () => {
		const { writer } = await open('block', 2);
		expect(writer.tryWriteBatch([1, 2, 3, 13])).toBe(2);
	});

	test('in a batch with drop-newest is an error with the number of accepted messages, not a drop', async () => {
		const { writer } = await open('drop-newest', 2);
		expect(() => writer.tryWriteBatch([1, 2, 3, 13])).toThrow(expect.objectContaining({ accepted: 2 }));
		expect(writer.stats.dropped).toBe(1);
	});

	test.each(['text', undefined, [1], new Uint16Array(1)])(
		'because the codec gave %j instead of bytes',
		async (wrong) => {
			const codec = { id: 'wrong', encode: () => wrong as unknown as Uint8Array, decode: () => 1 };
			const writer = writerOf(defineChannel({ name: uniqueName(), codec }));
			const error = {
				code: 'ERR_RINGWIRE_ENCODE',
				message: expect.stringContaining('must encode to a Uint8Array'),
			};
			expect(() => writer.tryWrite(1)).toThrow(expect.objectContaining(error));
		},
	);

	test('a string for bytes() is named', () => {
		const writer = writerOf(defineChannel({ name: uniqueName() }));
		const write = () => Reflect.apply(writer.tryWrite, writer, ['text']);
		expect(write).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_ENCODE' }));
		expect(write).toThrow("string 'text'");
	});
});

describe('write', () => {
	test('takes turns with the readers when the lane is full, and keeps the order', async () => {
		const { writer, reader } = await pairOf(numbers(tiny));
		const sent = [...Array(500).keys()];
		const writing = (async () => {
			for (const message of sent) await writer.write(message);
			writer.end();
		})();
		const seen: number[] = [];
		for await (const message of reader) seen.push(message);
		await writing;
		expect(seen).toEqual(sent);
	});

	test('without waiting lets the loop breathe after each budget, and is written all the same', async () => {
		const writer = writerOf(numbers({ overflow: 'drop-oldest' }));
		let passed = 0;
		const count = () => {
			passed++;
			immediate = setImmediate(count);
		};
		let immediate = setImmediate(count);
		for (let i = 0; i < 5000; i++) await writer.write(i);
		clearImmediate(immediate);
		expect(passed).toBeGreaterThanOrEqual(4);
		expect(writer.stats.messages).toBe(5000);
	});

	test('without waiting may be called again before it has resolved', async () => {
		const writer = writerOf(numbers({ overflow: 'drop-oldest' }));
		await Promise.all([...Array(3000).keys()].map((message) => writer.write(message)));
		expect(writer.stats.messages).toBe(3000);
	});
});

describe('flush and close', () => {
	test('flush resolves when everything written before it was read, not what was written after', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([0, 1]);
		const order: string[] = [];
		const first = writer.flush().then(() => order.push('first'));
		writer.tryWriteBatch([2, 3]);
		const second = writer.flush().then(() => order.push('second'));
		reader.tryRead();
		await turns(5);
		expect(order).toEqual([]);
		reader.tryRead();
		await first;
		expect(order).toEqual(['first']);
		reader.readBatch();
		await second;
	});

	test('flush of nothing resolves at once, with or without a reader', async () => {
		await writerOf(numbers()).flush();
		const { writer } = await pairOf(numbers());
		await writer.flush();
	});

	test('close lingers until the readers have read everything, and reports that nothing is left', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([0, 1]);
		const closing = writer.close({ lingerMs: 2 ** 31 - 1 });
		expect(writer.closed).toBe(true);
		expect(() => writer.tryWrite(2)).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED' }));
		expect(writer.close()).toBe(closing);
		expect([await reader.read(), await reader.read()]).toEqual([0, 1]);
		expect(await closing).toEqual({ unread: 0, readers: 1 });
		expect(writer.stats.messages).toBe(2);
	});

	test('close does not linger for a reader that has read everything and left', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWrite(0);
		expect(reader.tryRead()).toBe(0);
		await reader.close();
		expect(await writer.close({ lingerMs: 2 ** 31 - 1 })).toMatchObject({ unread: 0 });
	});

	test('close stops to linger when the last reader leaves that had everything', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWrite(0);
		const closing = writer.close({ lingerMs: 2 ** 31 - 1 });
		expect(reader.tryRead()).toBe(0);
		await reader.close();
		expect(await closing).toMatchObject({ unread: 0 });
	});

	test('close that lingers in vain reports what was not read, and dispose cuts it short', async () => {
		const writer = writerOf(numbers());
		writer.tryWriteBatch([0, 1, 2]);
		expect(await writer.close({ lingerMs: 1 })).toEqual({ unread: 3, readers: 0 });
		const other = writerOf(numbers());
		other.tryWrite(0);
		const closing = other.close({ lingerMs: 2 ** 31 - 1 });
		other[Symbol.dispose]();
		expect(await closing).toEqual({ unread: 1, readers: 0 });
	});

	test.each([-1, 0.5, 2 ** 31, Number.POSITIVE_INFINITY, '1', null])('refuses a lingerMs of %j', async (lingerMs) => {
		const writer = writerOf(numbers());
		await expect(Reflect.apply(writer.close, writer, [{ lingerMs }])).rejects.toThrow(/^lingerMs: got/);
		expect(writer.closed).toBe(false);
	});

	test('messages are read after their writer has gone', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([0, 1]);
		writer[Symbol.dispose]();
		expect([await reader.read(), await reader.read()]).toEqual([0, 1]);
	});
});

test('writeSync waits for room that another thread or process makes, and not longer than it may', async () => {
	const { writer } = await pairOf(numbers(tiny));
	fill(writer);
	expect(() => writer.writeSync(9, { timeoutMs: 1.5 })).toThrow(
		expect.objectContaining({ code: 'ERR_RINGWIRE_TIMEOUT', message: expect.stringContaining('1.5 ms') }),
	);
	expect(() => writer.writeSync(9, { timeoutMs: -1 })).toThrow(/^timeoutMs: got -1/);
	expect(() => writer.writeSync(9, { timeoutMs: Number.NaN })).toThrow(RangeError);
});

test('a write that is aborted while it is encoded is not written', async () => {
	const abort = new AbortController();
	const reason = new Error('enough');
	const codec: Codec<number> = {
		...json<number>(),
		id: 'aborting',
		encode(message) {
			abort.abort(reason);
			return json<number>().encode(message);
		},
	};
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec }));
	await expect(writer.write(1, { signal: abort.signal })).rejects.toBe(reason);
	expect(reader.available).toBe(0);
});
