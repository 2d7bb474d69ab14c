/** One role and the process that plays it now. The conductor controls the process through it. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Role } from './cast.js';
import type { Answer, Order, Task } from './protocol.js';
import { History } from './tally.js';

const program = fileURLToPath(new URL('./child.js', import.meta.url));
const stderrMax = 8192;

/** The events for the conductor. */
export interface Watcher {
	heard(player: Player, answer: Answer): void;
	/** It is gone. `wrong`: it should not be, or not in this way. */
	gone(player: Player, wrong: string | undefined): void;
}

/** `dying`: it has been killed, and the event of its exit has not come yet. */
type State = 'absent' | 'starting' | 'open' | 'closing' | 'dying';

export class Player {
	readonly role: Role;
	readonly history = new History(40);
	readonly #watcher: Watcher;
	#state: State = 'absent';
	#stopped = false;
	#killed = false;
	#process: ChildProcess | undefined;
	#stderr = '';
	/** The time of its last message. */
	heardAt = 0;
	waitsFor = '';

	constructor(role: Role, watcher: Watcher) {
		this.role = role;
		this.#watcher = watcher;
	}

	get state(): State {
		return this.#state;
	}

	get stopped(): boolean {
		return this.#stopped;
	}

	get pid(): number {
		return this.#process?.pid ?? 0;
	}

	start(task: Omit<Task, 'name' | 'parts'>): void {
		const { name, parts } = this.role;
		const argument: Task = { ...task, name, parts };
		const child = fork(program, [JSON.stringify(argument)], {
			execArgv: ['--expose-gc', '--enable-source-maps'],
			stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
		});
		this.#process = child;
		this.#state = 'starting';
		this.#stopped = this.#killed = false;
		this.#stderr = '';
		this.waitsFor = '';
		this.heardAt = performance.now();
		this.history.add(`started as pid ${child.pid}, its seed is ${task.seed}`);
		child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			this.#stderr = (this.#stderr + text).slice(-stderrMax);
		});
		child.on('message', (answer: Answer) => this.#heard(answer));
		child.on('error', (error) => this.history.add(`error: ${error.message}`));
		child.once('close', (code, signal) => this.#gone(code, signal));
	}

	order(order: Order): void {
		if (order.type === 'close' || order.type === 'terminate') this.#state = 'closing';
		this.history.add(order.type);
		// It may be gone already. Then the exit of its process is the event.
		this.#process?.send(order, () => {});
	}

	kill(): void {
		this.#killed = true;
		if (this.#state === 'starting' || this.#state === 'open') this.#state = 'dying';
		this.#signal('SIGKILL');
	}

	stop(): void {
		this.#stopped = true;
		this.#signal('SIGSTOP');
	}

	goOn(): void {
		if (!this.#stopped) return;
		this.#stopped = false;
		this.heardAt = performance.now();
		this.#signal('SIGCONT');
	}

	#signal(signal: NodeJS.Signals): void {
		this.history.add(signal);
		this.#process?.kill(signal);
	}

	#heard(answer: Answer): void {
		this.heardAt = performance.now();
		if (answer.type === 'open' && this.#state === 'starting') this.#state = 'open';
		if (answer.type === 'counts') this.waitsFor = answer.waitsFor;
		else this.history.add(`says ${answer.type}`);
		this.#watcher.heard(this, answer);
	}

	#gone(code: number | null, signal: NodeJS.Signals | null): void {
		const closed = this.#state === 'closing' && code === 0;
		const expected = closed || (this.#killed && signal === 'SIGKILL');
		this.history.add(`gone: ${signal ?? code}`);
		this.#state = 'absent';
		this.#stopped = false;
		let wrong: string | undefined;
		if (!expected) wrong = `ended with ${signal ?? code}\n${this.#stderr}`;
		else if (this.#stderr !== '') wrong = `wrote to its standard error:\n${this.#stderr}`;
		this.#watcher.gone(this, wrong);
	}
}
