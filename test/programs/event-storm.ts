/**
 * Terminates workers while they open, close and emit events without end, and then exits with 0. The arguments are a
 * channel and how many.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { defineChannel, openReader, openWriter } from 'ringwire';

const program = fileURLToPath(import.meta.url);
const [, , name = String(workerData), count = '0'] = process.argv;
const channel = defineChannel({ name, capacity: 64 * 1024, overflow: 'drop-oldest' });

if (isMainThread) await terminateWorkers();
else keepBusy();

function keepBusy(): void {
	const writer = openWriter(channel);
	writer.on('connect', () => {}).on('disconnect', () => {});
	setInterval(() => openReader(channel)[Symbol.dispose](), 0);
}

async function terminateWorkers(): Promise<void> {
	const storm = setInterval(() => {
		for (let i = 0; i < 4; i++) {
			const reader = openReader(channel);
			setTimeout(() => reader[Symbol.dispose](), 1);
		}
	}, 1);
	for (let i = 0; i < Number(count); i += 2) await Promise.all([terminateOne(), terminateOne()]);
	clearInterval(storm);
}

/** At a moment of chance: the time is not for anything to be ready. */
async function terminateOne(): Promise<void> {
	const worker = new Worker(program, { workerData: name, argv: [name] });
	await once(worker, 'online');
	await pause(25 + Math.random() * 20);
	await worker.terminate();
}
