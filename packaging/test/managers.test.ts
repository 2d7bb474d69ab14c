/** Package managers and the trees that they make: each installs the tarball, and the program exchanges messages with another process. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { exchangeProgram } from './support/exchange.js';
import { Project, projects, type Result, repository, success, tarball } from './support/project.js';

const programs = { 'exchange.mjs': exchangeProgram('esm'), 'exchange.cjs': exchangeProgram('commonjs') };
const peers = { rxjs: '7.8.2', ix: '7.0.0' };
const peerNames = Object.entries(peers).map(([name, version]) => `${name}@${version}`);

const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
const managers = new Project('managers', {});
const berry = join(managers.folder, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');

beforeAll(() => managers.npm(['install', ...quiet, 'pnpm@10.34.8', 'yarn@1.22.22', '@yarnpkg/cli-dist@4.18.1']));

async function exchanges(user: Project): Promise<void> {
	for (const program of Object.keys(programs)) expect(await user.node([program])).toEqual(success);
}

/** Fails with everything that the program has printed. */
function succeeds({ status, output, errors }: Result): void {
	expect(status, `${output}\n${errors}`).toBe(0);
}

/** The tarball and its peers, with the command `add` of another manager. */
async function adds(user: Project, manager: string, flags: readonly string[]): Promise<void> {
	const program = join(managers.folder, 'node_modules', manager);
	succeeds(await user.node([program, 'add', ...flags, tarball, ...peerNames]));
}

test.each(['--ignore-scripts', '--omit=optional', '--install-strategy=nested'])('npm install %s', async (flag) => {
	const user = new Project(`npm${flag}`, programs);
	await user.install(peerNames, [flag]);
	await exchanges(user);
});

test('npm ci --ignore-scripts', async () => {
	const user = new Project('npm-ci', programs);
	await user.install(peerNames, ['--package-lock-only']);
	await user.npm(['ci', ...quiet, '--ignore-scripts']);
	await exchanges(user);
});

test.each(['isolated', 'hoisted'])('pnpm, with the linker %s', async (linker) => {
	const user = new Project(`pnpm-${linker}`, programs);
	await adds(user, 'pnpm/bin/pnpm.cjs', [
		`--store-dir=${join(projects, 'pnpm-store')}`,
		`--config.node-linker=${linker}`,
	]);
	await exchanges(user);
});

test('yarn 1', async () => {
	const user = new Project('yarn-1', programs);
	await adds(user, 'yarn/bin/yarn.js', ['--cache-folder', join(projects, 'yarn-1-cache'), '--no-progress']);
	await exchanges(user);
});

/** A project that Yarn 4 has installed. */
async function installedByBerry(linker: string): Promise<Project> {
	const dependencies = { ringwire: `file:${tarball}`, ...peers };
	const settings = `
nodeLinker: ${linker}
enableTelemetry: false
enableGlobalCache: false
enableImmutableInstalls: false
globalFolder: ${JSON.stringify(join(projects, 'yarn-folder'))}
`;
	const files = { ...programs, '.yarnrc.yml': settings, 'yarn.lock': '' };
	const user = new Project(`yarn-4-${linker}`, files, { dependencies });
	succeeds(await user.node([berry, 'install']));
	return user;
}

test('yarn 4 with node_modules', async () => exchanges(await installedByBerry('node-modules')));

test('yarn 4 with Plug’n’Play', async () => {
	const user = await installedByBerry('pnp');
	for (const program of Object.keys(programs)) {
		const { status, output, errors } = await user.node([berry, 'node', program]);
		expect({ status, output }, errors).toEqual({ status: 0, output: success.output });
	}
});

/** The tarball, unpacked and changed. */
async function unpacked(name: string, manifestOf: (manifest: object) => object): Promise<Project> {
	const folder = new Project(name, {});
	await folder.run('tar', ['xzf', tarball]);
	const file = join(folder.folder, 'package/package.json');
	writeFileSync(file, JSON.stringify(manifestOf(JSON.parse(readFileSync(file, 'utf8')))));
	return folder;
}

test.each(['0.1.99', '0.99.0'])(
	'two versions in one tree, ours and %s, exchange messages in one process',
	async (version) => {
		const other = await unpacked(`version-${version}`, (manifest) => ({ ...manifest, version }));
		// As in the release of such a version: what its copies share is named after the minor version.
		const named = `s/ringwire 0\\.1 /ringwire ${version.replace(/\.\d+$/, '')} /`;
		succeeds(
			await other.run('bash', [
				'-ec',
				`grep -rlZ 'ringwire 0.1 ' package/{dist,cjs,static} | xargs -0 sed -i '${named}'`,
			]),
		);
		await other.npm(['pack', '--ignore-scripts', './package']);
		const user = new Project(`with-version-${version}`, {
			'dependent.mjs': `
			import * as ours from 'ringwire';
			import * as other from 'other';
			import { createRequire } from 'node:module';
			const versionOf = (name) => createRequire(import.meta.url)(name + '/package.json').version;
			const pass = async (from, to, name) => {
				const reader = to.openReader(to.defineChannel({ name, codec: to.json() }));
				const writer = from.openWriter(from.defineChannel({ name, codec: from.json() }));
				await writer.whenConnected();
				writer.tryWrite({ name });
				const message = await reader.read();
				writer.end();
				await Promise.all([reader.close(), writer.close()]);
				return message.name;
			};
			const messages = [await pass(ours, other, 'there'), await pass(other, ours, 'back')];
			console.log(JSON.stringify({ messages, same: ours.openReader === other.openReader, versions: versionOf('ringwire') === versionOf('other') }));`,
		});
		await user.install([`other@file:${join(other.folder, `ringwire-${version}.tgz`)}`]);
		const { status, output, errors } = await user.node(['dependent.mjs']);
		expect({ status, errors }).toEqual({ status: 0, errors: '' });
		expect(JSON.parse(output)).toEqual({ messages: ['there', 'back'], same: false, versions: false });
	},
);

const typed = `
import { type Channel, defineChannel, defineDuplex, json } from 'ringwire';
import { channelEvents, duplexSubject, fromChannel, latestFrom, pullMap, sampleFrom, writeTo } from 'ringwire/observables';
import { interval, map, merge, type Observable, of, type Observer, take, takeUntil, toArray } from 'rxjs';

const numbers: Channel<number> = defineChannel({ name: 'numbers', codec: json<number>() });
const stop = of(1);
export const doubled: Observable<number[]> = fromChannel(numbers).pipe(map((n) => 2 * n), take(3), takeUntil(stop), toArray());
export const pulled: Observable<string> = fromChannel(numbers).pipe(pullMap((n) => of(String(n))));
export const merged: Observable<number> = merge(fromChannel(numbers), latestFrom(numbers), sampleFrom(numbers, interval(10)));
export const written: Observable<never> = of(1, 2).pipe(writeTo(numbers));
export const events = channelEvents(fromChannel(numbers)).pipe(map(({ type }) => type));
const duplex = defineDuplex({ name: 'duplex', toServer: { codec: json<number>() }, toClient: { codec: json<string>() } });
export const subject: Observable<string> & Observer<number> = duplexSubject(duplex);
`;
const typescript = repository('node_modules/typescript/bin/tsc');
const typeFiles = {
	...programs,
	'types.mts': typed,
	'tsconfig.json': JSON.stringify({
		compilerOptions: {
			strict: true,
			skipLibCheck: false,
			noEmit: true,
			target: 'es2022',
			lib: ['es2023', 'esnext.disposable'],
			module: 'nodenext',
			types: ['node'],
		},
		files: ['types.mts'],
	}),
};
const silent: Result = { status: 0, output: '', errors: '' };
const userVersions = ['7.8.0', '7.8.1', '7.8.2'];

test.each(userVersions)('rxjs %s of the user has the types of ours, and messages pass', async (version) => {
	const user = new Project(`rxjs-${version}`, typeFiles);
	await user.install([`rxjs@${version}`, 'ix@7.0.0', '@types/node@20.19.0']);
	expect(await user.node([typescript, '-p', '.'])).toEqual(silent);
	await exchanges(user);
});

/** Our package in a folder with an rxjs of its own, installed from there beside the user's. */
async function installedByFolder(version: string, flags: readonly string[]): Promise<Project> {
	const name = `folder-for-${version}${flags.join('')}`;
	const folder = await unpacked(name, (manifest) => ({ ...manifest, devDependencies: {} }));
	await folder.npm(['install', '--prefix', 'package', ...quiet, '--no-save', ...peerNames]);
	const user = new Project(`by-${name}`, typeFiles);
	const others = [`rxjs@${version}`, 'ix@7.0.0', '@types/node@20.19.0'];
	await user.npm(['install', ...quiet, ...flags, `../${name}/package`, ...others]);
	return user;
}

test.each(userVersions)('rxjs %s of the user has the types of ours, installed by folder as a copy', async (version) => {
	const user = await installedByFolder(version, ['--install-links']);
	expect(await user.node([typescript, '-p', '.'])).toEqual(silent);
	await exchanges(user);
});

// TypeScript takes two copies of one version for the same. Classes of two versions it never does: they have private members.
test('an rxjs of the same version has the types of ours, installed by folder as a link', async () => {
	const user = await installedByFolder(peers.rxjs, []);
	expect(await user.node([typescript, '-p', '.'])).toEqual(silent);
	await exchanges(user);
});

test('messages pass with an rxjs of another version in our folder, installed as a link', async () => {
	await exchanges(await installedByFolder('7.8.0', []));
});
