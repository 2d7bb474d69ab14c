// Installs and builds everything that ringwire needs to run. Each step first checks whether its result is fresh, so that a second
// call does nothing. `npm run set-up` runs all steps.
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, fromRoot, nodeModule } from './paths.mjs';
import { fingerprint, isStamped, stamp } from './stamp.mjs';
import { runQuietly } from './tool.mjs';

/** The addon, and the one with which the tests check its event loop. Each is built in its folder. */
const addons = [
	{ folder: 'lib-native', file: 'lib-native/build/Release/ringwire.node' },
	{ folder: 'lib-native/test/binding', file: 'lib-native/test/binding/build/Release/event_loop_kit.node' },
];
const addonSources = [
	...['core', 'platform', 'channel', 'binding', 'binding.gyp', 'sources.cjs'],
	...['test/binding', 'test/platform/link_pair.h'],
].map((name) => `lib-native/${name}`);
const programs = ['demo', 'examples', 'bench', 'soak', 'test/programs'];
const typescriptSources = [
	...['src', ...programs, 'package-lock.json', 'scripts/commonjs.mjs'],
	...['tsconfig.base.json', 'tsconfig.build.json', 'tsconfig.programs.json'],
];

/** Each step resolves with whether it succeeded. It prints its errors itself. */
export const steps = {
	async dependencies() {
		if (dependenciesAreFresh()) return true;
		// The npm that runs this script, if there is one.
		const npm = process.env.npm_execpath?.endsWith('npm-cli.js')
			? { command: process.execPath, args: [process.env.npm_execpath] }
			: { command: 'npm', args: [] };
		npm.args.push('ci', '--include=dev', '--no-audit', '--no-fund');
		return runQuietly('setting up: installing dependencies (npm ci)', [npm]);
	},

	async native() {
		const print = fingerprint(addonSources);
		if (addons.every(({ file }) => existsSync(fromRoot(file))) && isStamped('native', print)) return true;
		const options = { env: { ...process.env, JOBS: '2' } };
		const nodeGyp = [nodeModule('node-gyp/bin/node-gyp.js'), 'configure', 'build', ...nodeHeaders()];
		const commands = addons.map(({ folder }) => ({
			command: process.execPath,
			args: [...nodeGyp, '-C', folder],
			options,
		}));
		const built = await runQuietly('setting up: building the native addon (node-gyp)', commands);
		if (built) stamp('native', print);
		return built;
	},

	async typescript() {
		const print = fingerprint(typescriptSources);
		if (existsSync(fromRoot('dist/index.js')) && isStamped('typescript', print)) return true;
		const compile = (project) => ({
			command: process.execPath,
			args: [nodeModule('typescript/bin/tsc'), '-p', project],
		});
		const built = await runQuietly('setting up: compiling TypeScript (tsc)', [
			compile('tsconfig.build.json'),
			compile('tsconfig.programs.json'),
		]);
		if (!built) return false;
		removeOrphans('src', 'dist');
		for (const folder of programs) removeOrphans(folder, `build/programs/${folder}`);
		// Not at the top: without installed dependencies there is no esbuild yet.
		await (await import('./commonjs.mjs')).compileCommonJs();
		chmodSync(fromRoot('dist/cli/main.js'), 0o755);
		stamp('typescript', print);
		return true;
	},
};

/** Runs the steps in order up to the first that fails. Resolves with whether all succeeded. */
export async function setUp() {
	for (const step of Object.values(steps)) if (!(await step())) return false;
	return true;
}

/** Whether the installed packages are those of the lock file. Packages for other platforms are not installed, hence `optional`. */
function dependenciesAreFresh() {
	const packagesOf = (file) => {
		try {
			return JSON.parse(readFileSync(fromRoot(file), 'utf8')).packages;
		} catch {
			return undefined;
		}
	};
	const wanted = packagesOf('package-lock.json');
	const installed = packagesOf('node_modules/.package-lock.json');
	if (wanted === undefined || installed === undefined) return false;
	return Object.entries(wanted).every(
		([path, { version, integrity, optional }]) =>
			path === '' ||
			(installed[path] === undefined && optional === true) ||
			(installed[path]?.version === version && installed[path].integrity === integrity),
	);
}

/** Uses the headers beside the running Node if they exist. Otherwise node-gyp downloads them. */
function nodeHeaders() {
	const prefix = dirname(dirname(process.execPath));
	return existsSync(`${prefix}/include/node/node_api.h`) ? [`--nodedir=${prefix}`] : [];
}

/** Removes files whose source is gone. They would still be imported, tested and published. */
function removeOrphans(sourceFolder, builtFolder) {
	if (!existsSync(fromRoot(builtFolder))) return;
	for (const file of filesBelow(['.'], fromRoot(builtFolder))) {
		const source = file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
		if (!existsSync(fromRoot(sourceFolder, source))) rmSync(fromRoot(builtFolder, file));
	}
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = (await setUp()) ? 0 : 1;
