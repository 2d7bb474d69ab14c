/** Starts test/programs/thread, compiled by the set-up, as worker threads of this process. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { ThreadReport, ThreadTask } from './thread-task.js';

const program = fileURLToPath(new URL('../../build/programs/test/programs/thread.js', import.meta.url));

export interface Thread {
	readonly worker: Worker;
	/** Resolves when it has a peer. */
	readonly connected: Promise<void>;
	readonly done: Promise<ThreadReport>;
}

/** Terminated at the end of the test at the latest. */
export function startThread(task: ThreadTask): Thread {
	if (!existsSync(program)) throw new Error(`${program} is missing: npm run set-up`);
	const worker = new Worker(program, { workerData: task });
	onTestFinished(() => void worker.terminate());
	const heard = <M>(type: string) =>
		new Promise<M>((resolve, reject) => {
			worker.on('message', (message: M & { readonly type: string }) => {
				if (message.type === type) resolve(message);
			});
			worker.on('error', reject);
			worker.on('exit', () => reject(new Error(`the thread ended before it said "${type}"`)));
		});
	const connected = heard<void>('connected');
	const done = heard<ThreadReport>('done');
	connected.catch(() => {});
	done.catch(() => {});
	return { worker, connected, done };
}
