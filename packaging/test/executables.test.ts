/** Single executables, made as docs/guide/install.md says. Each runs in a folder without a package around it. */
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { documented } from './support/documentation.js';
import { exchangeProgram } from './support/exchange.js';
import { installedNodes, versions } from './support/nodes.js';
import { type Files, Project, projects, type Result } from './support/project.js';
import { installed } from './support/tools.js';
import { exchangesInTwo } from './support/two-programs.js';
import { workersPrograms, workersSuccess } from './support/workers.js';

const [bunArch, libc] = [process.arch === 'arm64' ? 'aarch64' : 'x64', 'glibc'];
const staticImport = `ringwire/linux-${process.arch}`;
const addon = `node_modules/ringwire/lib-native/prebuilds/linux-${process.arch}/ringwire.${libc}.node`;

/** The programs of one tool. `prefix` begins those that run in a thread of their own, and `worker` is the file of the worker. */
function programs(folder: string, prefix: string, worker: string): Files {
	const workers = workersPrograms(worker, prefix);
	const files = {
		...workers,
		'exchange.cjs': exchangeProgram('commonjs'),
		'main.cjs': `${prefix} if (process.argv[2] === 'workers') require('./workers.cjs'); else require('./exchange.cjs');`,
	};
	return Object.fromEntries(Object.entries(files).map(([file, text]) => [`${folder}/${file}`, text]));
}

const application = (main: string) => JSON.stringify({ name: 'application', version: '1.0.0', bin: main });
const user = new Project('executables', {
	'addon.mjs': documented('docs/guide/install.md', ({ info }) => info.get('file') === 'addon.js'),
	...programs('node', `require('../addon.mjs');`, `path.join(path.dirname(process.execPath), 'worker.cjs')`),
	...programs('pkg', '', `path.join(__dirname, 'worker.cjs')`),
	'pkg/package.json': application('main.cjs'),
	'pkg-esm/package.json': application('exchange.mjs'),
	'pkg-esm/exchange.mjs': exchangeProgram('esm'),
	...programs('bun', `require('${staticImport}');`, `'./worker.cjs'`),
});

let nodeOf: (version: string) => string;
let pkg: string;
let bun: string;
beforeAll(async () => {
	const [nodes, executables, runtimes] = await Promise.all([
		installedNodes(),
		installed('executables'),
		installed('runtimes'),
		user.install(['rxjs@7.8.2', 'ix@7.0.0', 'esbuild@0.28.2', 'postject@1.0.0-alpha.6']),
	]);
	nodeOf = nodes;
	pkg = join(executables, '@yao-pkg/pkg/lib-es5/bin.js');
	bun = join(runtimes, `@oven/bun-linux-${bunArch}/bin/bun`);
});

async function succeeds(step: Promise<Result>): Promise<void> {
	const { status, output, errors } = await step;
	expect(status, `${output}\n${errors}`).toBe(0);
}

/** An empty folder for the executable. */
function empty(name: string): Project {
	rmSync(join(projects, name), { recursive: true, force: true });
	return new Project(name, {});
}

/** Bundles with esbuild, whose program is no script. */
function bundle(input: string, output: string): Promise<void> {
	const esbuild = join(user.folder, 'node_modules/.bin/esbuild');
	const flags = ['--bundle', '--platform=node', '--format=cjs', '--log-level=error'];
	return succeeds(user.run(esbuild, [input, ...flags, `--outfile=${output}`]));
}

/** Makes an executable of this version of Node and of a bundle. */
async function makeSingle(version: string, main: string, file: string): Promise<void> {
	const blob = `${version}.blob`;
	const config = { main, output: blob, disableExperimentalSEAWarning: true };
	user.write({ 'sea.json': JSON.stringify(config) });
	await succeeds(user.run(nodeOf(version), ['--experimental-sea-config', 'sea.json']));
	copyFileSync(nodeOf(version), file);
	const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
	await succeeds(user.bin('postject', [file, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]));
}

test.each(versions)(
	'a single executable of Node %s with the addon in a file beside it: messages pass, also from workers',
	async (version) => {
		const folder = empty(`single-${version}`);
		const file = join(folder.folder, 'application');
		await bundle('node/main.cjs', 'main.bundle.cjs');
		await bundle('node/worker.cjs', join(folder.folder, 'worker.cjs'));
		await makeSingle(version, 'main.bundle.cjs', file);
		copyFileSync(join(user.folder, addon), join(folder.folder, 'ringwire.glibc.node'));
		await exchangesInTwo((args) => folder.run(file, args));
		expect(await folder.run(file, ['workers'])).toEqual(workersSuccess);
	},
);

test('a single executable of Node without the addon: the error names the import', async () => {
	const folder = empty('single-bare');
	const file = join(folder.folder, 'application');
	await bundle('pkg/exchange.cjs', 'bare.bundle.cjs');
	await makeSingle('24', 'bare.bundle.cjs', file);
	const { status, errors } = await folder.run(file, ['read', 'bare']);
	expect(status).toBe(1);
	expect(errors).toContain("code: 'ERR_RINGWIRE_UNSUPPORTED'");
	expect(errors).toContain(`import the addon before it, for instance '${staticImport}'`);
});

/** pkg --sea downloads Node from its own server: the same version from npm stands where a finished download would be. */
async function makeWithPkg(source: string, file: string): Promise<{ HOME: string }> {
	const version = (await user.run(nodeOf('22'), ['--version'])).output.trim();
	const name = `node-${version}-linux-${process.arch}`;
	const home = join(user.folder, 'home');
	const downloads = join(home, '.pkg-cache/sea');
	const node = join(downloads, name, 'bin/node');
	mkdirSync(dirname(node), { recursive: true });
	copyFileSync(nodeOf('22'), node);
	for (const finished of [`${node}.ok`, `${downloads}/${name}.tar.gz`, `${downloads}/${name}.tar.gz.ok`])
		writeFileSync(finished, '');
	const target = `node${version.slice(1)}-linux-${process.arch}`;
	await succeeds(user.run(nodeOf('22'), [pkg, '--sea', '-t', target, '-o', file, source], { HOME: home }));
	return { HOME: home };
}

test('an executable of pkg --sea has the package inside: messages pass, also from workers', async () => {
	const folder = empty('pkg');
	const file = join(folder.folder, 'application');
	const environment = await makeWithPkg('pkg', file);
	await exchangesInTwo((args) => folder.run(file, args, environment));
	expect(await folder.run(file, ['workers'], environment)).toEqual(workersSuccess);
});

test('an executable of pkg --sea from an ES module exchanges messages', async () => {
	const folder = empty('pkg-esm');
	const file = join(folder.folder, 'application');
	const environment = await makeWithPkg('pkg-esm', file);
	await exchangesInTwo((args) => folder.run(file, args, environment));
});

const makeWithBun = (sources: readonly string[], file: string) =>
	succeeds(user.run(bun, ['build', '--compile', ...sources, '--outfile', file]));

test('an executable of bun build --compile with the static import: messages pass, also from workers', async () => {
	const folder = empty('bun');
	const file = join(folder.folder, 'application');
	await makeWithBun(['bun/main.cjs', 'bun/worker.cjs'], file);
	await exchangesInTwo((args) => folder.run(file, args));
	expect(await folder.run(file, ['workers'])).toEqual(workersSuccess);
});

test('an executable of bun build --compile without the static import: the error names it', async () => {
	const folder = empty('bun-bare');
	const file = join(folder.folder, 'application');
	await makeWithBun(['pkg/exchange.cjs'], file);
	// It looks for the addon where the package was when it was made, and another machine has nothing there.
	const [here, away] = ['ringwire', 'ringwire-away'].map((name) => join(user.folder, 'node_modules', name)) as [
		string,
		string,
	];
	renameSync(here, away);
	onTestFinished(() => renameSync(away, here));
	const { status, errors } = await folder.run(file, ['read', 'bare']);
	expect(status).toBe(1);
	expect(errors).toContain('ERR_RINGWIRE_UNSUPPORTED');
	expect(errors).toContain(`import the addon before it, for instance '${staticImport}'`);
});
