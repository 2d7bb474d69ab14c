/** Starts the programs of test/programs, compiled by the set-up, as real processes of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../build/programs/test/programs/', import.meta.url));

export interface Program {
	readonly child: ChildProcess;
	/** The first message of that type, also if it came before; fails when the program ends without it. */
	received<M>(type: string): Promise<M>;
	/** Exit code, or the signal that killed it. */
	readonly exit: Promise<number | NodeJS.Signals | null>;
	kill(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();

export function startProgram(name: string, task: unknown): Program {
	const file = `${folder}${name}.js`;
	if (!existsSync(file)) throw new Error(`${file} is missing: npm run set-up`);
	const child = fork(file, [JSON.stringify(task)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
	running.add(child);
	const messages: { type: string }[] = [];
	const listeners = new Set<() => void>();
	let over: number | NodeJS.Signals | null | undefined;
	child.on('message', (message: { type: string }) => {
		messages.push(message);
		for (const listener of listeners) listener();
	});
	const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
		child.on('close', (code, signal) => {
			running.delete(child);
			over = code ?? signal;
			for (const listener of listeners) listener();
			resolve(over);
		});
	});
	return {
		child,
		exit,
		received: <M>(type: string) =>
			new Promise<M>((resolve, reject) => {
				const look = () => {
					const found = messages.find((message) => message.type === type);
					if (found === undefined && over === undefined) return;
					listeners.delete(look);
					if (found !== undefined) resolve(found as M);
					else reject(new Error(`${name} ended with ${over} before its message "${type}"`));
				};
				listeners.add(look);
				look();
			}),
		async kill(signal = 'SIGKILL') {
			if (over !== undefined) return;
			child.kill(signal);
			await once(child, 'close');
		},
	};
}

/** For afterEach: nothing outlives its test. */
export async function killPrograms(): Promise<void> {
	await Promise.all(
		[...running].map(async (child) => {
			const closed = once(child, 'close');
			child.kill('SIGKILL');
			await closed;
		}),
	);
}
