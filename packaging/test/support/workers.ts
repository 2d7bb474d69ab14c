/** Two worker threads that write to their main thread, as programs in CommonJS. */
import type { Files, Result } from './project.js';

/** The result of `workers.cjs`. */
export const workersSuccess: Result = { status: 0, output: '[1,2]\n', errors: '' };

/** `worker` is the expression for the file of the worker. `prefix` begins both programs. */
export function workersPrograms(worker: string, prefix = ''): Files {
	return {
		'workers.cjs': `${prefix}
			const path = require('node:path');
			const { Worker } = require('node:worker_threads');
			const { defineChannel, json, openReader } = require('ringwire');
			async function main() {
				const name = 'workers-' + process.pid;
				const reader = openReader(defineChannel({ name, codec: json() }), { until: 'closed' });
				for (const id of [1, 2]) new Worker(${worker}, { workerData: { name, id } });
				const ids = [(await reader.read()).id, (await reader.read()).id];
				await reader.close();
				console.log(JSON.stringify(ids.sort()));
			}
			main();`,
		'worker.cjs': `${prefix}
			const { workerData } = require('node:worker_threads');
			const { defineChannel, json, openWriter } = require('ringwire');
			async function main() {
				const writer = openWriter(defineChannel({ name: workerData.name, codec: json() }));
				await writer.whenConnected();
				await writer.write({ id: workerData.id });
				writer.end();
				await writer.close();
			}
			main();`,
	};
}
