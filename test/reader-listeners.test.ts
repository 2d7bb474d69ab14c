/** Calls of a listener in the middle of a read, in the event before the next message. */
import { once } from 'node:events';
import { openReader } from 'ringwire';
import { fromChannel, latestFrom } from 'ringwire/observables';
import { createReadStream } from 'ringwire/streams';
import { describe, expect, test } from 'vitest';
import { fill, numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

const reason = new Error('enough');
const lapping = { ...tiny, overflow: 'drop-oldest' } as const;

/** A reader whose next message comes behind a `lost` that it has not been told yet, as soon as `lap` is called. */
async function lappedPair(signal?: AbortSignal) {
	const channel = numbers(lapping);
	const writer = writerOf(channel);
	const reader = openReader(channel, { signal });
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	const lap = () => {
		for (let message = 1; message <= 10; message++) writer.tryWrite(message);
	};
	return { writer, reader, lap };
}

describe.each(['at once', 'after it has waited'])('a read that finds something %s', (when) => {
	const finding = async <R>(lap: () => void, read: () => Promise<R>): Promise<R> => {
		if (when === 'at once') {
			lap();
			return read();
		}
		const pending = read();
		pending.catch(() => {});
		await turns(3);
		lap();
		return pending;
	};

	test('rejects when a listener aborts it, and the message stays for the next one', async () => {
		const { reader, lap } = await lappedPair();
		const abort = new AbortController();
		reader.once('lost', () => abort.abort(reason));
		await expect(finding(lap, () => reader.read({ signal: abort.signal }))).rejects.toBe(reason);
		expect(reader.available + reader.stats.lost).toBe(10);
		expect(await reader.read()).toBe(reader.stats.lost + 1);
		await reader.close();
	});

	test('rejects with the reason when a listener aborts the reader itself', async () => {
		const abort = new AbortController();
		const { reader, lap } = await lappedPair(abort.signal);
		reader.once('lost', () => abort.abort(reason));
		await expect(finding(lap, () => reader.read())).rejects.toBe(reason);
		await expect(reader.read()).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED', cause: reason });
	});

	test('of an iterator does not look like the end when a listener aborts it, and loses nothing', async () => {
		const { reader, lap } = await lappedPair();
		const abort = new AbortController();
		const iterator = reader.iterate({ signal: abort.signal, keepOpen: true });
		reader.once('lost', () => abort.abort(reason));
		await expect(finding(lap, () => iterator.next())).rejects.toBe(reason);
		expect(await iterator.next()).toEqual({ done: true, value: undefined });
		expect(await reader.read()).toBe(reader.stats.lost + 1);
		await reader.close();
	});

	test('of an iterator loses nothing when a listener leaves it', async () => {
		const { reader, lap } = await lappedPair();
		const iterator = reader.iterate({ keepOpen: true });
		reader.once('lost', () => void iterator.return?.());
		expect(await finding(lap, () => iterator.next())).toEqual({ done: true, value: undefined });
		expect(await reader.read()).toBe(reader.stats.lost + 1);
		await reader.close();
	});
});

test('a listener that reads while a read takes its message gets BUSY, and that read goes on', async () => {
	const { writer, reader } = await pairOf(numbers(lapping));
	const pending = reader.read();
	await turns(3);
	const told: unknown[] = [];
	reader.once('lost', () => void reader.read().catch(({ code }) => told.push(code)));
	for (let message = 1; message <= 10; message++) writer.tryWrite(message);
	expect(await pending).toBe(reader.stats.lost + 1);
	await turns();
	expect(told).toEqual(['ERR_RINGWIRE_BUSY']);
});

describe('an adapter on a reader that stays open loses no message', () => {
	test.each([fromChannel, latestFrom])('when the last subscriber leaves in a listener: %o', async (observe) => {
		const { reader, lap } = await lappedPair();
		const subscription = observe(reader, { keepOpen: true }).subscribe();
		reader.once('lost', () => subscription.unsubscribe());
		await turns(3);
		lap();
		await until(() => subscription.closed);
		expect(reader.closed).toBe(false);
		expect(reader.available + reader.stats.lost).toBe(10);
		await reader.close();
	});

	test('when a listener destroys the stream', async () => {
		const { reader, lap } = await lappedPair();
		const stream = createReadStream(reader, { keepOpen: true });
		reader.once('lost', () => stream.destroy());
		stream.resume();
		await turns(3);
		lap();
		await once(stream, 'close');
		expect(reader.available + reader.stats.lost).toBe(10);
		await reader.close();
	});
});

test('the last event of a peer is emitted after its first, also when a listener waits for room meanwhile', async () => {
	const channel = numbers(tiny);
	const writer = writerOf(channel);
	fill(writer);
	const log: string[] = [];
	const readers = [readerOf(channel), readerOf(channel)];
	writer.on('disconnect', ({ peer }) => log.push(`disconnect ${peer.id}`));
	writer.on('connect', ({ peer }) => {
		log.push(`connect ${peer.id}`);
		for (const reader of readers) reader[Symbol.dispose]();
		// Blocks the thread, serving its links: it finds out that the readers are gone.
		expect(() => writer.writeSync(1, { timeoutMs: 50 })).toThrow('no room');
	});
	// Serves all handles of the thread, and tells no other of them anything: the loop will tell both arrivals together.
	expect(() => readerOf(numbers()).readSync({ timeoutMs: 50 })).toThrow('nothing to read');
	await until(() => log.length === 4);
	expect(writer.peers).toEqual([]);
	const ids = [...new Set(log.map((entry) => entry.split(' ')[1]))];
	for (const id of ids) expect(log.indexOf(`connect ${id}`)).toBeLessThan(log.indexOf(`disconnect ${id}`));
});
