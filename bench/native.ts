/** The limits: programs in C++ on the same core, without Node, and an empty call into an addon. Built when the benchmark starts. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Outcome, Session } from './session.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'build/bench/native');

/** By name: the program's arguments before size and count; undefined: a call into the addon. */
export const programs: ReadonlyMap<string, readonly string[] | undefined> = new Map([
	['native, single', ['pair', 'single']],
	['native, batch', ['pair', 'batch']],
	['native, round trip', ['pair', 'round-trip']],
	['memcpy, one thread', ['memory-copy', 'one-thread']],
	['memcpy, two processes', ['memory-copy', 'two-processes']],
	['empty N-API call', undefined],
]);

/** Resolves with undefined, or with the reason why the limits are missing. */
export async function buildNative(): Promise<string | undefined> {
	const nodeInclude = join(dirname(dirname(process.execPath)), 'include/node');
	const include = existsSync(nodeInclude) ? [`NODE_INCLUDE=${nodeInclude}`] : [];
	try {
		await promisify(execFile)('make', [
			'-s',
			'-k',
			'-j2',
			'-C',
			join(root, 'lib-native/bench'),
			`OUT=${built}`,
			...include,
		]);
		return undefined;
	} catch (error) {
		const { stderr = '' } = error as { stderr?: string };
		return stderr.split('\n').find((line) => line.includes('rror')) ?? String(error);
	}
}

/** Each run starts the program anew. It needs no warm-up. */
export class ProgramSession implements Session {
	readonly #name: string;
	readonly #size: number;
	readonly #folder: string;

	constructor(name: string, size: number, folder: string) {
		this.#name = name;
		this.#size = size;
		this.#folder = folder;
	}

	async run(count: number): Promise<Outcome> {
		const args = programs.get(this.#name);
		if (args === undefined) return emptyCalls(count);
		const [program = '', ...rest] = args;
		const path = join(built, program);
		if (!existsSync(path)) throw new Error('the program is not built');
		return JSON.parse(await outputOf(path, [...rest, String(this.#size), String(count), this.#folder]));
	}

	async close(): Promise<void> {}
}

function outputOf(path: string, args: readonly string[]): Promise<string> {
	return new Promise((resolve, reject) => {
		let output = '';
		const child = spawn(path, args, {
			stdio: ['ignore', 'pipe', 'inherit'],
			timeout: 30_000,
			killSignal: 'SIGKILL',
		});
		child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
		child.on('error', reject);
		child.on('close', (code, signal) => {
			if (code === 0) resolve(output);
			else reject(new Error(`the program ended with ${code ?? signal}`));
		});
	});
}

function emptyCalls(count: number): Outcome {
	const { emptyCall } = createRequire(import.meta.url)(join(built, 'empty-call.node')) as { emptyCall: () => void };
	const cpu = process.cpuUsage();
	const start = performance.now();
	for (let done = 0; done < count; done++) emptyCall();
	const seconds = (performance.now() - start) / 1000;
	const { user, system } = process.cpuUsage(cpu);
	return { messages: count, seconds, writeSeconds: seconds, delivered: count, cpuMicros: user + system };
}
