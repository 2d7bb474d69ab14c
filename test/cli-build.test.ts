/** `ringwire build`, with a stub in place of the compiler: a real one takes minutes, and `npm run test:package` has it. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { needed, needsRoot, withMounts } from './support/surroundings.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const addon = join(root, 'lib-native/build/Release/ringwire.node');

interface Package {
	readonly folder: string;
	/** Where the build puts the binary. */
	readonly file: string;
	/** The folder of temporary files, which a build leaves empty. */
	readonly temporary: string;
}

/** An installed package without a binary, in a folder whose name has spaces and letters outside of ASCII. */
function installed({ tools = true } = {}): Package {
	const place = mkdtempSync(join(tmpdir(), 'ringwire-build-test-'));
	onTestFinished(() => rmSync(place, { recursive: true, force: true }));
	const folder = join(place, 'mein Prōjekt');
	for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
	// One file of C++: the stub compiles as many as there are.
	for (const part of ['core', 'platform', 'channel'])
		mkdirSync(join(folder, 'lib-native', part), { recursive: true });
	for (const part of ['binding/addon.cc', 'binding.gyp', 'sources.cjs']) {
		cpSync(join(root, 'lib-native', part), join(folder, 'lib-native', part));
	}
	if (tools) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
	else {
		mkdirSync(join(folder, 'node_modules'));
		for (const name of ['cac', 'detect-libc', 'node-gyp-build']) {
			symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
		}
	}
	const temporary = join(place, 'temporary files');
	mkdirSync(temporary);
	return { folder, file: join(folder, 'lib-native/build/Release/ringwire.node'), temporary };
}

interface Ended {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

function build(
	{ folder, temporary }: Package,
	{
		args = [],
		env = {},
		through = [],
	}: { args?: string[]; env?: NodeJS.ProcessEnv; through?: readonly string[] } = {},
): Ended {
	const [command = '', ...rest] = [...through, process.execPath, join(folder, 'dist/cli/main.js'), 'build', ...args];
	const clean = { ...process.env, TMPDIR: temporary, ...env };
	return spawnSync(command, rest, { cwd: folder, env: clean, encoding: 'utf8' });
}

/** A compiler whose linked library is `output`, and whose objects are empty. Null: it fails. */
function stubCompiler({ temporary }: Package, output: string | null): string {
	const file = join(dirname(temporary), 'stub-compiler');
	const script = `#!/bin/sh
		for argument; do
			case "$previous" in -o) object=$argument ;; -MF) rule=$argument ;; esac
			case "$argument" in -fsyntax-only) exit 0 ;; -shared) shared=yes ;; esac
			previous=$argument
		done
		${output === null ? 'echo "stub: no such header" >&2; exit 1' : ''}
		if [ -n "$rule" ]; then echo "$object:" > "$rule"; fi
		if [ -n "$shared" ]; then cp '${output}' "$object"; else : > "$object"; fi`;
	writeFileSync(file, script);
	chmodSync(file, 0o755);
	return file;
}

/** A folder for PATH with the programs that a build needs, and without `node`. */
function pathWithoutNode(temporary: string): string {
	const folder = join(dirname(temporary), 'bin');
	mkdirSync(folder);
	const folders = (process.env.PATH ?? '').split(delimiter);
	for (const name of ['make', 'sh', 'sed', 'touch', 'rm', 'mkdir', 'ln', 'cp', 'printf', 'echo', 'env']) {
		const found = folders.map((path) => join(path, name)).find((path) => existsSync(path));
		if (found !== undefined) symlinkSync(found, join(folder, name));
	}
	// Not from PATH: a version manager has a script there, which needs its own surroundings.
	const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
	symlinkSync(python, join(folder, 'python3'));
	return folder;
}

describe('with a stub in place of the compiler', () => {
	test('the addon is built without a `node` in PATH, from a folder with spaces, loaded in a trial and named', () => {
		const own = installed();
		mkdirSync(dirname(own.file), { recursive: true });
		writeFileSync(own.file, 'the old one');
		const before = statSync(own.file).ino;
		const env = { CXX: stubCompiler(own, addon), PATH: pathWithoutNode(own.temporary) };
		const { status, stdout, stderr } = build(own, { env });
		expect(stderr).toMatch(/^ringwire: compiling the addon\nringwire: compiling the addon: done, \d+ s\n$/);
		expect({ status, stdout }).toEqual({ status: 0, stdout: `${own.file}\n` });
		expect(readFileSync(own.file).equals(readFileSync(addon))).toBe(true);
		expect(statSync(own.file).ino).not.toBe(before); // processes may have mapped the old one
		expect(readdirSync(dirname(own.file))).toEqual(['ringwire.node']);
		expect(readdirSync(own.temporary)).toEqual([]);
	});

	test('a build that fails shows the output of the compiler and leaves the old binary', () => {
		const own = installed();
		mkdirSync(dirname(own.file), { recursive: true });
		writeFileSync(own.file, 'the old one');
		const { status, stdout, stderr } = build(own, { env: { CXX: stubCompiler(own, null) } });
		expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
		expect(stderr).toContain('stub: no such header');
		expect(stderr).toMatch(/ringwire: the addon does not compile, see the output above\n$/);
		expect(readFileSync(own.file, 'utf8')).toBe('the old one');
		expect(readdirSync(own.temporary)).toEqual([]);
	});

	test('a binary that does not load is an error with its file and the reason', () => {
		const own = installed();
		const { status, stderr } = build(own, { env: { CXX: stubCompiler(own, join(root, 'package.json')) } });
		expect(status).toBe(1);
		expect(stderr).toContain(`the new binary does not load: ${own.file}`);
		expect(stderr).toContain('it is no shared library');
	});
});

describe('a machine or package that cannot build', () => {
	test('without make, Python and a compiler the error names all three and the packages that have them', () => {
		const own = installed();
		const { status, stderr } = build(own, { env: { PATH: own.temporary } });
		expect(status).toBe(1);
		expect(stderr).toContain(
			'a build from source needs make, Python 3.8 or newer, a compiler for C++20 (g++; CXX)',
		);
		expect(stderr).toContain('apt-get install build-essential python3');
	});

	test('a compiler that knows no C++20 is missing too', () => {
		const own = installed();
		const { status, stderr } = build(own, { env: { CXX: 'false --old' } });
		expect(status).toBe(1);
		expect(stderr).toContain('a build from source needs a compiler for C++20 (false --old; CXX)');
	});

	test('a package without the sources is incomplete', () => {
		const own = installed();
		rmSync(join(own.folder, 'lib-native/binding'), { recursive: true });
		const { status, stderr } = build(own);
		expect(status).toBe(1);
		expect(stderr).toContain(`${join(own.folder, 'lib-native/binding')} is missing: install the package again`);
	});

	test('a package in a read-only folder is an error before the first step', (context) => {
		needsRoot(context);
		const own = installed();
		const readOnly = `mount --bind '${own.folder}' '${own.folder}'; mount -o remount,bind,ro '${own.folder}'`;
		const { status, stdout, stderr } = build(own, { through: needed(context, withMounts(readOnly)) });
		expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
		expect(stderr).toMatch(
			/^ringwire: the folder of the package cannot be written to \(EROFS.*yarn unplug ringwire/,
		);
	});

	test('a registry that does not answer is an error that names the packages to install', () => {
		const own = installed({ tools: false });
		const { status, stderr } = build(own, {
			env: {
				npm_config_registry: 'http://127.0.0.1:9/',
				npm_config_fetch_retry_mintimeout: '1',
				npm_config_cache: own.temporary,
				npm_config_local_prefix: own.folder,
			},
		});
		expect(status).toBe(1);
		expect(stderr).toMatch(/npm does not reach its registry; without it, install node-gyp@~\d.* in the project/);
		expect(existsSync(own.file)).toBe(false);
	});

	test('headers in a folder that has none are a wrong argument', () => {
		const own = installed();
		const { status, stderr } = build(own, { args: ['--nodedir', own.temporary] });
		expect(status).toBe(2);
		expect(stderr).toContain(`--nodedir: ${own.temporary} has no include/node/node_api.h`);
	});
});
