import { describe, expect, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { numbers, readerOf, tiny, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

describe('readSync', () => {
	test('blocks until another process writes, and gives undefined at the end', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const child = new ChildPeer();
		await child.ask({ do: 'open writer', name: channel.name, connected: true });
		const writing = child.ask({ do: 'write', from: 0, count: 20_000 });
		for (let i = 0; i < 20_000; i++) expect(reader.readSync()).toBe(i);
		await writing;
		const ending = child.ask({ do: 'end' });
		expect(reader.readSync()).toBe(undefined);
		expect(reader.closed).toBe(true);
		await ending;
	});

	test('throws TIMEOUT without a message, and the reader goes on', async () => {
		const reader = readerOf(numbers());
		const error = { code: 'ERR_RINGWIRE_TIMEOUT', message: expect.stringContaining('2 ms') };
		expect(() => reader.readSync({ timeoutMs: 2 })).toThrow(expect.objectContaining(error));
		expect(() => reader.readSync({ timeoutMs: -1 })).toThrow(/^timeoutMs: got -1/);
		expect(reader.tryRead()).toBe(undefined);
	});
});

test('writeSync blocks until another process makes room', async () => {
	const channel = numbers(tiny);
	const writer = writerOf(channel);
	const child = new ChildPeer();
	await child.ask({ do: 'open reader', name: channel.name });
	await Promise.all([writer.whenConnected(), child.ask({ do: 'connected' })]);
	const reading = child.ask({ do: 'read', count: 5000 });
	for (let i = 0; i < 5000; i++) writer.writeSync(i);
	expect(await reading).toEqual([...Array(5000).keys()]);
});

describe('the options of a blocking call', () => {
	test('polls for spinMicros before it sleeps', () => {
		const reader = readerOf(numbers());
		const timedOut = expect.objectContaining({ code: 'ERR_RINGWIRE_TIMEOUT' });
		// A call that sleeps looks up every 100 ms, one that polls only at its end.
		expect(() => reader.readSync({ spinMicros: 1_000_000, timeoutMs: 350 })).toThrow(timedOut);
		const { sleeps } = reader.stats;
		expect(sleeps).toBeLessThan(3);
		expect(() => reader.readSync({ timeoutMs: 350 })).toThrow(timedOut);
		expect(reader.stats.sleeps).toBeGreaterThanOrEqual(sleeps + 3);
	});

	test('tries once with a timeoutMs of 0, and refuses what is out of range', () => {
		const channel = numbers(tiny);
		const writer = writerOf(channel);
		writer.writeSync(0, { timeoutMs: 0 });
		writer.writeSync(1, { timeoutMs: 0, spinMicros: 1000 });
		const timedOut = expect.objectContaining({ code: 'ERR_RINGWIRE_TIMEOUT' });
		expect(() => writer.writeSync(2, { timeoutMs: 0, spinMicros: 1000 })).toThrow(timedOut);
		expect(() => writer.writeSync(2, { spinMicros: -1 })).toThrow(/^spinMicros: got -1/);
		expect(() => writer.writeSync(2, { timeoutMs: Number.NaN })).toThrow(/^timeoutMs: got NaN/);
	});
});
