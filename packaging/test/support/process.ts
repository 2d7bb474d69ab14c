/** A child whose lines a test waits for. */
import { type ChildProcess, spawn } from 'node:child_process';

export class Process {
	readonly #child: ChildProcess;
	readonly #lines: string[] = [];
	#errors = '';
	#changed: () => void = () => {};
	/** Resolves with the status, or with the signal that ended it. */
	readonly ended: Promise<number | string>;

	constructor(command: readonly string[], folder: string) {
		const [program = '', ...args] = command;
		this.#child = spawn(program, args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
		let partial = '';
		this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
			const lines = (partial + text).split('\n');
			partial = lines.pop() ?? '';
			this.#lines.push(...lines);
			this.#changed();
		});
		this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			this.#errors += text;
		});
		this.ended = new Promise((resolve, reject) => {
			this.#child.once('error', reject);
			this.#child.once('close', (status, signal) => {
				resolve(status ?? signal ?? '');
				this.#changed();
			});
		});
	}

	get pid(): number {
		return this.#child.pid ?? 0;
	}

	/** Resolves with the first line that begins so. */
	async line(start: string): Promise<string> {
		let over = false;
		void this.ended.then(() => {
			over = true;
		});
		for (;;) {
			const found = this.#lines.find((line) => line.startsWith(start));
			if (found !== undefined) return found;
			if (over) throw new Error(`ended without the line '${start}': ${this.#lines.join('; ')}\n${this.#errors}`);
			await new Promise<void>((resolve) => {
				this.#changed = resolve;
			});
		}
	}

	send(text: string): void {
		this.#child.stdin?.write(text);
	}

	kill(): void {
		this.#child.kill('SIGKILL');
	}

	/** Resolves with everything it has said once it has ended by itself. */
	async finished(): Promise<{ status: number | string; lines: readonly string[]; errors: string }> {
		const status = await this.ended;
		return { status, lines: this.#lines, errors: this.#errors };
	}
}
