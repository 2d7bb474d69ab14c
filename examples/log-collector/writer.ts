import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { writeLog } from './write-log.js';

const entries = 2000;

if (isMainThread) {
	const [source = 'program', worker] = process.argv.slice(2);
	// The same file once more, in a thread of this process.
	if (worker === 'and-worker') new Worker(fileURLToPath(import.meta.url), { workerData: `${source}, worker` });
	await writeLog(source, entries);
} else {
	await writeLog(String(workerData), entries);
}
