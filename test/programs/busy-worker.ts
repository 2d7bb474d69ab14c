/** A worker thread that writes until it is terminated, in the middle of whatever it does then. */
import { parentPort, workerData } from 'node:worker_threads';
import { defineChannel, openWriter, utf8 } from 'ringwire';

const { name, label } = workerData as { name: string; label: string };
const writer = openWriter(defineChannel({ name, codec: utf8(), capacity: 64 * 1024, depth: 64 }));
await writer.whenConnected();
for (let index = 0; ; index++) {
	await writer.write(`${label} ${index}`);
	if (index === 10) parentPort?.postMessage('busy');
}
