/** The processes that the demo starts, and the messages by which it directs them (Node's own channel, not ours). */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const running = new Set<ChildProcess>();

export class Child<Says extends { readonly type: string }, Hears> {
	readonly #process: ChildProcess;
	readonly #name: string;

	constructor(name: string, program: string, args: readonly string[] = []) {
		this.#name = name;
		this.#process = fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), args);
		running.add(this.#process);
		this.#process.once('exit', () => running.delete(this.#process));
	}

	get pid(): number {
		return this.#process.pid ?? 0;
	}

	tell(message: Hears & (object | string)): void {
		this.#process.send(message);
	}

	on(listener: (message: Says) => void): void {
		this.#process.on('message', listener);
	}

	/** The next message of that type. Rejects when the process ends first. */
	hears<T extends Says['type']>(type: T): Promise<Extract<Says, { readonly type: T }>> {
		const heard = new Promise<Extract<Says, { readonly type: T }>>((resolve, reject) => {
			const isWanted = (message: Says): message is Extract<Says, { readonly type: T }> => message.type === type;
			const onMessage = (message: Says) => {
				if (!isWanted(message)) return;
				this.#process.off('message', onMessage);
				this.#process.off('exit', onExit);
				resolve(message);
			};
			const onExit = (code: number | null, signal: string | null) => {
				reject(
					new Error(`${this.#name} (pid ${this.pid}) ended with ${signal ?? code} before it said "${type}"`),
				);
			};
			this.#process.on('message', onMessage);
			this.#process.once('exit', onExit);
		});
		// Who waits for it gets the failure all the same; that it came before anybody did must not end the demo.
		heard.catch(() => {});
		return heard;
	}

	/** Kills it the hard way: it cannot say goodbye. */
	async kill(): Promise<void> {
		const exited = once(this.#process, 'exit');
		this.#process.kill('SIGKILL');
		await exited;
	}

	/** Lets it end by itself, and waits for that. */
	async ended(): Promise<void> {
		const { exitCode, signalCode } = this.#process;
		if (this.#process.connected) this.#process.disconnect();
		if (exitCode === null && signalCode === null) await once(this.#process, 'exit');
	}
}

export async function killAll(): Promise<void> {
	await Promise.all(
		[...running].map(async (child) => {
			const exited = once(child, 'exit');
			child.kill('SIGKILL');
			await exited;
		}),
	);
}

/** In a child: what it tells the demo. */
export function say<Says extends { readonly type: string }>(message: Says): void {
	process.send?.(message);
}

/** In a child: does this with every message, or with the first one only. A failure ends the process, and the demo with it. */
export function whenTold<Hears>(work: (message: Hears) => Promise<void>, times: 'always' | 'once' = 'always'): void {
	const listener = (message: Hears) => void work(message);
	if (times === 'once') process.once('message', listener);
	else process.on('message', listener);
}
