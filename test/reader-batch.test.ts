import { isDeepStrictEqual } from 'node:util';
import { bytes, type Codec, defineChannel, json, openReader, structured, utf8 } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { codeOf, fill, numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** Bytes that tell the message and the place in it. */
function pattern(message: number, length: number): Buffer {
	return Buffer.from(Uint8Array.from({ length }, (_, i) => message * 31 + i));
}

describe('memory of messages', () => {
	// Around the sizes at which memory is handled differently: the shared slab, its rest, its whole, one of its own, the largest.
	const sizes = [
		0, 1, 7, 8, 9, 64, 4096, 16_384, 16_385, 20_000, 65_528, 65_536, 65_537, 300_000, 1_048_576, 2_000_000,
	];

	test('bytes that were read stay as they are, whatever is read later', async () => {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName() }));
		const kept: { message: number; length: number; read: Uint8Array }[] = [];
		for (let round = 0; round < 3; round++) {
			for (const length of round === 1 ? sizes.toReversed() : sizes) {
				const message = kept.length;
				await writer.write(pattern(message, length));
				const read = await reader.read();
				if (read === undefined) throw new Error('there is no end');
				kept.push({ message, length, read });
			}
		}
		for (const { message, length, read } of kept) expect(pattern(message, length).equals(read)).toBe(true);
	});

	test.each([
		['utf8', utf8() as Codec<unknown>, (i: number, length: number) => String(i).padEnd(length, 'x')],
		['json', json<unknown>(), (i: number, length: number) => ({ i, text: 'y'.repeat(length) })],
		['structured', structured<unknown>(), (i: number, length: number) => ({ i, bytes: pattern(i, length) })],
	])('%s messages of every size are read as they were written', async (_, codec, make) => {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec }));
		const kept: unknown[] = [];
		const expected: unknown[] = [];
		for (const [i, length] of [...sizes, ...sizes.toReversed()].entries()) {
			if (length > 1_500_000) continue;
			expected.push(make(i, length));
			await writer.write(make(i, length));
			kept.push(await reader.read());
		}
		// Not toEqual, which takes seconds for megabytes.
		expect(isDeepStrictEqual(kept, expected)).toBe(true);
	});

	test('a batch of large messages ends with the one that makes it 1 MiB', async () => {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: bytes() }));
		for (let i = 0; i < 40; i++) expect(writer.tryWrite(pattern(i, 65_536))).toBe(true);
		await turns(3);
		const lengths: number[] = [];
		for (let read = 0; read < 40; read += lengths.at(-1) ?? 40) lengths.push(reader.readBatch().length);
		expect(lengths).toEqual([16, 16, 8]);
	});

	test('many small messages in many batches are kept apart', async () => {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: bytes() }));
		const read: Uint8Array[] = [];
		for (let i = 0; i < 30_000; ) {
			while (i < 30_000 && writer.tryWrite(pattern(i, i % 100))) i++;
			read.push(...reader.readBatch(100_000));
		}
		read.push(...reader.readBatch(100_000));
		expect(read.length).toBe(30_000);
		expect(read.every((message, i) => pattern(i, i % 100).equals(message))).toBe(true);
	});
});

test('small messages do not keep the memory of large ones alive', async () => {
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName() }));
	writer.tryWriteBatch([new Uint8Array(1_000_000), ...Array(100).fill(new Uint8Array(10))]);
	const read = [];
	while (read.length < 101) read.push(...reader.readBatch());
	// The first one was given the place of another large one.
	expect(read.slice(1).filter(({ buffer }) => buffer.byteLength > 65_536).length).toBeLessThanOrEqual(1);
});

describe('readBatch', () => {
	test('answers at most as many as asked for, in order, and the others later', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([0, 1, 2, 3, 4]);
		expect(reader.readBatch(2)).toEqual([0, 1]);
		expect(reader.available).toBe(3);
		expect(reader.readBatch(2)).toEqual([2, 3]);
		expect(reader.readBatch(2)).toEqual([4]);
		expect(reader.readBatch(2)).toEqual([]);
	});

	test('goes on into what was written after it began to read', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([0, 1]);
		expect(reader.tryRead()).toBe(0);
		writer.tryWriteBatch([2, 3]);
		expect(reader.readBatch()).toEqual([1, 2, 3]);
	});

	test('has no upper bound but the one that is asked for', async () => {
		const { writer, reader } = await pairOf(numbers());
		const sent = [...Array(5000).keys()];
		expect(writer.tryWriteBatch(sent)).toBe(5000);
		expect(reader.readBatch().length).toBe(1024);
		expect(reader.readBatch(Number.MAX_SAFE_INTEGER)).toEqual(sent.slice(1024));
	});

	test.each([0, -1, 1.5, '2', null])('refuses a limit of %j', async (limit) => {
		const reader = readerOf(numbers());
		expect(() => Reflect.apply(reader.readBatch, reader, [limit])).toThrow(/^limit: got/);
	});
});

describe('a message that cannot be decoded', () => {
	const picky: Codec<number> = {
		id: 'picky',
		encode: (message) => Buffer.from([message]),
		decode(bytes) {
			if (bytes[0] === 13) throw new RangeError('unlucky');
			return bytes[0] ?? -1;
		},
	};
	const open = async () => {
		const pair = await pairOf(defineChannel({ name: uniqueName(), codec: picky }));
		pair.writer.tryWriteBatch([1, 13, 2]);
		return pair;
	};
	const refused = { code: 'ERR_RINGWIRE_DECODE', cause: expect.objectContaining({ message: 'unlucky' }) };

	test('is an error with its cause in read, and the reader goes on', async () => {
		const { reader } = await open();
		expect(await reader.read()).toBe(1);
		await expect(reader.read()).rejects.toMatchObject(refused);
		expect(await reader.read()).toBe(2);
		expect(reader.stats).toMatchObject({ messages: 3, bytes: 3 });
	});

	test('is an error in tryRead and readSync, and the reader goes on', async () => {
		const { reader } = await open();
		expect(reader.readSync()).toBe(1);
		expect(() => reader.readSync()).toThrow(expect.objectContaining(refused));
		expect(reader.tryRead()).toBe(2);
	});

	test('ends a batch before it and begins the next one', async () => {
		const { reader } = await open();
		expect(reader.readBatch()).toEqual([1]);
		expect(reader.stats.messages).toBe(1);
		expect(() => reader.readBatch()).toThrow(expect.objectContaining(refused));
		expect(reader.readBatch()).toEqual([2]);
		expect(reader.stats.messages).toBe(3);
	});

	test('is an error of a read that waits', async () => {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: picky }));
		const pending = reader.read();
		writer.tryWrite(13);
		await expect(pending).rejects.toMatchObject(refused);
	});
});

describe('messages that were copied out of the ring but not handed out', () => {
	test('stay for the next reader when this one closes', async () => {
		const channel = numbers();
		const { writer, reader } = await pairOf(channel);
		writer.tryWriteBatch([0, 1, 2, 3]);
		expect(reader.tryRead()).toBe(0);
		expect(reader.tryRead()).toBe(1);
		await reader.close();
		const next = openReader(channel);
		expect(await next.read()).toBe(2);
		next[Symbol.dispose]();
		const last = readerOf(channel);
		expect(await last.read()).toBe(3);
	});

	test('are not counted as read by stats, available and the writer', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([0, 1, 2, 3]);
		reader.tryRead();
		expect(reader.stats.messages).toBe(1);
		expect(reader.available).toBe(3);
		expect(await writer.close({ lingerMs: 0 })).toEqual({ unread: 3, readers: 1 });
		expect(reader.readBatch()).toEqual([1, 2, 3]);
	});

	test('keep no room but their own: that of the first message of a turn is free at once, of the others at its end', async () => {
		const { writer, reader } = await pairOf(numbers({ ...tiny, depth: 4 }));
		expect(fill(writer)).toBe(4);
		expect(reader.tryRead()).toBe(0);
		expect(fill(writer)).toBe(1);
		expect([reader.tryRead(), reader.tryRead()]).toEqual([1, 2]);
		await turns(2);
		expect(fill(writer)).toBe(2);
		expect([...reader.readBatch(), ...reader.readBatch()]).toEqual([3, 0, 0, 1]);
	});

	test('are not delivered twice: the next reader does not get a message that was handed out a turn before a crash', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const child = new ChildPeer();
		await child.ask({ do: 'open reader', name: channel.name });
		await writer.whenConnected();
		writer.tryWriteBatch([0, 1, 2, 3]);
		expect(await child.ask({ do: 'read', count: 2 })).toEqual([0, 1]);
		await child.ask({ do: 'connected' }); // so the turn in which it read is over
		await child.kill();
		expect(await readerOf(channel).read()).toBe(2);
	});
});

test('a message that is undefined is a message', async () => {
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: structured<unknown>() }));
	writer.tryWriteBatch([undefined, undefined, 1]);
	expect(reader.readBatch()).toEqual([undefined, undefined, 1]);
	expect(reader.stats.messages).toBe(3);
});

test('with latest only the newest is given, and the others are counted as lost', async () => {
	const { writer, reader } = await pairOf(numbers({ overflow: 'latest' }));
	const lost: number[] = [];
	reader.on('lost', ({ count }) => lost.push(count));
	for (let i = 0; i < 10; i++) writer.tryWrite(i);
	expect(reader.available).toBe(1);
	expect(reader.tryRead()).toBe(9);
	writer.tryWriteBatch([10, 11]);
	expect(reader.readBatch()).toEqual([11]);
	expect(lost).toEqual([9, 1]);
	expect(reader.stats).toMatchObject({ messages: 2, lost: 10 });
});

test('delivered and lost add up to published when the reader is lapped, and each loss is emitted before the message behind it', async () => {
	const channel = numbers({ overflow: 'drop-oldest', capacity: 64 * 1024, depth: 16 });
	const { writer, reader } = await pairOf(channel);
	let next = 0;
	let told = 0;
	reader.on('lost', ({ count }) => {
		next += count;
		told += count;
	});
	let delivered = 0;
	for (let i = 0; i < 1000; i++) {
		writer.tryWrite(i);
		if (i % 37 !== 0) continue;
		for (let message = reader.tryRead(); message !== undefined; message = reader.tryRead()) {
			expect(message).toBe(next++);
			delivered++;
		}
	}
	for (const message of reader.readBatch()) {
		expect(message).toBe(next++);
		delivered++;
	}
	expect(delivered + told).toBe(1000);
	expect(reader.stats).toMatchObject({ messages: delivered, lost: told });
});

test('a batch never goes over a loss', async () => {
	const channel = numbers({ overflow: 'drop-oldest', capacity: 64 * 1024, depth: 8 });
	const [one, two] = [writerOf(channel), writerOf(channel)];
	const reader = readerOf(channel);
	await reader.whenConnected(2);
	let lost = 0;
	reader.on('lost', ({ count }) => {
		lost += count;
	});
	for (let i = 0; i < 20; i++) {
		one.tryWrite(i);
		two.tryWrite(1000 + i);
	}
	const seen: number[] = [];
	while (reader.available > 0) seen.push(...reader.readBatch());
	expect(seen.length + lost).toBe(40);
	expect(seen.filter((message) => message < 1000).at(-1)).toBe(19);
	expect(seen.filter((message) => message >= 1000).at(-1)).toBe(1019);
});

describe('readBatch that begins with what cannot be decoded', () => {
	const open = () => {
		const name = uniqueName();
		const channels = { out: defineChannel({ name, codec: { ...utf8(), id: 'json' }, ...tiny }) };
		const writer = writerOf(channels.out);
		const reader = readerOf(defineChannel({ name, codec: json<number>() }));
		return { writer, reader };
	};

	test('gives the room of that message back', async () => {
		const { writer, reader } = open();
		await writer.whenConnected();
		expect(writer.tryWriteBatch(['{', '1', '2'])).toBe(2);
		expect(await codeOf(() => reader.readBatch())).toBe('ERR_RINGWIRE_DECODE');
		expect(writer.tryWrite('2')).toBe(true);
	});

	test('emits the events behind it even if no call reads on', async () => {
		const { writer, reader } = open();
		await writer.whenConnected();
		writer.tryWriteBatch(['1', '{']);
		const told: string[] = [];
		reader.on('disconnect', ({ reason }) => told.push(reason));
		expect(await reader.read()).toBe(1);
		await writer.close({ lingerMs: 0 });
		await turns(10);
		expect(told).toEqual([]);
		expect(await codeOf(() => reader.readBatch())).toBe('ERR_RINGWIRE_DECODE');
		await until(() => told.length > 0);
	});
});
