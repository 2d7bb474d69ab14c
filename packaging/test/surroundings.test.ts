/** Surroundings that are not as usual: users, folders, files, and the ways in which Node runs a program. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { exchangeProgram } from './support/exchange.js';
import { Project, type Result, success } from './support/project.js';
import { exchangesInTwo } from './support/two-programs.js';
import { workersPrograms, workersSuccess } from './support/workers.js';

const packages = ['rxjs@7.8.2', 'ix@7.0.0'];
const programs = { 'exchange.mjs': exchangeProgram('esm'), 'exchange.cjs': exchangeProgram('commonjs') };
const opener = {
	'open.mjs': `
		import { defineChannel, openReader } from 'ringwire';
		try {
			await openReader(defineChannel({ name: 'open-' + process.pid })).close();
			console.log('opened');
		} catch ({ code, message }) {
			console.log(code + ': ' + message);
		}`,
};
const forker = {
	'fork.mjs': `
		import { spawnSync } from 'node:child_process';
		import { once } from 'node:events';
		import { Worker } from 'node:worker_threads';
		const worker = new Worker(new URL('open.mjs', import.meta.url));
		await once(worker, 'exit');
		console.log('a child ended with ' + spawnSync(process.execPath, ['--version']).status);`,
};
const user = new Project('surroundings', { ...programs, ...opener, ...forker });
beforeAll(() => user.install(packages));

const isRoot = process.getuid?.() === 0;
/** Root may read and write everything, so these programs run as the user nobody. */
function asUser(project: Project, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
	const environment = { XDG_RUNTIME_DIR: '', ...env };
	if (!isRoot) return project.node(args, environment);
	const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
	return project.run('setpriv', [...nobody, process.execPath, ...args], environment);
}

function readOnlyFolder(): string {
	const folder = join(user.folder, 'read-only');
	mkdirSync(folder, { recursive: true });
	chmodSync(folder, 0o555);
	return folder;
}

test.each([
	{ kind: 'missing', folder: () => '/nonexistent' },
	{ kind: 'read-only', folder: readOnlyFolder },
	{ kind: 'empty', folder: () => '' },
])('messages pass with $kind HOME and TMPDIR', async ({ folder }) => {
	const env = { HOME: folder(), TMPDIR: folder() };
	expect(await asUser(user, ['exchange.mjs'], env)).toEqual(success);
});

test('a run-time folder that cannot be made is an error that names it', async () => {
	const { status, output } = await asUser(user, ['open.mjs'], { XDG_RUNTIME_DIR: readOnlyFolder() });
	expect(status).toBe(0);
	expect(output).toMatch(/^ERR_RINGWIRE_ACCESS: /);
	expect(output).toContain(`${readOnlyFolder()}/ringwire`);
});

// Node unloads an addon with the last thread that has it, unless its binary forbids that.
test('a child process starts after the only thread with the addon has ended', async () => {
	const output = 'opened\na child ended with 0\n';
	expect(await user.node(['fork.mjs'])).toEqual({ status: 0, output, errors: '' });
});

test('messages pass from a folder whose name has spaces, signs of URLs and letters beyond ASCII', async () => {
	const odd = new Project('größe 100% #1? 空白', programs);
	await odd.install(packages);
	for (const program of Object.keys(programs)) expect(await odd.node([program])).toEqual(success);
});

const prebuilt = `node_modules/ringwire/lib-native/prebuilds/linux-${process.arch}/ringwire.glibc.node`;

// Electron forbids them. Its program cannot be had here.
test('no prebuilt binary imports a function that makes external buffers, but the one whose refusal loans expect', () => {
	const folder = join(user.folder, 'node_modules/ringwire/lib-native/prebuilds');
	const binaries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
		file.endsWith('.node'),
	);
	expect(binaries).toHaveLength(4);
	for (const binary of binaries) {
		const text = readFileSync(join(folder, binary), 'latin1');
		expect(text).toContain('napi_create_function');
		expect(new Set(text.match(/napi_create_external_\w*buffer/g))).toEqual(
			new Set(['napi_create_external_arraybuffer']),
		);
	}
});

/** The project with a copy of the package in which the prebuilt binary is changed. */
function changed(name: string, change: (file: string) => void): Project {
	const project = new Project(`surroundings-${name}`, opener);
	const modules = 'node_modules';
	rmSync(join(project.folder, modules), { recursive: true, force: true });
	for (const dependency of ['ringwire', 'node-gyp-build', 'detect-libc']) {
		cpSync(join(user.folder, modules, dependency), join(project.folder, modules, dependency), { recursive: true });
	}
	change(join(project.folder, prebuilt));
	return project;
}

test('a prebuilt binary that the user may not read is an error with the reason', async () => {
	const project = changed('unreadable', (file) => chmodSync(file, 0));
	const { output } = await asUser(project, ['open.mjs']);
	expect(output).toMatch(/^ERR_RINGWIRE_UNSUPPORTED: /);
	expect(output).toContain(`${join(project.folder, prebuilt)}: it cannot be read (EACCES)`);
});

test('a prebuilt binary for a newer glibc is an error that names the version and the command that builds one', async () => {
	const project = changed('newer-glibc', (file) => {
		const text = readFileSync(file, 'latin1').replaceAll('GLIBC_2.', 'GLIBC_9.');
		writeFileSync(file, Buffer.from(text, 'latin1'));
	});
	const { output } = await project.node(['open.mjs']);
	expect(output).toMatch(/^ERR_RINGWIRE_UNSUPPORTED: /);
	expect(output).toMatch(/version `GLIBC_9\.[\d.]+' not found/);
	expect(output).toContain('npx ringwire build');
});

test('worker threads of one process exchange messages, and the process ends by itself', async () => {
	user.write(workersPrograms(`path.join(__dirname, 'worker.cjs')`));
	expect(await user.node(['workers.cjs'])).toEqual(workersSuccess);
});

test('values of another vm context are accepted as those of this one', async () => {
	user.write({
		'contexts.cjs': `
			const vm = require('node:vm');
			const ringwire = require('ringwire');
			const program = \`(async () => {
				const bytes = ringwire.defineChannel({ name: name + '-bytes' });
				const json = ringwire.defineChannel({ name: name + '-json', codec: ringwire.json() });
				const results = [];
				for (const [channel, message] of [[bytes, new Uint8Array([1, 2, 3])], [json, { list: [4, 5] }]]) {
					const reader = ringwire.openReader(channel, { signal: undefined });
					const writer = ringwire.openWriter(channel, {});
					await writer.whenConnected();
					await writer.write(message);
					results.push(await reader.read());
					writer.end();
					await Promise.all([reader.close(), writer.close()]);
				}
				return results;
			})()\`;
			const context = vm.createContext({ ringwire, name: 'contexts-' + process.pid });
			vm.runInContext(program, context).then(([bytes, json]) => console.log(JSON.stringify([[...bytes], json])));`,
	});
	const { status, output, errors } = await user.node(['contexts.cjs']);
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(JSON.parse(output)).toEqual([[1, 2, 3], { list: [4, 5] }]);
});

// Its name from Node 24 on, and before.
const permission = process.allowedNodeEnvironmentFlags.has('--permission')
	? '--permission'
	: '--experimental-permission';
const mayRead = ['--no-warnings', permission, `--allow-fs-read=${join(user.folder, '*')}`];

test('under the permission model messages pass with the right to read the project and to load addons', async () => {
	await exchangesInTwo((args) => user.node([...mayRead, '--allow-addons', 'exchange.mjs', ...args]));
});

test('under the permission model without the right to read the binary the error names the flag and the file', async () => {
	const project = changed('forbidden', () => {});
	const modules = ['ringwire/package.json', 'ringwire/dist/*', 'node-gyp-build/*', 'detect-libc/*'];
	const files = ['open.mjs', 'package.json', ...modules.map((file) => `node_modules/${file}`)];
	const rights = files.map((file) => `--allow-fs-read=${join(project.folder, file)}`);
	const { output } = await project.node(['--no-warnings', permission, '--allow-addons', ...rights, 'open.mjs']);
	expect(output).toMatch(/^ERR_RINGWIRE_UNSUPPORTED: /);
	expect(output).toContain('--allow-fs-read');
	expect(output).toContain(join(project.folder, 'node_modules/ringwire/lib-native'));
});

test('under the permission model without the right to load addons the error names the flag', async () => {
	const { output } = await user.node([...mayRead, 'open.mjs']);
	expect(output).toMatch(/^ERR_RINGWIRE_UNSUPPORTED: /);
	expect(output).toContain('--allow-addons');
});
