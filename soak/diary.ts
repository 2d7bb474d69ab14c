/**
 * The record of a process about one of its endpoints. It is in a file, because the kernel keeps the bytes of a file when the process is killed.
 * When a link is gone, the peer reads the diary of the endpoint and compares it with the messages that it got.
 *
 * A writer records each call before it publishes. So the number of its published messages is known, except for the call in which it died.
 */
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { RingwireError } from 'ringwire';
import { monotonicNow } from './shutdowns.js';

export interface Entry {
	/** It has begun to close. */
	readonly closing: boolean;
	/** It has closed: no peer may report that it died. */
	readonly closed: boolean;
	/** A writer: it has called `end`, or is about to. */
	readonly ended: boolean;
	/** A reader: it has left by itself after its end, at least once. */
	readonly leftByItself: boolean;
	/** A writer: at least this many messages were published, and no more than `intended`. */
	readonly published: number;
	readonly intended: number;
	/** A time of the monotonic clock before it was opened for the first time. */
	readonly opens: number;
}

const flagBits = { closing: 1, closed: 2, ended: 4, leftByItself: 8, inThread: 16 } as const;
type Flag = keyof typeof flagBits;
const entryBytes = 32;

export class Diary {
	readonly #file: number;
	readonly #entry = Buffer.alloc(entryBytes);

	constructor(folder: string, channel: string, stream: number | 'reader') {
		this.#file = openSync(diaryPath(folder, channel, process.pid, stream), 'w');
		this.#entry.writeDoubleLE(monotonicNow(), 24);
		if (isMainThread) this.#write();
		else this.set('inThread');
	}

	set(flag: Flag): void {
		this.#entry.writeUInt32LE(this.#entry.readUInt32LE(0) | flagBits[flag], 0);
		this.#write();
	}

	/** The number of published messages so far, and after the next call. */
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
	const inThread = (flags & flagBits.inThread) !== 0;
	const terminated = inThread ? new TerminationMark(folder, pid).state : 'none';
	return {
		closing: (flags & flagBits.closing) !== 0 || terminated !== 'none',
		closed: (flags & flagBits.closed) !== 0 || terminated === 'done',
		ended: (flags & flagBits.ended) !== 0,
		leftByItself: (flags & flagBits.leftByItself) !== 0,
		published: entry.readDoubleLE(8),
		intended: entry.readDoubleLE(16),
		opens: entry.readDoubleLE(24),
	};
}

/** Marks that this process was stopped at some time. */
export function markStopped(folder: string, pid: number): void {
	writeFileSync(stopMarkPath(folder, pid), '');
}

/** Whether the error reports that a process does not answer which was stopped at some time. */
export function isSilenceOfStopped({ code, peer }: RingwireError, folder: string): boolean {
	return code === 'ERR_RINGWIRE_TIMEOUT' && peer !== undefined && existsSync(stopMarkPath(folder, peer.pid));
}

function stopMarkPath(folder: string, pid: number): string {
	return join(folder, `${pid}.stopped`);
}

/** Marks that the worker thread of this process is about to be terminated: its endpoints close, whatever they do. */
export class TerminationMark {
	readonly #path: string;

	constructor(folder: string, pid: number) {
		this.#path = join(folder, `${pid}.terminated`);
	}

	set(state: 'begun' | 'done'): void {
		writeFileSync(this.#path, state);
	}

	get state(): 'none' | 'begun' | 'done' {
		if (!existsSync(this.#path)) return 'none';
		return readFileSync(this.#path, 'latin1') === 'done' ? 'done' : 'begun';
	}
}

function diaryPath(folder: string, channel: string, pid: number, stream: number | 'reader'): string {
	return join(folder, `${channel}.${pid}.${stream}`);
}

/**
 * The progress of the successive lives of one reader with one writer. They are the only readers that hold that writer back. A life that was
 * killed may have taken a batch that it had not recorded yet. No reader gets that batch then.
 */
export class Ledger {
	readonly #file: number;
	readonly #record = Buffer.alloc(8);

	constructor(folder: string, channel: string, writerPid: number) {
		this.#file = openSync(join(folder, `${channel}.${writerPid}.ledger`), constants.O_RDWR | constants.O_CREAT);
	}

	/** All messages below it have been taken. */
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
