import { closeSync, openSync, readSync } from 'node:fs';
import { packageRequire } from './package-require.js';

interface DetectLibc {
	familySync(): string | null;
	versionSync(): string | null;
}

const headerBytes = 2048;
/** `PT_INTERP`, see elf(5). */
const interpreterSegment = 3;

/** Whether this process runs with musl instead of glibc. */
export function isMusl(): boolean {
	return process.platform === 'linux' && (familyOfThisProcess() ?? detectLibc().familySync()) === 'musl';
}

/** The C library of this system, as in `glibc 2.36`. */
export function describeLibc(): string {
	const { familySync, versionSync } = detectLibc();
	return `${familySync() ?? 'unknown libc'} ${versionSync() ?? ''}`.trimEnd();
}

/**
 * The family by the dynamic linker of the program. detect-libc looks there first, too, but it loads `node:child_process`, which takes longer than to
 * load the addon. undefined: the file does not show it, or may not be read.
 */
function familyOfThisProcess(): 'glibc' | 'musl' | undefined {
	try {
		const interpreter = interpreterIn(readStart('/proc/self/exe'));
		if (interpreter.includes('/ld-musl-')) return 'musl';
		return interpreter.includes('/ld-linux-') ? 'glibc' : undefined;
	} catch {
		return undefined;
	}
}

function readStart(file: string): Buffer {
	const start = Buffer.alloc(headerBytes);
	const descriptor = openSync(file, 'r');
	try {
		return start.subarray(0, readSync(descriptor, start, 0, headerBytes, 0));
	} finally {
		closeSync(descriptor);
	}
}

/** The path in the program header of a 64-bit executable; empty if there is none. Throws RangeError if it is not in `elf`. */
function interpreterIn(elf: Buffer): string {
	if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2) return '';
	const table = Number(elf.readBigUInt64LE(32));
	const [entryBytes, count] = [elf.readUInt16LE(54), elf.readUInt16LE(56)];
	for (let entry = table; entry < table + count * entryBytes; entry += entryBytes) {
		if (elf.readUInt32LE(entry) !== interpreterSegment) continue;
		const start = Number(elf.readBigUInt64LE(entry + 8));
		return elf.toString('latin1', start, start + Number(elf.readBigUInt64LE(entry + 32)));
	}
	return '';
}

function detectLibc(): DetectLibc {
	return packageRequire()('detect-libc') as DetectLibc;
}
