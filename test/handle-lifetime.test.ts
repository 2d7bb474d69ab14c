import { readdirSync, readFileSync } from 'node:fs';
import { bytes, defineChannel, openReader, openWriter } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { collect, collectUntil, expectToPrint } from './support/lifetime.js';
import { numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

const folder = useTemporaryFolder();

describe('the process', () => {
	test.each([
		['open reader', 'alive'],
		['open writer', 'alive'],
		['open reader, unref', ''],
		['open writer, unref', ''],
		['open reader, unref, ref', 'alive'],
		['open reader, close', ''],
		['open writer, close', ''],
		['open writer, dispose', ''],
		['unref, then read', ''],
		['linger', 'alive'],
		['unref, then linger', ''],
		['linger, then unref', ''],
		['linger unref, then ref', 'alive'],
		['end of the channel', ''],
		['leave the loop', ''],
		['abort', ''],
	])('%s: %j', (what, expected) => expectToPrint('lifetime', what, expected));
});

/** Shared memory in the address space of this process. */
function mappedBytes(): number {
	const mappings = readFileSync('/proc/self/maps', 'utf8').split('\n');
	return mappings
		.filter((mapping) => mapping.includes('memfd:ringwire'))
		.map((mapping) => mapping.split(/[- ]/, 2).map((address) => Number.parseInt(address, 16)))
		.reduce((sum, [begin = 0, end = 0]) => sum + end - begin, 0);
}

describe('a handle without references', () => {
	test('leaves the channel when it is collected', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		(() => openWriter(channel))();
		await reader.whenConnected();
		const pending = reader.read();
		pending.catch(() => {});
		await collectUntil(() => reader.peers.length === 0);
		expect(reader.peers).toEqual([]);
	});

	test('leaves it too when a signal, which lives on, could have closed it', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const abort = new AbortController();
		(() => openReader(channel, { signal: abort.signal }))();
		await writer.whenConnected();
		await collectUntil(() => writer.peers.length === 0);
		expect(writer.peers).toEqual([]);
		abort.abort();
	});

	test('is collected before many others are mapped: the size of their lanes counts for the garbage collector', async () => {
		const lanes = 300;
		const capacity = 8 << 20;
		let peak = 0;
		for (let i = 0; i < lanes; ++i) {
			openWriter(numbers(), { capacity });
			await turns(2);
			peak = Math.max(peak, mappedBytes());
		}
		expect(peak).toBeLessThan((lanes * capacity) / 2);
	});

	test('stays as long as a call waits for a message', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const pending = (() => openReader(channel).read())();
		const iterating = (() => openReader(channel)[Symbol.asyncIterator]().next())();
		await writer.whenConnected(2);
		for (let i = 0; i < 10; i++) {
			collect();
			await turns(2);
		}
		writer.tryWrite(5);
		expect(await pending).toBe(5);
		expect(await iterating).toEqual({ done: false, value: 5 });
		await collectUntil(() => writer.peers.length === 0);
		expect(writer.peers).toEqual([]);
	});

	test('stays as long as a write, a flush, a connection or the end of lingering is waited for', async () => {
		const channel = numbers({ capacity: 64 * 1024, depth: 2 });
		const waiting = (() => {
			const writer = openWriter(channel);
			writer.tryWriteBatch([0, 1]);
			const other = openWriter(channel);
			other.tryWrite(10);
			const third = openWriter(channel);
			third.tryWrite(20);
			return [
				writer.write(2),
				other.flush(),
				third.close({ lingerMs: 1_000_000 }),
				openWriter(channel).whenConnected(),
			];
		})();
		for (let i = 0; i < 10; i++) {
			collect();
			await turns(2);
		}
		const reader = readerOf(channel);
		const seen = new Set<number | undefined>();
		while (seen.size < 5) seen.add(await reader.read());
		await Promise.all(waiting);
		expect([...seen].sort()).toEqual([0, 1, 10, 2, 20]);
	});

	test('stays as long as it has a listener', async () => {
		const channel = numbers();
		const heard: string[] = [];
		(() => openWriter(channel).on('connect', ({ type }) => heard.push(type)))();
		for (let i = 0; i < 10; i++) {
			collect();
			await turns(2);
		}
		const reader = readerOf(channel);
		await reader.whenConnected();
		while (heard.length === 0) await turns();
		expect(heard).toEqual(['connect']);
		reader.shutdown();
	});
});

describe('whenConnected', () => {
	test('resolves when so many are there at the same time, and at once when they are', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const two = reader.whenConnected(2);
		writerOf(channel);
		await reader.whenConnected();
		expect(reader.peers.length).toBe(1);
		writerOf(channel);
		await two;
		expect(reader.peers.length).toBe(2);
		await reader.whenConnected(2);
		expect(Object.isFrozen(reader.peers)).toBe(true);
	});

	test.each([0, -1, 1.5, '1', null])('refuses a count of %j', async (count) => {
		const reader = readerOf(numbers());
		await expect(Reflect.apply(reader.whenConnected, reader, [count])).rejects.toThrow(/^count: got/);
	});

	test('rejects with CLOSED when the handle leaves, and with the reason when its signal made it leave', async () => {
		const reader = readerOf(numbers());
		const closed = expect(reader.whenConnected()).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
		await reader.close();
		await closed;
		const abort = new AbortController();
		const reason = new Error('enough');
		const aborted = expect(writerOf(numbers(), { signal: abort.signal }).whenConnected()).rejects.toBe(reason);
		abort.abort(reason);
		await aborted;
	});
});

test('a handle that using has disposed has left', async () => {
	const channel = numbers();
	const reader = readerOf(channel);
	{
		using writer = openWriter(channel);
		await using other = openWriter(channel);
		await reader.whenConnected(2);
		writer.tryWrite(1);
		other.tryWrite(2);
		expect([await reader.read(), await reader.read()].sort()).toEqual([1, 2]);
	}
	const pending = reader.read();
	while (reader.peers.length > 0) await turns();
	await reader.close();
	await expect(pending).rejects.toThrow();
});

test('stats stay readable after close, as they were', async () => {
	const { writer, reader } = await pairOf(numbers());
	writer.tryWriteBatch([0, 1, 2]);
	reader.tryRead();
	await Promise.all([reader.close(), writer.close({ lingerMs: 0 })]);
	expect(reader.stats).toMatchObject({ messages: 1, bytes: 1, lost: 0 });
	expect(writer.stats).toMatchObject({ messages: 3, bytes: 3, dropped: 0 });
	expect(reader.peers).toEqual([]);
	expect(reader.available).toBe(0);
	expect(writer.free).toBe(0);
});

test('nothing stays behind in the run-time folder when every endpoint has left', async () => {
	const channel = numbers();
	const { writer, reader } = await pairOf(channel);
	expect(readdirSync(folder)).toContain(channel.name);
	await Promise.all([reader.close(), writer.close()]);
	expect(readdirSync(folder)).not.toContain(channel.name);
});

test('a writer keeps no message that it has written, singly, in a batch or after a wait for room', async () => {
	const { writer, reader } = await pairOf(defineChannel({ ...tiny, name: uniqueName(), codec: bytes() }));
	const messages: WeakRef<Buffer>[] = [];
	const message = () => {
		const memory = Buffer.alloc(10_000);
		messages.push(new WeakRef(memory));
		return memory;
	};
	expect(writer.tryWrite(message())).toBe(true);
	expect(writer.tryWriteBatch([message()])).toBe(1);
	const written = writer.write(message());
	for (let count = 0; count < 3; count++) await reader.read();
	await written;
	expect(writer.tryWrite(message())).toBe(true);
	await collectUntil(() => messages.every((reference) => reference.deref() === undefined));
	expect(messages.map((reference) => reference.deref())).toEqual(Array(4).fill(undefined));
});
