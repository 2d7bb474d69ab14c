/**
 * What a process wrote down about one of its endpoints before it was killed. It lies in a file, because what was given to the kernel
 * outlives the process, and is read by who was linked to that endpoint when the link is gone: so each judges by itself what it got.
 *
 * A writer writes down what it is going to publish before it does so: what it had published is known but for the one call in which it died.
 */
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface Entry {
	/** It has begun to leave, politely. */
	readonly closing: boolean;
	/** It has left, politely: nobody may say that it died. */
	readonly closed: boolean;
	/** A writer: it has called `end`, or is about to. */
	readonly ended: boolean;
	/** A reader: it has left by itself after its end, at least once. */
	readonly leftByItself: boolean;
	/** A writer: so much was published for certain, and no more than `intended`. */
	readonly published: number;
	readonly intended: number;
}

const flagBits = { closing: 1, closed: 2, ended: 4, leftByItself: 8 } as const;
type Flag = keyof typeof flagBits;
const entryBytes = 24;

export class Diary {
	readonly #file: number;
	readonly #entry = Buffer.alloc(entryBytes);

	constructor(folder: string, channel: string, stream: number | 'reader') {
		this.#file = openSync(diaryPath(folder, channel, process.pid, stream), 'w');
		this.#write();
	}

	set(flag: Flag): void {
		this.#entry.writeUInt32LE(this.#entry.readUInt32LE(0) | flagBits[flag], 0);
		this.#write();
	}

	/** Published so far, and after what comes now. */
	publishes(published: number, intended: number): void {
		this.#entry.writeDoubleLE(published, 8);
		this.#entry.writeDoubleLE(intended, 16);
		this.#write();
	}

	close(): void {
		closeSync(this.#file);
	}

	#write(): void {
		writeSync(this.#file, this.#entry, 0, entryBytes, 0);
	}
}

export function readDiary(folder: string, channel: string, pid: number, stream: number | 'reader'): Entry {
	const entry = readFileSync(diaryPath(folder, channel, pid, stream));
	const flags = entry.readUInt32LE(0);
	return {
		closing: (flags & flagBits.closing) !== 0,
		closed: (flags & flagBits.closed) !== 0,
		ended: (flags & flagBits.ended) !== 0,
		leftByItself: (flags & flagBits.leftByItself) !== 0,
		published: entry.readDoubleLE(8),
		intended: entry.readDoubleLE(16),
	};
}

function diaryPath(folder: string, channel: string, pid: number, stream: number | 'reader'): string {
	return join(folder, `${channel}.${pid}.${stream}`);
}

/**
 * How far the lives of one reader have come with one writer. They follow one another and are the only ones that hold that writer back. A life
 * that was killed may have taken a batch that it had not written down yet, which is then nobody's.
 */
export class Ledger {
	readonly #file: number;
	readonly #record = Buffer.alloc(8);

	constructor(folder: string, channel: string, writerPid: number) {
		this.#file = openSync(join(folder, `${channel}.${writerPid}.ledger`), constants.O_RDWR | constants.O_CREAT);
	}

	/** Everything below that has been taken for certain. */
	next(): number {
		this.#record.fill(0);
		readSync(this.#file, this.#record, 0, this.#record.length, 0);
		return this.#record.readDoubleLE(0);
	}

	took(next: number): void {
		this.#record.writeDoubleLE(next, 0);
		writeSync(this.#file, this.#record, 0, this.#record.length, 0);
	}

	close(): void {
		closeSync(this.#file);
	}
}
