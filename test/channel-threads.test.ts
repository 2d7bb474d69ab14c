import { defineChannel, json } from 'ringwire';
import { describe, expect, it } from 'vitest';
import { readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { startThread } from './support/threads.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const depth = 64;
const threads = () => defineChannel({ name: uniqueName(), codec: json<number>(), capacity: 64 * 1024, depth });
const count = 20_000;
const all = [...Array(count).keys()];

describe('worker threads of one process', () => {
	it.each(['read', 'readSync'] as const)(
		'a worker gets everything that the main thread writes, by %s',
		async (does) => {
			const channel = threads();
			const thread = startThread({ channel: channel.name, depth, does, count });
			const writer = writerOf(channel);
			await writer.whenConnected();
			expect(writer.peers).toMatchObject([{ pid: process.pid, role: 'reader' }]);
			for (const number of all) await writer.write(number);
			writer.end();
			expect(await thread.done).toMatchObject({ code: undefined, read: all, events: ['end'] });
		},
	);

	it.each(['write', 'writeSync'] as const)(
		'the main thread gets everything that a worker writes, by %s',
		async (does) => {
			const channel = threads();
			const reader = readerOf(channel);
			const thread = startThread({ channel: channel.name, depth, does, count });
			const read: number[] = [];
			for await (const number of reader) read.push(number);
			expect(read).toEqual(all);
			expect((await thread.done).code).toBe(undefined);
		},
	);

	it('two workers talk to each other while the main thread does something else', async () => {
		const channel = threads();
		const writer = startThread({ channel: channel.name, depth, does: 'writeSync', count });
		const reader = startThread({ channel: channel.name, depth, does: 'readSync', count });
		expect((await reader.done).read).toEqual(all);
		expect((await writer.done).code).toBe(undefined);
	});

	it('each worker is a peer of its own, and one that is terminated is reported as gone', async () => {
		const channel = threads();
		const reader = readerOf(channel);
		const workers = [0, 1, 2].map(() => startThread({ channel: channel.name, depth, does: 'write', count: 1e9 }));
		await reader.whenConnected(3);
		expect(new Set(reader.peers.map(({ id }) => id)).size).toBe(3);
		const gone = new Promise<void>((resolve) => {
			let left = 3;
			reader.on('disconnect', () => {
				if (--left === 0) resolve();
			});
		});
		const reading = (async () => {
			for await (const _ of reader) if (reader.peers.length === 0) break;
		})();
		for (const { worker } of workers) await worker.terminate();
		await gone;
		await reader.close();
		await reading;
	});
});
