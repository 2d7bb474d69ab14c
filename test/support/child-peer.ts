import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { DuplexRequest } from '../programs/duplex-peer.js';
import type { Request } from '../programs/peer.js';

const folder = new URL('../../build/programs/test/programs/', import.meta.url);

export interface ChildOptions {
	/** A command with its arguments that runs the program in other surroundings and does not come back before it has ended. */
	readonly through?: readonly string[];
	readonly env?: NodeJS.ProcessEnv;
}

/** Another process of ours that executes requests one after the other; killed at the end of the test at the latest. */
export class Child<R extends object> {
	readonly #process: ChildProcess;

	/** `program`: one of `test/programs`, compiled. */
	constructor(program: string, { through: [command, ...args] = [], env = process.env }: ChildOptions = {}) {
		this.#process = fork(fileURLToPath(new URL(`${program}.js`, folder)), {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			env,
			...(command === undefined ? {} : { execPath: command, execArgv: [...args, process.execPath] }),
		});
		onTestFinished(() => this.kill());
	}

	get pid(): number | undefined {
		return this.#process.pid;
	}

	/** Sends a request; resolves with the result when the child has executed it. */
	async ask(request: R): Promise<unknown> {
		const answered = once(this.#process, 'message');
		this.#process.send(request);
		const [answer] = await answered;
		if ('error' in answer) throw new Error(`the child failed: ${answer.error}`);
		return answer.value;
	}

	signal(signal: NodeJS.Signals): void {
		this.#process.kill(signal);
	}

	/** SIGKILL; resolves when it is gone. */
	async kill(): Promise<void> {
		if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
		const gone = once(this.#process, 'exit');
		this.#process.kill('SIGKILL');
		await gone;
	}
}

/** At a one-way channel. */
export class ChildPeer extends Child<Request> {
	constructor(options?: ChildOptions) {
		super('peer', options);
	}
}

/** At a duplex channel. */
export class DuplexChild extends Child<DuplexRequest> {
	constructor() {
		super('duplex-peer');
	}
}
