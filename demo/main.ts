/**
 * ringwire on real data in about twenty seconds: `npm run demo`.
 *
 * First a large file goes from one process to another, through a channel and, for comparison, through a unix socket. Then one process
 * publishes measurements of this machine and others read them as RxJS Observables. One of them joins late and one is killed.
 *
 * The exit status is 0 if all checks are good, 1 if one is not or the demo failed, 2 if it did not end by its deadline, and 130 after a signal.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll } from './child.js';
import { filePart, sizeOf, startFileProcesses } from './file-part.js';
import { measurementsPart, startMeasurementProcesses } from './measurements-part.js';
import { type Check, failedChecks, heading, printChecks } from './print.js';
import { settings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'ringwire-demo-'));
let ending: Promise<never> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));

let part = 'the start of its processes';
setTimeout(() => {
	console.error(
		`\nThe demo did not end within ${settings.deadlineSeconds} s. It was in ${part}. Is the machine busy?`,
	);
	void end(2);
}, settings.deadlineSeconds * 1000).unref();

// The channels of the demo are in a folder of their own. The processes that it starts inherit the variable.
const channels = join(folder, 'channels');
mkdirSync(channels, { mode: 0o700 });
process.env.RINGWIRE_DIR = channels;

try {
	sizeOf(settings.file);
	const checks: Check[] = [];
	// All at once and before the first part, so that no start is in a measured time.
	const [fileProcesses, measurementProcesses] = [startFileProcesses(), startMeasurementProcesses()];
	const processes = [...Object.values(fileProcesses), ...Object.values(measurementProcesses)];
	await Promise.all(processes.map(({ started }) => started));
	begin('1', 'A file through a channel, with the streams of Node');
	checks.push(...(await filePart(folder, settings, fileProcesses)));
	begin('2', 'Measurements as an Observable, with RxJS');
	checks.push(...(await measurementsPart(settings, measurementProcesses)));
	const left = readdirSync(channels);
	checks.push({ what: 'nothing is left behind on the disk', good: left.length === 0, details: left.join(', ') });
	heading('=', 'Summary');
	printChecks(checks);
	await end(failedChecks(checks) === 0 ? 0 : 1);
} catch (error) {
	// After a signal or the deadline the demo itself has killed its processes, and the failure is a consequence.
	if (ending === undefined) console.error('\nThe demo failed:', error);
	await end(1);
}

function begin(mark: string, title: string): void {
	part = `part ${mark}`;
	heading(mark, title);
}

/** The first call decides the status. */
function end(status: number): Promise<never> {
	ending ??= leave(status);
	return ending;
}

async function leave(status: number): Promise<never> {
	await killAll();
	rmSync(folder, { recursive: true, force: true });
	process.exit(status);
}
