/**
 * What ringwire is for, on real data and in about twenty seconds: `npm run demo`.
 *
 * First a large file goes from one process to another, through a channel and, for comparison, through a unix socket. Then one process
 * publishes measurements of this machine and others watch them as RxJS Observables, while one of them comes late and one is killed.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll } from './child.js';
import { filePart } from './file-part.js';
import { measurementsPart } from './measurements-part.js';
import { type Check, failedChecks, heading, printChecks } from './print.js';
import { settings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'ringwire-demo-'));
let ending: Promise<never> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));

// The channels of the demo live in a folder of their own, also for the processes that it starts.
const channels = join(folder, 'channels');
mkdirSync(channels, { mode: 0o700 });
process.env.RINGWIRE_DIR = channels;

try {
	const checks: Check[] = [];
	heading('1', 'A file through a channel, with the streams of Node');
	checks.push(...(await filePart(folder, settings)));
	heading('2', 'Measurements as an Observable, with RxJS');
	checks.push(...(await measurementsPart(settings)));
	const left = readdirSync(channels);
	checks.push({ what: 'nothing is left behind on the disk', good: left.length === 0, details: left.join(', ') });
	heading('=', 'Summary');
	printChecks(checks);
	await end(failedChecks(checks) === 0 ? 0 : 1);
} catch (error) {
	// After Ctrl-C it is we who killed the processes that are missed here.
	if (ending === undefined) console.error('\nThe demo failed:', error);
	await end(1);
}

/** Whoever calls it first decides. */
function end(status: number): Promise<never> {
	ending ??= leave(status);
	return ending;
}

async function leave(status: number): Promise<never> {
	await killAll();
	rmSync(folder, { recursive: true, force: true });
	process.exit(status);
}
