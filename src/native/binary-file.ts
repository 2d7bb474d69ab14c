import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** `e_machine` of the ELF header, see elf(5). */
const machines: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
const headerSize = 64;

/**
 * Why the dynamic linker of Linux must not be given this file; undefined: its header is right. The linker maps a file that is
 * shorter than its header says, and the process dies at the first page that is missing.
 */
export function defectOf(file: string, arch: string = process.arch): string | undefined {
	try {
		const descriptor = openSync(file, 'r');
		try {
			return defectIn(descriptor, arch);
		} finally {
			closeSync(descriptor);
		}
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
		// The file system inside of an executable of pkg opens no files, and loads addons.
		return code === 'ENOENT' ? undefined : `it cannot be read (${code})`;
	}
}

function defectIn(file: number, arch: string): string | undefined {
	const header = Buffer.alloc(headerSize);
	const read = readSync(file, header, 0, headerSize, 0);
	if (read < headerSize || header.readUInt32BE(0) !== 0x7f454c46) return 'it is no shared library';
	const is64 = header[4] === 2;
	const machine = header.readUInt16LE(18);
	const builtFor = machines[machine] ?? `machine ${machine}`;
	if (builtFor !== arch) return `it is for ${builtFor}, and this process is ${arch}`;
	// The table of sections is at the end of what a linker writes.
	const [start, entry, count] = is64
		? [Number(header.readBigUInt64LE(40)), header.readUInt16LE(58), header.readUInt16LE(60)]
		: [header.readUInt32LE(32), header.readUInt16LE(46), header.readUInt16LE(48)];
	const needed = start + entry * count;
	// A look at the last byte: a Stats object, with its dates, takes 20 times as long when it is the first of a process.
	const isWhole = readSync(file, header, 0, 1, needed - 1) === 1;
	return isWhole ? undefined : `it is truncated: it has ${fstatSync(file).size} of ${needed} bytes`;
}
