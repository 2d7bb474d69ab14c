import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Request } from '../programs/peer.js';

const program = fileURLToPath(new URL('../../build/programs/test/programs/peer.js', import.meta.url));

/** Another process of ours at a channel (`test/programs/peer.ts`, compiled); killed at the end of the test at the latest. */
export class ChildPeer {
	readonly #process: ChildProcess;

	constructor() {
		this.#process = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
		onTestFinished(() => this.kill());
	}

	get pid(): number | undefined {
		return this.#process.pid;
	}

	/** Has it do something; resolves with what it answers when that is done. */
	async ask(request: Request): Promise<unknown> {
		const answered = once(this.#process, 'message');
		this.#process.send(request);
		const [answer] = await answered;
		if ('error' in answer) throw new Error(`the child failed: ${answer.error}`);
		return answer.value;
	}

	/** SIGKILL; resolves when it is gone. */
	async kill(): Promise<void> {
		if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
		const gone = once(this.#process, 'exit');
		this.#process.kill('SIGKILL');
		await gone;
	}
}
