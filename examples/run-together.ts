import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Program and arguments, for instance `['./writer.js', 'file.txt']`; relative to `folder`, which is an `import.meta.url`. */
export type Start = readonly [program: string, ...args: string[]];

/** Starts all programs at once, each as a process of its own, and waits for them. Throws when one of them has failed. */
export async function runTogether(folder: string, ...starts: readonly Start[]): Promise<void> {
	await Promise.all(
		starts.map(async ([program, ...args]) => {
			const file = fileURLToPath(new URL(program, folder));
			const [code, signal] = await once(spawn(process.execPath, [file, ...args], { stdio: 'inherit' }), 'exit');
			if (code !== 0) throw new Error(`${program} ended with ${signal ?? code}`);
		}),
	);
}
