/** One side of a channel in a worker thread, see test/support/thread-task.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { defineChannel, json, openReader, openWriter, RingwireError } from 'ringwire';
import type { ThreadReport, ThreadTask } from '../support/thread-task.js';

const task = workerData as ThreadTask;
const channel = defineChannel({ name: task.channel, codec: json<number>(), capacity: 64 * 1024, depth: task.depth });
const report = { events: [] as string[], read: [] as number[] };

async function act(): Promise<void> {
	if (task.does === 'write' || task.does === 'writeSync') {
		const writer = openWriter(channel);
		writer.on('shutdown', ({ type }) => report.events.push(type));
		await writer.whenConnected();
		parentPort?.postMessage({ type: 'connected' });
		for (let i = 0; i < task.count; i++) {
			if (task.does === 'write') await writer.write(i);
			else writer.writeSync(i);
		}
		writer.end();
		await writer.close({ lingerMs: 2 ** 31 - 1 });
	} else {
		const reader = openReader(channel);
		reader.on('shutdown', ({ type }) => report.events.push(type)).on('end', ({ type }) => report.events.push(type));
		await reader.whenConnected();
		parentPort?.postMessage({ type: 'connected' });
		for (;;) {
			const message = task.does === 'read' ? await reader.read() : reader.readSync();
			if (message === undefined) break;
			report.read.push(message);
		}
	}
}

const code = await act().then(
	() => undefined,
	(error: unknown) => {
		if (error instanceof RingwireError) return error.code;
		throw error;
	},
);
const done: ThreadReport = { type: 'done', code, ...report };
parentPort?.postMessage(done);
