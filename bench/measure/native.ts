/** The limits: programs in C++ on the same core, without Node, and an addon, built when the benchmark starts; and loops in this process. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { emptyCalls, jsonAlone } from './loops.js';
import type { Outcome, Session } from './session.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const built = join(root, 'build/bench/native');

type Loop = (count: number) => Outcome;

/** By name: the program's arguments before size and count, or a loop in this process. */
export const programs: ReadonlyMap<string, readonly string[] | Loop> = new Map<string, readonly string[] | Loop>([
	['native, single', ['pair', 'single']],
	['native, batch', ['pair', 'batch']],
	['native, round trip', ['pair', 'round-trip']],
	['memcpy, one thread', ['memory-copy', 'one-thread']],
	['memcpy, two processes', ['memory-copy', 'two-processes']],
	['empty N-API call', (count) => emptyCalls(join(built, 'empty-call.node'), count)],
	['stringify and parse alone', jsonAlone],
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
		const args = programs.get(this.#name) ?? [];
		if (typeof args === 'function') return args(count);
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
