/** Each line of `ringwire doctor`, with the fault that it reports. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
	chmodSync,
	chownSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkContainer } from '../src/cli/checks/container.js';
import { checkCopies } from '../src/cli/checks/copies.js';
import type { Finding } from '../src/cli/checks/finding.js';
import {
	checkBacklog,
	checkDescriptors,
	checkLockedMemory,
	checkMemoryLimit,
	checkSharedMemoryFolder,
} from '../src/cli/checks/limits.js';
import { checkRunTimeFolder } from '../src/cli/checks/run-time-folder.js';
import { checkPassRights, checkRuntime, checkSealedMemory } from '../src/cli/checks/system.js';
import { cliFile, present, ringwire } from './support/cli.js';
import { needed, needsRoot, withLimit } from './support/surroundings.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
const root = fileURLToPath(new URL('..', import.meta.url));
const addon = 'lib-native/build/Release/ringwire.node';

const checks = [
	...['addon', 'message', 'package', 'runtime', 'system', 'sealed memory', 'SO_PASSRIGHTS', 'run-time folder'],
	...['channels', 'descriptors', 'locked memory', 'memory limit', 'backlog', '/dev/shm', 'container'],
];

interface Examined {
	readonly status: number | null;
	readonly stderr: string;
	readonly finding: (check: string) => Finding;
	readonly findings: readonly Finding[];
}

function examine({
	cli = cliFile,
	flags = [],
	through = [],
}: {
	cli?: string;
	flags?: readonly string[];
	through?: readonly string[];
} = {}): Examined {
	const [command = '', ...args] = [...through, process.execPath, ...flags, cli, 'doctor', '--json'];
	const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
	const findings = JSON.parse(stdout) as Finding[];
	const finding = (check: string) => {
		const found = findings.find((each) => each.check === check);
		if (found === undefined) throw new Error(`no line about ${check}`);
		return found;
	};
	return { status, stderr, finding, findings };
}

function scratch(): string {
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-doctor-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** The compiled package somewhere else, with these binaries. */
function copyWith(binaries: Readonly<Record<string, Uint8Array>>): { folder: string; cli: string } {
	const folder = scratch();
	for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
	symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
	for (const [file, bytes] of Object.entries({ 'lib-native/binding.gyp': Buffer.from(''), ...binaries })) {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), bytes);
	}
	return { folder, cli: join(folder, 'dist/cli/main.js') };
}

function tree(files: Readonly<Record<string, string>>): string {
	const folder = scratch();
	for (const [file, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), text);
	}
	return folder;
}

describe('on a machine without a fault', () => {
	test('--json prints one finding for each check, none of them an error, and the status is 0', () => {
		const { status, stderr, findings, finding } = examine();
		expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
		expect(findings.map(({ check }) => check)).toEqual(checks);
		for (const each of findings) {
			expect(Object.keys(each)).toEqual(['check', 'status', 'found', 'advice']);
			expect(each.status).not.toBe('error');
			expect(each.advice === '').toBe(each.status === 'ok');
		}
		expect(finding('addon').found).toContain(`${join(root, addon)} (built on this machine`);
		expect(finding('message').found).toBe('a trial message arrived');
		expect(finding('runtime').found).toBe(`Node ${process.versions.node}, Node-API ${process.versions.napi}`);
		expect(finding('sealed memory').found).toContain('by a trial');
	});

	test('without --json each check is a line with its status', async () => {
		const { status, output } = await ringwire('doctor').ended;
		const lines = output.toString().split('\n');
		expect(status).toBe(0);
		for (const check of checks) {
			expect(lines.filter((line) => /^(ok|warning) +/.test(line) && line.includes(check)).length).toBeGreaterThan(
				0,
			);
		}
	});
});

describe('the addon', () => {
	test('a package without a binary: status 1, the files that were looked for, the command that builds one, and all other lines', () => {
		const { folder, cli } = copyWith({});
		const { status, stderr, findings, finding } = examine({ cli });
		expect(status).toBe(1);
		expect(stderr).toBe('ringwire: 2 errors in 15 checks\n');
		expect(findings.map(({ check }) => check)).toEqual(checks);
		expect(finding('addon')).toMatchObject({
			status: 'error',
			found: expect.stringContaining(join(folder, addon)),
			advice: expect.stringContaining('npx ringwire build'),
		});
		expect(finding('message')).toMatchObject({ status: 'error', found: 'not tried: the addon does not load' });
		expect(finding('sealed memory').found).toContain('by the release of the kernel');
	});

	test('a truncated binary is an error with its size', () => {
		const { cli } = copyWith({ [addon]: readFileSync(join(root, addon)).subarray(0, -4096) });
		expect(examine({ cli }).finding('addon')).toMatchObject({
			status: 'error',
			found: expect.stringContaining('it is truncated'),
		});
	});

	test('a binary that ends the process that loads it is an error, and the doctor goes on', () => {
		const { folder, cli } = copyWith({});
		mkdirSync(dirname(join(folder, addon)), { recursive: true });
		execFileSync('gcc', ['-shared', '-fPIC', '-o', join(folder, addon), '-x', 'c', '-'], {
			input: 'void abort(void); __attribute__((constructor)) static void at_load(void) { abort(); }',
		});
		const { status, finding } = examine({ cli });
		expect(status).toBe(1);
		expect(finding('addon')).toMatchObject({ status: 'error', found: expect.stringContaining('signal SIGABRT') });
	});

	test('a built binary takes precedence over a prebuilt one, and both are named', () => {
		const bytes = readFileSync(join(root, addon));
		const folderOf = `lib-native/prebuilds/linux-${process.arch}`;
		const prebuilt = { [`${folderOf}/ringwire.glibc.node`]: bytes, [`${folderOf}/ringwire.musl.node`]: bytes };
		expect(examine(copyWith(prebuilt)).finding('addon')).toMatchObject({
			status: 'ok',
			found: expect.stringMatching(/prebuilds\/linux-\w+\/ringwire\.(glibc|musl)\.node \(prebuilt for linux/),
		});
		expect(examine(copyWith({ ...prebuilt, [addon]: bytes })).finding('addon')).toMatchObject({
			status: 'ok',
			found: expect.stringMatching(/Release\/ringwire\.node \(built on this machine, before .*prebuilds/),
		});
	});

	test('an addon that a static import has handed over is named', () => {
		const version = readFileSync(join(root, 'src/native/load.ts'), 'utf8').match(/'(ringwire \S+ addon)'/)?.[1];
		const handing = `data:text/javascript,globalThis[Symbol.for('${version}')]={leaveAll(){},listChannels:()=>[]}`;
		expect(examine({ flags: ['--import', handing] }).finding('addon').found).toBe('handed over by a static import');
	});
});

describe('the package', () => {
	const manifest = (version: string) => JSON.stringify({ name: 'ringwire', version });

	test('a second copy below another package is a warning with both versions', () => {
		const project = tree({
			'node_modules/ringwire/package.json': manifest('7.0.0'),
			'node_modules/@scope/other/node_modules/ringwire/package.json': manifest('8.0.0'),
		});
		const { status, found, advice } = checkCopies(project);
		expect({ status, advice }).toEqual({ status: 'warning', advice: expect.stringContaining('npm ls ringwire') });
		for (const version of ['7.0.0', '8.0.0']) expect(found).toContain(`${version} in ${project}`);
	});

	test('links to one copy are one copy', () => {
		const project = tree({ 'node_modules/other/package.json': '{}' });
		symlinkSync(root, join(project, 'node_modules/ringwire'));
		mkdirSync(join(project, 'node_modules/other/node_modules'));
		symlinkSync(root, join(project, 'node_modules/other/node_modules/ringwire'));
		expect(checkCopies(project).status).toBe('ok');
	});
});

describe('runtime and kernel', () => {
	const versions = process.versions;
	test.each([
		{ name: 'an old Node', given: { ...versions, node: '18.20.0' }, status: 'error', found: 'Node 18.20.0' },
		{
			name: 'a Node-API below 9',
			given: { ...versions, modules: '1', napi: '8' },
			status: 'error',
			found: 'Node-API 8',
		},
		{ name: 'Bun', given: { ...versions, bun: '1.4.0' }, status: 'ok', found: 'Bun 1.4.0' },
		{ name: 'Deno', given: { ...versions, deno: '2.9.0' }, status: 'ok', found: 'Deno 2.9.0' },
		{
			name: 'a Bun with a Node-API below 9',
			given: { ...versions, bun: '1.0.0', napi: '8' },
			status: 'error',
			found: 'Bun 1.0.0',
		},
		{ name: 'Electron', given: { ...versions, electron: '40.0.0' }, status: 'ok', found: 'Electron 40.0.0' },
	])('$name is reported as $status', ({ given, status, found }) => {
		expect(checkRuntime(given)).toMatchObject({ status, found: expect.stringContaining(found) });
	});

	test('SO_PASSRIGHTS follows from the release of the kernel', () => {
		expect(checkPassRights('6.16.0').found).toContain('6.16 or newer');
		expect(checkPassRights('6.1.0-18-amd64').found).toContain('not before Linux 6.16');
	});

	test('memory that the kernel does not seal is an error with its text', () => {
		const reason = 'could not seal shared memory (Linux 5.1 or newer is needed)';
		expect(checkSealedMemory({ file: '/a', failed: 'exchange', reason })).toMatchObject({
			status: 'error',
			found: reason,
		});
	});
});

describe('the run-time folder', () => {
	const of = (folder: string) => checkRunTimeFolder({ RINGWIRE_DIR: folder });
	const made = (mode: number) => {
		const folder = join(scratch(), 'run');
		mkdirSync(folder);
		chmodSync(folder, mode);
		return folder;
	};

	test('its path, the reason for it, and its rights and owner are named', () => {
		const folder = made(0o700);
		const own = `mode 0700, user ${process.geteuid?.()}, group ${process.getegid?.()}`;
		expect(of(folder)).toEqual({
			check: 'run-time folder',
			status: 'ok',
			found: `${folder} (RINGWIRE_DIR), ${own}`,
			advice: '',
		});
		const session = scratch();
		expect(checkRunTimeFolder({ XDG_RUNTIME_DIR: session }).found).toContain(
			`${session}/ringwire (XDG_RUNTIME_DIR)`,
		);
		expect(checkRunTimeFolder({}).found).toContain(`/tmp/ringwire-${process.geteuid?.()} (the default)`);
	});

	test.each([
		{ name: 'open to all users', folder: () => made(0o777), found: 'open to all users', advice: 'chmod 700' },
		{
			name: 'a file',
			folder: () => join(tree({ file: '' }), 'file'),
			found: 'is no real folder',
			advice: 'set RINGWIRE_DIR to a folder',
		},
		{
			name: 'in a folder that is missing',
			folder: () => join(scratch(), 'missing/run'),
			found: 'cannot be created: ENOENT',
			advice: 'set RINGWIRE_DIR',
		},
		{
			name: 'of a path that is too long for a socket',
			folder: () => `/tmp/${'x'.repeat(80)}`,
			found: 'has 85 bytes, more than 81',
			advice: 'shorter path',
		},
	])('one that is $name is an error', ({ folder, found, advice }) => {
		expect(of(folder())).toMatchObject({
			status: 'error',
			found: expect.stringContaining(found),
			advice: expect.stringContaining(advice),
		});
	});

	test('one of another user is an error with both users', (context) => {
		needsRoot(context);
		const folder = made(0o700);
		chownSync(folder, 41_001, 41_001);
		expect(of(folder)).toMatchObject({ status: 'error', found: expect.stringContaining('user 41001') });
	});

	test('one of a group is a warning, because channels without that group cannot use it', () => {
		const { status, advice } = of(made(0o2770));
		expect({ status, advice }).toEqual({ status: 'warning', advice: expect.stringContaining('group: ') });
	});

	test('one that is missing is created at the first use', () => {
		expect(of(join(scratch(), 'run'))).toMatchObject({ status: 'ok', found: expect.stringContaining('first use') });
	});

	test('a path that leaves few bytes for names is a warning', () => {
		const folder = join(scratch(), 'x'.repeat(40));
		mkdirSync(folder, { mode: 0o700 });
		const { status, found } = of(folder);
		expect({ status, found }).toEqual({
			status: 'warning',
			found: expect.stringMatching(/\d+ bytes left for names/),
		});
	});

	test('a folder that the library refuses is an error of the trial too, and the status is 1', () => {
		const before = process.env.RINGWIRE_DIR;
		process.env.RINGWIRE_DIR = made(0o777);
		try {
			const { status, finding } = examine();
			expect(status).toBe(1);
			expect(finding('message')).toMatchObject({
				status: 'error',
				found: expect.stringContaining('is open to other'),
			});
			expect(finding('channels').status).toBe('error');
		} finally {
			process.env.RINGWIRE_DIR = before;
		}
	});
});

describe('the channels', () => {
	test('the names of a killed endpoint are a warning', async () => {
		const name = uniqueName();
		const { child } = ringwire('read', name);
		await present(name, 'reader');
		child.kill('SIGKILL');
		await once(child, 'close');
		expect(examine().finding('channels')).toMatchObject({
			status: 'warning',
			found: expect.stringContaining('1 name of dead endpoints'),
		});
	});

	test('an endpoint that does not answer is a warning with its pid', async () => {
		const name = uniqueName();
		const { child } = ringwire('read', name);
		await present(name, 'reader');
		child.kill('SIGSTOP');
		expect(examine().finding('channels')).toMatchObject({
			status: 'warning',
			found: expect.stringContaining(`no answer from pid ${child.pid}`),
		});
	});
});

describe('the limits', () => {
	test('few descriptors are a warning', (context) => {
		const { status, finding } = examine({ through: needed(context, withLimit('nofile', 200)) });
		expect(status).toBe(0);
		expect(finding('descriptors')).toMatchObject({ status: 'warning', found: '200 descriptors in a process' });
		expect(checkDescriptors('Max open files            unlimited  unlimited  files\n').status).toBe('ok');
	});

	test('the limit of locked memory is for information', () => {
		const limits = 'Max locked memory         65536  65536  bytes\n';
		expect(checkLockedMemory(limits)).toMatchObject({ status: 'ok', found: '65.5 kB; ringwire locks none' });
	});

	test.each([
		{
			version: 2,
			files: {
				'proc/self/cgroup': '0::/a/b\n',
				'sys/fs/cgroup/a/b/memory.max': 'max\n',
				'sys/fs/cgroup/a/b/memory.current': '1\n',
				'sys/fs/cgroup/a/memory.max': '100000000\n',
				'sys/fs/cgroup/a/memory.current': '90000000\n',
			},
		},
		{
			version: 1,
			files: {
				'proc/self/cgroup': '4:memory:/a\n0::/\n',
				'sys/fs/cgroup/memory/a/memory.limit_in_bytes': '100000000\n',
				'sys/fs/cgroup/memory/a/memory.usage_in_bytes': '90000000\n',
				'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
				'sys/fs/cgroup/memory/memory.usage_in_bytes': '90000000\n',
			},
		},
	])('little memory left in a control group of version $version is a warning', ({ files }) => {
		expect(checkMemoryLimit(tree(files))).toMatchObject({
			status: 'warning',
			found: expect.stringContaining('90.0 MB of 100 MB'),
		});
	});

	test('without a limit of a control group there is nothing to warn about', () => {
		expect(checkMemoryLimit(scratch())).toMatchObject({ status: 'ok', found: 'none of a control group' });
	});

	test('a short backlog is a warning', () => {
		const folder = tree({ somaxconn: '16\n' });
		expect(checkBacklog(join(folder, 'somaxconn'))).toMatchObject({
			status: 'warning',
			found: '16 (net.core.somaxconn)',
		});
	});

	test('/dev/shm is for information', () => {
		expect(checkSharedMemoryFolder(join(scratch(), 'shm'))).toMatchObject({
			status: 'ok',
			found: expect.stringContaining('does not use'),
		});
	});
});

describe('a container', () => {
	test.each([
		{ name: 'Docker', files: { '.dockerenv': '' }, hint: '/.dockerenv' },
		{ name: 'Podman', files: { 'run/.containerenv': '' }, hint: '/run/.containerenv' },
		{ name: 'Kubernetes', files: { 'proc/1/cgroup': '1:memory:/kubepods/x\n' }, hint: '/proc/1/cgroup' },
	])('of $name is recognised, and a warning without RINGWIRE_DIR', ({ files, hint }) => {
		const folder = tree(files);
		expect(checkContainer(folder, {})).toMatchObject({ status: 'warning', found: `this is one: ${hint}` });
		expect(checkContainer(folder, { RINGWIRE_DIR: '/run/x' }).status).toBe('ok');
	});

	test('a pid namespace of its own is a hint', () => {
		const folder = tree({ 'proc/self/ns/x': '' });
		symlinkSync('pid:[4026532000]', join(folder, 'proc/self/ns/pid'));
		expect(checkContainer(folder, {}).found).toBe('this is one: a pid namespace of its own');
	});

	test('without a hint there is none', () => {
		expect(checkContainer(scratch(), {})).toMatchObject({ status: 'ok', found: 'none' });
	});
});
