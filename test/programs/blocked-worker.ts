/** A worker thread that waits for ever on a channel, blocked in a call or not: see test/sync-worker.test.ts and test/worker-termination.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { defineChannel, json, openReader, openWriter } from 'ringwire';

const { name, does } = workerData as { name: string; does: 'readSync' | 'writeSync' | 'write' | 'flush' | 'close' };
const channel = defineChannel({ name, codec: json<number>(), capacity: 64 * 1024, depth: 2 });
if (does === 'readSync') {
	const reader = openReader(channel);
	parentPort?.postMessage('blocks');
	reader.readSync();
} else if (does === 'write' || does === 'flush' || does === 'close') {
	const writer = openWriter(channel);
	for (let i = 0; writer.tryWrite(i); i++);
	const waiting = {
		write: () => writer.write(-1),
		flush: () => writer.flush(),
		close: () => writer.close({ lingerMs: 1e9 }),
	};
	const pending = waiting[does]();
	parentPort?.postMessage('blocks');
	await pending;
} else {
	const writer = openWriter(channel);
	parentPort?.postMessage('blocks');
	for (let i = 0; ; i++) writer.writeSync(i);
}
