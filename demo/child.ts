/** The processes that the demo starts, and the messages by which it directs them (over Node's IPC, not over ringwire). */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

type Started = { readonly type: 'started' };

const running = new Set<ChildProcess>();

/** A child process that sends `Sent` and receives `Received`. */
export class Child<Sent extends { readonly type: string }, Received> {
	/** Resolves when the program has loaded. Rejects when the process ends first. */
	readonly started: Promise<unknown>;
	readonly #process: ChildProcess;
	readonly #name: string;

	constructor(name: string, program: string, args: readonly string[] = []) {
		this.#name = name;
		this.#process = fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), args);
		running.add(this.#process);
		this.#process.once('exit', () => running.delete(this.#process));
		this.started = this.#next<Started>('started');
	}

	get pid(): number {
		return this.#process.pid ?? 0;
	}

	/** Does nothing if the process has ended: that rejects what waits for its messages. */
	send(message: Received & (object | string)): void {
		this.#process.send(message, () => {});
	}

	on(listener: (message: Sent) => void): void {
		this.#process.on('message', listener);
	}

	/** Resolves with the next message of this type. Rejects when the process ends first. */
	next<T extends Sent['type']>(type: T): Promise<Extract<Sent, { readonly type: T }>> {
		return this.#next<Extract<Sent, { readonly type: T }>>(type);
	}

	#next<Message extends { readonly type: string }>(type: Message['type']): Promise<Message> {
		const received = new Promise<Message>((resolve, reject) => {
			const onMessage = (message: { readonly type: string }) => {
				if (message.type !== type) return;
				this.#process.off('message', onMessage);
				this.#process.off('exit', onExit);
				resolve(message as Message);
			};
			const onExit = (code: number | null, signal: string | null) => {
				reject(
					new Error(`${this.#name} (pid ${this.pid}) ended with ${signal ?? code} before it sent "${type}"`),
				);
			};
			this.#process.on('message', onMessage);
			this.#process.once('exit', onExit);
		});
		// The caller awaits it later. A rejection before that must not count as unhandled.
		received.catch(() => {});
		return received;
	}

	/** Kills the process by SIGKILL, so that it cannot close anything. */
	async kill(): Promise<void> {
		const exited = once(this.#process, 'exit');
		this.#process.kill('SIGKILL');
		await exited;
	}

	/** Closes the IPC channel, so that the process ends by itself, and resolves when it has. */
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

/** In a child: sends a message to the demo. Does nothing if the demo has ended. */
export function report<Sent extends { readonly type: string }>(message: Sent): void {
	process.send?.(message, undefined, undefined, () => {});
}

/** In a child: runs `work` for every message of the demo, or for the first one only. A failure ends the process, and the demo with it. */
export function onTask<Task>(work: (task: Task) => Promise<void>, times: 'always' | 'once' = 'always'): void {
	const listener = (task: Task) => void work(task);
	if (times === 'once') process.once('message', listener);
	else process.on('message', listener);
	report<Started>({ type: 'started' });
}
