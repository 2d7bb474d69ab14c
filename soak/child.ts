/** A process of the soak. It has a stage in its main thread, and perhaps one in a worker thread. `child.js TASK-AS-JSON`. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { TerminationMark } from './diary.js';
import type { Answer, Holdings, Order, Task } from './protocol.js';
import { Stage } from './stage.js';

const task: Task = JSON.parse(process.argv[2] ?? '');
const inThread = task.parts.filter(({ thread }) => thread);
/** The number of threads whose answer of that type is still missing. */
const missing = new Map<Answer['type'], number>();
/** The condition that each thread waits for. */
const waits = { main: '', worker: '' };

process.on('message', (order: Order) => obey(order));
// Without a conductor no other process ends this one.
process.on('disconnect', () => process.exit(1));

let worker = inThread.length === 0 ? undefined : startWorker();
const main = new Stage({ ...task, parts: task.parts.filter(({ thread }) => !thread) }, (answer) =>
	collect('main', answer),
);

function startWorker(): Worker {
	const workerData: Task = { ...task, seed: task.seed ^ 1, parts: inThread };
	return new Worker(new URL('./thread.js', import.meta.url), { workerData })
		.on('message', (answer: Answer) => collect('worker', answer))
		.on('error', (error) => {
			throw error;
		});
}

function obey(order: Order): void {
	switch (order.type) {
		case 'measure':
			void measure().then((holdings) => send({ type: 'measured', holdings }));
			break;
		case 'terminate':
			void terminate();
			break;
		case 'shut down':
		case 'write late':
		case 'read late':
			main.obey(order);
			break;
		default:
			missing.clear();
			main.obey(order);
			worker?.postMessage(order);
	}
}

/** Passes an answer on when all threads have given it. */
function collect(from: keyof typeof waits, answer: Answer): void {
	switch (answer.type) {
		case 'counts':
			waits[from] = answer.waitsFor;
			send({ ...answer, waitsFor: Object.values(waits).join(' ').trim() });
			break;
		case 'open':
		case 'met':
		case 'rested':
		case 'closed': {
			const left = (missing.get(answer.type) ?? (worker === undefined ? 1 : 2)) - 1;
			missing.set(answer.type, left);
			if (left > 0) break;
			send(answer);
			if (answer.type === 'closed') leave();
			break;
		}
		default:
			send(answer);
	}
}

/** Terminates the worker thread in the middle of anything, and closes the parts of the main thread. */
async function terminate(): Promise<void> {
	const mark = new TerminationMark(task.folder, process.pid);
	mark.set('begun');
	await worker?.terminate();
	mark.set('done');
	worker = undefined;
	missing.clear();
	main.obey({ type: 'close' });
}

function leave(): void {
	process.removeAllListeners('disconnect');
	process.disconnect();
}

async function measure(): Promise<Holdings> {
	for (let i = 0; i < 4; i++) {
		global.gc?.();
		await pause(50);
	}
	const { rss, heapUsed, external } = process.memoryUsage();
	const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
	return {
		descriptors: readdirSync('/proc/self/fd').map(kindOf).sort(),
		mappings: maps.filter((line) => line.includes('memfd:')).length,
		rssBytes: rss,
		heapBytes: heapUsed,
		externalBytes: external,
	};
}

/** A file's path, or the kind of a kernel object without its number. */
function kindOf(descriptor: string): string {
	try {
		return readlinkSync(`/proc/self/fd/${descriptor}`).replace(/\d+/g, '0');
	} catch {
		// That of the listing itself.
		return 'closed';
	}
}

function send(message: Answer): void {
	process.send?.(message);
}
