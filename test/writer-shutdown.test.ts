/** Calls between the moment at which the addon receives a shutdown and the event that reports it. */
import { describe, expect, test } from 'vitest';
import { codeOf, fill, numbers, pairOf, readerOf, tiny, type writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

const closedCode = 'ERR_RINGWIRE_CLOSED';

/** A writer whose addon has received a shutdown during a blocking call of another handle. No event has been emitted. */
async function shutDownUnawares({ full = false } = {}) {
	const channel = numbers(tiny);
	const { writer, reader } = await pairOf(channel);
	const initiator = readerOf(channel, { lossy: true });
	await Promise.all([initiator.whenConnected(), writer.whenConnected(2)]);
	const events: string[] = [];
	writer.on('shutdown', ({ type }) => events.push(type)).on('close', ({ type }) => events.push(type));
	if (full) fill(writer);
	initiator.shutdown();
	// The message waits in the writer's socket, and a blocking call serves all handles of its thread.
	expect(() => readerOf(numbers()).readSync({ timeoutMs: 1 })).toThrow(/within 1 ms/);
	return { writer, reader, events };
}

type Numbers = ReturnType<typeof writerOf<number>>;

const calls = {
	tryWrite: (writer) => writer.tryWrite(1),
	tryWriteBatch: (writer) => writer.tryWriteBatch([1, 2]),
	write: (writer) => writer.write(1),
	writeSync: (writer) => writer.writeSync(1),
} satisfies Record<string, (writer: Numbers) => unknown>;

describe.each(Object.entries(calls))('%s before the event of a shutdown', (_, call) => {
	test('fails with CLOSED, closed is true from then on, and the events follow', async () => {
		const { writer, events } = await shutDownUnawares();
		expect(events).toEqual([]);
		expect(await codeOf(() => call(writer))).toBe(closedCode);
		expect(writer.closed).toBe(true);
		await until(() => events.length === 2);
		expect(events).toEqual(['shutdown', 'close']);
	});

	test('names the shutdown', async () => {
		const { writer } = await shutDownUnawares();
		const failure = Promise.resolve().then(() => call(writer));
		await expect(failure).rejects.toThrow(/the channel has been shut down/);
	});

	test('in a listener of the shutdown fails with CLOSED, and closed is true', async () => {
		const { writer } = await shutDownUnawares();
		const seen: unknown[] = [];
		writer.once('shutdown', () => {
			const code = codeOf(() => call(writer));
			seen.push(writer.closed);
			void code.then((found) => seen.push(found));
		});
		await until(() => seen.length === 2);
		expect(seen).toEqual([true, closedCode]);
	});
});

test('flush before the event of a shutdown rejects with CLOSED if a message is unread', async () => {
	const { writer, reader } = await shutDownUnawares({ full: true });
	expect(await codeOf(() => writer.flush())).toBe(closedCode);
	expect(writer.closed).toBe(true);
	expect(reader.readBatch()).toEqual([0, 1]);
});

test('flush before the event of a shutdown resolves if everything has been read', async () => {
	const { writer } = await shutDownUnawares();
	expect(await codeOf(() => writer.flush())).toBe(undefined);
});

test('close before the event of a shutdown resolves with what is unread', async () => {
	const { writer } = await shutDownUnawares({ full: true });
	expect(await writer.close({ lingerMs: 2 ** 31 - 1 })).toEqual({ unread: 2, readers: expect.any(Number) });
});

test('the other calls after a write has failed: flush fails too, end and shutdown do nothing', async () => {
	const { writer, events } = await shutDownUnawares();
	expect(() => writer.tryWrite(1)).toThrow();
	expect(await codeOf(() => writer.flush())).toBe(closedCode);
	expect(await codeOf(() => writer.whenConnected())).toBe(closedCode);
	writer.end();
	writer.shutdown();
	await writer.whenClosed();
	await until(() => events.length === 2);
	expect(events).toEqual(['shutdown', 'close']);
});
