// Everything that must exist before anything of ringwire can run. Each step looks first whether it is fresh, so a second
// call does nothing. `npm run set-up` runs all of them.
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, fromRoot, nodeModule } from './paths.mjs';
import { fingerprint, isStamped, stamp } from './stamp.mjs';
import { runQuietly } from './tool.mjs';

const addon = 'lib-native/build/Release/ringwire.node';
const addonSources = ['core', 'platform', 'channel', 'binding', 'binding.gyp'].map((name) => `lib-native/${name}`);
const programs = ['demo', 'examples', 'bench', 'soak', 'test/programs'];
const typescriptSources = [
	...['src', ...programs, 'package-lock.json'],
	...['tsconfig.base.json', 'tsconfig.build.json', 'tsconfig.programs.json'],
];

/** Each answers whether all is well at its end; what went wrong has been printed then. */
export const steps = {
	async dependencies() {
		if (dependenciesAreFresh()) return true;
		// The npm that runs us, if one does.
		const npm = process.env.npm_execpath?.endsWith('npm-cli.js')
			? { command: process.execPath, args: [process.env.npm_execpath] }
			: { command: 'npm', args: [] };
		npm.args.push('ci', '--include=dev', '--no-audit', '--no-fund');
		return runQuietly('setting up: installing dependencies (npm ci)', [npm]);
	},

	async native() {
		const print = fingerprint(addonSources);
		if (existsSync(fromRoot(addon)) && isStamped('native', print)) return true;
		const args = [
			nodeModule('node-gyp/bin/node-gyp.js'),
			'configure',
			'build',
			'-C',
			'lib-native',
			...nodeHeaders(),
		];
		const options = { env: { ...process.env, JOBS: '2' } };
		const built = await runQuietly('setting up: building the native addon (node-gyp)', [
			{ command: process.execPath, args, options },
		]);
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
		chmodSync(fromRoot('dist/cli/main.js'), 0o755);
		stamp('typescript', print);
		return true;
	},
};

/** Runs the steps in order up to the first that fails. Answers whether all went well. */
export async function setUp() {
	for (const step of Object.values(steps)) if (!(await step())) return false;
	return true;
}

/** What is installed is what the lock file says. Packages for other platforms are not installed, hence `optional`. */
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

/** Headers that came with the running Node need no network; otherwise node-gyp fetches them. */
function nodeHeaders() {
	const prefix = dirname(dirname(process.execPath));
	return existsSync(`${prefix}/include/node/node_api.h`) ? [`--nodedir=${prefix}`] : [];
}

/** What was compiled from sources that are gone would still be imported, tested and published. */
function removeOrphans(sourceFolder, builtFolder) {
	if (!existsSync(fromRoot(builtFolder))) return;
	for (const file of filesBelow(['.'], fromRoot(builtFolder))) {
		const source = file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
		if (!existsSync(fromRoot(sourceFolder, source))) rmSync(fromRoot(builtFolder, file));
	}
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = (await setUp()) ? 0 : 1;
