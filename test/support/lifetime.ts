import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { turns } from './pair.js';
import { uniqueName } from './unique-name.js';

setFlagsFromString('--expose-gc');

/** Collects garbage once. */
export const collect: () => void = runInNewContext('gc');

/** Collects garbage, and lets the loop turn, until the condition holds; gives up after 200 times. */
export async function collectUntil(condition: () => boolean): Promise<void> {
	for (let i = 0; i < 200 && !condition(); i++) {
		await turns(2);
		collect();
	}
}

/** Milliseconds that a process has to end by itself on a busy machine, below the time-out of a test. */
const patient = 45_000;

/** Runs a program of test/programs that does `what` on a channel of its own, and expects it to end having printed this: 'alive' if its loop still turns after a while. */
export async function expectToPrint(program: string, what: string, expected: string): Promise<void> {
	const path = fileURLToPath(new URL(`../../build/programs/test/programs/${program}.js`, import.meta.url));
	const millis = expected === '' ? patient : 300;
	const args = [path, what, uniqueName(), String(millis)];
	const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
	expect(stdout.trim()).toBe(expected);
	expect(stderr).toBe('');
}
