/** Runs the compiled `ringwire` command in a child process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ListedEndpoint, listChannels } from 'ringwire';
import { onTestFinished } from 'vitest';

export const cliFile = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ended {
	/** Exit status, or the signal that killed it. */
	readonly status: number | NodeJS.Signals | null;
	readonly output: Buffer;
	readonly errors: string;
}

export interface Command {
	readonly child: ChildProcessWithoutNullStreams;
	readonly ended: Promise<Ended>;
	/** Resolves when so many bytes have arrived on standard output. */
	printed(bytes: number): Promise<void>;
	/** The standard output so far. */
	output(): Buffer;
}

/** Starts `ringwire` with these arguments and an open standard input; killed at the end of the test at the latest. */
export function ringwire(...args: string[]): Command {
	if (!existsSync(cliFile)) throw new Error(`${cliFile} is missing: npm run set-up`);
	const child = spawn(process.execPath, [cliFile, ...args]);
	onTestFinished(async () => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill('SIGKILL');
		await once(child, 'close');
	});
	const chunks: Buffer[] = [];
	let bytesPrinted = 0;
	let errors = '';
	const lookers = new Set<() => void>();
	const look = () => {
		for (const looker of lookers) looker();
	};
	child.stdout.on('data', (chunk: Buffer) => {
		chunks.push(chunk);
		bytesPrinted += chunk.length;
		look();
	});
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		errors += text;
	});
	// A command that ends early breaks the pipe; its exit status shows the reason.
	child.stdin.on('error', () => {});
	const output = () => Buffer.concat(chunks);
	const ended = new Promise<Ended>((resolve) => {
		child.on('close', (code, signal) => {
			resolve({ status: code ?? signal, output: output(), errors });
			look();
		});
	});
	return {
		child,
		ended,
		output,
		printed: (bytes) =>
			new Promise((resolve, reject) => {
				const looker = () => {
					if (bytesPrinted >= bytes) resolve();
					else if (child.exitCode !== null || child.signalCode !== null) {
						reject(new Error(`ended after ${bytesPrinted} of ${bytes} bytes: ${errors}`));
					} else return;
					lookers.delete(looker);
				};
				lookers.add(looker);
				looker();
			}),
	};
}

/** As `ringwire`, with `input` as its whole standard input. */
export function ringwireWith(input: string | Uint8Array, ...args: string[]): Command {
	const command = ringwire(...args);
	command.child.stdin.end(input);
	return command;
}

/** Resolves when the channel has an endpoint of that role with at least so many peers. */
export async function present(channel: string, role: 'writer' | 'reader', peers = 0): Promise<void> {
	const isThere = (endpoint: ListedEndpoint) => endpoint.role === role && endpoint.peers >= peers;
	while (!listChannels().some(({ name, endpoints }) => name === channel && endpoints.some(isThere))) {
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}
