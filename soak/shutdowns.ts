/**
 * The log of all shutdowns, in a file that all processes append to. An endpoint that was open before a shutdown began must end. One that is
 * opened after it has returned must not end by it. Times are those of the monotonic clock, which all processes share.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface Shutdown {
	readonly pid: number;
	/** The writer that called it: its stream and the number of its published messages. */
	readonly stream: number | undefined;
	readonly published: number;
	readonly begun: number;
	/** Undefined: it has not returned. */
	readonly returned: number | undefined;
	/** Its process was killed in the middle of it: it may have reached some of the endpoints. */
	readonly killed: boolean;
}

type Line =
	| { readonly type: 'begun'; readonly id: string; readonly shutdown: Shutdown }
	| { readonly type: 'returned'; readonly id: string; readonly at: number }
	/** No process is in the middle of one. */
	| { readonly type: 'quiet'; readonly at: number };

/** The lifetime of an endpoint: the times before and after the call that opened it. */
export interface Opening {
	readonly begun: number;
	readonly returned: number;
}

export class Shutdowns {
	readonly #file: number;
	readonly #all = new Map<string, Shutdown>();
	readonly #bytes = Buffer.alloc(4096);
	#offset = 0;
	#text = '';
	#calls = 0;

	constructor(folder: string) {
		this.#file = openSync(join(folder, 'shutdowns'), 'a+');
	}

	/** Records the shutdown that `call` executes. */
	record(caller: { readonly stream: number | undefined; readonly published: number }, call: () => void): void {
		const id = `${process.pid}.${this.#calls++}`;
		const shutdown = { pid: process.pid, ...caller, begun: monotonicNow(), returned: undefined, killed: false };
		this.#append({ type: 'begun', id, shutdown });
		call();
		this.#append({ type: 'returned', id, at: monotonicNow() });
	}

	/** Records that no process is in the middle of a shutdown. */
	recordQuiet(): void {
		this.#append({ type: 'quiet', at: monotonicNow() });
	}

	/** The shutdowns that must end, or may have ended, an endpoint. */
	*after({ begun, returned }: Opening): Generator<Shutdown & { readonly must: boolean }> {
		this.#read();
		for (const shutdown of this.#all.values()) {
			const mayEnd = (shutdown.returned ?? Number.POSITIVE_INFINITY) >= begun;
			if (!mayEnd) continue;
			const must = shutdown.begun > returned && shutdown.returned !== undefined && !shutdown.killed;
			yield { ...shutdown, must };
		}
	}

	close(): void {
		closeSync(this.#file);
	}

	#append(line: Line): void {
		writeSync(this.#file, `${JSON.stringify(line)}\n`);
	}

	/** Reads the lines that were appended since the last call. */
	#read(): void {
		for (;;) {
			const count = readSync(this.#file, this.#bytes, 0, this.#bytes.length, this.#offset);
			if (count === 0) return;
			this.#offset += count;
			const lines = (this.#text + this.#bytes.toString('latin1', 0, count)).split('\n');
			this.#text = lines.pop() ?? '';
			for (const line of lines) this.#add(JSON.parse(line));
		}
	}

	#add(line: Line): void {
		switch (line.type) {
			case 'begun':
				this.#all.set(line.id, line.shutdown);
				break;
			case 'returned':
				this.#return(line.id, line.at, false);
				break;
			case 'quiet':
				for (const id of this.#all.keys()) this.#return(id, line.at, true);
		}
	}

	#return(id: string, returned: number, killed: boolean): void {
		const shutdown = this.#all.get(id);
		if (shutdown !== undefined && shutdown.returned === undefined) {
			this.#all.set(id, { ...shutdown, returned, killed });
		}
	}
}

export function withOpening<T>(open: () => T): { readonly handle: T; readonly opening: Opening } {
	const begun = monotonicNow();
	const handle = open();
	return { handle, opening: { begun, returned: monotonicNow() } };
}

/** In nanoseconds. */
export function monotonicNow(): number {
	return Number(process.hrtime.bigint());
}
