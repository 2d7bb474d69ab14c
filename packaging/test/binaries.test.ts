/** The prebuilt binaries: stripped, with a build-id, and with debug symbols that are kept aside and belong to them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Project, repository, tarball } from './support/project.js';
import { needDebian } from './support/tools.js';

const unpacked = new Project('binaries', {});
beforeAll(async () => {
	await needDebian(['binutils']);
	expect(await unpacked.run('tar', ['xzf', tarball])).toMatchObject({ status: 0 });
});

const readelf = (file: string, ...options: readonly string[]) =>
	execFileSync('readelf', ['--wide', ...options, file], { encoding: 'utf8', maxBuffer: 2 ** 26 });
const sections = (file: string) =>
	[...readelf(file, '--sections').matchAll(/^ *\[ *\d+\] (\.\S+)/gm)].map(([, name = '']) => name);
const buildId = (file: string) => /Build ID: ([0-9a-f]+)/.exec(readelf(file, '--notes'))?.[1];
/** The newest version of a library's symbols that a binary needs, as a number: 2.17 is 217. */
const glibcOf = (file: string) =>
	Math.max(
		0,
		...[...readelf(file, '--version-info').matchAll(/Name: GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)),
	);
/** The address and the bytes of a section. */
function section(file: string, name: string): { address: string; bytes: Buffer } {
	const row = new RegExp(` \\${name} +PROGBITS +(\\S+) (\\S+) (\\S+)`);
	const [, address = '', offset = '', size = ''] = row.exec(readelf(file, '--sections')) ?? [];
	const start = Number.parseInt(offset, 16);
	return { address, bytes: readFileSync(file).subarray(start, start + Number.parseInt(size, 16)) };
}

const targets = [
	{ target: 'linux-x64', file: 'linux-x64/ringwire.glibc.node', machine: 'X86-64', libc: 'libc.so.6', minor: 17 },
	{
		target: 'linux-arm64',
		file: 'linux-arm64/ringwire.glibc.node',
		machine: 'AArch64',
		libc: 'libc.so.6',
		minor: 17,
	},
	{ target: 'linuxmusl-x64', file: 'linux-x64/ringwire.musl.node', machine: 'X86-64', libc: 'libc.so', minor: 0 },
	{
		target: 'linuxmusl-arm64',
		file: 'linux-arm64/ringwire.musl.node',
		machine: 'AArch64',
		libc: 'libc.so',
		minor: 0,
	},
];

describe.each(targets)('$target', ({ target, file, machine, libc, minor }) => {
	const binary = join(unpacked.folder, 'package/lib-native/prebuilds', file);
	const symbols = repository(`build/prebuild/symbols/${target}.debug`);

	test('the binary is for this processor and this libc', () => {
		expect(readelf(binary, '--file-header')).toContain(machine);
		const needed = [...readelf(binary, '--dynamic').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
		expect(needed).toContain(libc);
		expect(glibcOf(binary)).toBeLessThanOrEqual(minor);
	});

	test('the binary has no symbols of its functions and no debug information', () => {
		const names = sections(binary);
		expect(names).toContain('.text');
		expect(names.filter((name) => /^\.(symtab|strtab|debug_)/.test(name))).toEqual([]);
	});

	// As binding.gyp explains. Without it, a child process that was started after a worker had ended crashed its parent.
	test('the binary is never unloaded, and all its symbols are looked up when it is loaded', () => {
		expect(readelf(binary, '--dynamic')).toMatch(/\(FLAGS_1\).*NOW.*NODELETE/);
	});

	test('the binary does not name the folder in which it was built', () => {
		expect(readFileSync(binary, 'latin1')).not.toContain(repository(''));
	});

	test('the debug symbols have the build-id of the binary and the lines of its sources', () => {
		expect(buildId(binary)).toMatch(/^[0-9a-f]{40}$/);
		expect(buildId(symbols)).toBe(buildId(binary));
		expect(sections(symbols)).toEqual(expect.arrayContaining(['.symtab', '.debug_info', '.debug_line']));
	});

	// The two are linked apart. The table for unwinding has the address of each function.
	test('each function has the same address in the binary and in the debug symbols', () => {
		for (const name of ['.eh_frame_hdr', '.eh_frame']) {
			const ofBinary = section(binary, name);
			const ofSymbols = section(symbols, name);
			expect(ofBinary.bytes.length).toBeGreaterThan(5_000);
			expect(ofSymbols.address).toBe(ofBinary.address);
			expect(ofSymbols.bytes.equals(ofBinary.bytes)).toBe(true);
		}
	});
});

test('each binary has a build-id of its own', () => {
	const ids = targets.map(({ file }) => buildId(join(unpacked.folder, 'package/lib-native/prebuilds', file)));
	expect(new Set(ids).size).toBe(targets.length);
});
