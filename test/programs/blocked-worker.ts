/** A worker thread that blocks for ever in a call on a channel, see test/sync-worker.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { defineChannel, json, openReader, openWriter } from 'ringwire';

const { name, does } = workerData as { name: string; does: 'readSync' | 'writeSync' };
const channel = defineChannel({ name, codec: json<number>(), capacity: 64 * 1024, depth: 2 });
if (does === 'readSync') {
	const reader = openReader(channel);
	parentPort?.postMessage('blocks');
	reader.readSync();
} else {
	const writer = openWriter(channel);
	parentPort?.postMessage('blocks');
	for (let i = 0; ; i++) writer.writeSync(i);
}
