/**
 * The last message that any process has published on a channel. A writer reads it before it writes, and names it in its message as a possible
 * cause. It is in a file, so that it reaches a writer on another way than through the library.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export interface Cause {
	/** The writer's process. */
	readonly pid: number;
	/** The number of messages that it had published. */
	readonly end: number;
}

const entryBytes = 12;

export class Blackboard {
	readonly #file: number;
	readonly #entry = Buffer.alloc(entryBytes);

	constructor(folder: string, channel: string) {
		this.#file = openSync(join(folder, `${channel}.blackboard`), constants.O_RDWR | constants.O_CREAT);
	}

	write({ pid, end }: Cause): void {
		this.#entry.writeUInt32LE(pid, 0);
		this.#entry.writeUInt32LE(end, 4);
		this.#entry.writeUInt32LE(this.#checksum(), 8);
		writeSync(this.#file, this.#entry, 0, entryBytes, 0);
	}

	/** Undefined if there is none, or if another process has changed it during the read. */
	read(): Cause | undefined {
		if (readSync(this.#file, this.#entry, 0, entryBytes, 0) < entryBytes) return undefined;
		if (this.#entry.readUInt32LE(8) !== this.#checksum()) return undefined;
		return { pid: this.#entry.readUInt32LE(0), end: this.#entry.readUInt32LE(4) };
	}

	close(): void {
		closeSync(this.#file);
	}

	#checksum(): number {
		return crc32(this.#entry.subarray(0, 8));
	}
}

/** Checks that no message comes behind one that it could have caused. */
export class CauseCheck {
	/** The number of messages of each process that must have come already. */
	readonly #ends = new Map<number, number>();

	/** Returns the violation. `sequence`: of this message, in the stream of its writer. */
	take(pid: number, sequence: number, cause: Cause): string | undefined {
		const end = this.#ends.get(pid) ?? 0;
		if (cause.pid !== 0) this.#ends.set(cause.pid, Math.max(cause.end, this.#ends.get(cause.pid) ?? 0));
		return sequence < end
			? `is number ${sequence} and came behind a message that was written when ${end} had been published`
			: undefined;
	}

	/** Forgets a process: its number may be given to another one. */
	forget(pid: number): void {
		this.#ends.delete(pid);
	}
}
