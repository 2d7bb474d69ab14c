import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Run {
	readonly status: number | NodeJS.Signals | null;
	readonly output: string;
	readonly errors: string;
}

/** Runs a program such as `examples/ticks/main`, compiled by the set-up, to its end. */
export async function runCompiled(program: string, ...args: string[]): Promise<Run> {
	const file = fileURLToPath(new URL(`../../build/programs/${program}.js`, import.meta.url));
	if (!existsSync(file)) throw new Error(`${file} is missing: npm run set-up`);
	const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
	const [output, errors, [code, signal]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, 'close'),
	]);
	return { status: code ?? signal, output, errors };
}
