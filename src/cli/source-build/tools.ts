import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRequire } from '../../native/package-require.js';
import { runStep } from '../run-step.js';

/** The versions that ringwire is tested with. A package in reach is used if its version begins with `accepted`. */
const tools = {
	'node-gyp': { wanted: '~12.4.0', accepted: '12.4.' },
	'node-addon-api': { wanted: '8.9.2', accepted: '8.9.' },
} as const;

type Tool = keyof typeof tools;
const names: readonly Tool[] = ['node-gyp', 'node-addon-api'];

const networkFailure =
	/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;

/** Whether the output of npm or node-gyp shows that a server could not be reached. */
export function isNetworkFailure(output: string): boolean {
	return networkFailure.test(output);
}

/**
 * Puts node-gyp and node-addon-api into `node_modules` of `folder`: as links if the package or the project has them, which
 * needs no network, else by `npm install`.
 */
export async function provideTools(folder: string, signal: AbortSignal): Promise<void> {
	const found = names.map((name) => ({ name, path: findTool(name) }));
	const missing = found.filter(({ path }) => path === undefined).map(({ name }) => name);
	if (missing.length > 0) return fetchTools(folder, signal);
	mkdirSync(join(folder, 'node_modules'));
	for (const { name, path = '' } of found) symlinkSync(path, join(folder, 'node_modules', name));
}

function findTool(name: Tool): string | undefined {
	for (const require of [packageRequire(), createRequire(join(projectFolder(), 'package.json'))]) {
		try {
			const manifest = require.resolve(`${name}/package.json`);
			const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'));
			if (version.startsWith(tools[name].accepted)) return dirname(manifest);
		} catch {
			// Not installed there, or another package manager hides it.
		}
	}
	return undefined;
}

async function fetchTools(folder: string, signal: AbortSignal): Promise<void> {
	const packages = names.map((name) => `${name}@${tools[name].wanted}`);
	writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
	// The registry of the project, and the keys to it. The folder is open to this user only.
	const settings = join(projectFolder(), '.npmrc');
	if (existsSync(settings)) copyFileSync(settings, join(folder, '.npmrc'));
	const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--fetch-retries=1'];
	const args = ['install', `--prefix=${folder}`, ...flags, ...packages];
	const { ok, output } = await runStep(`fetching ${packages.join(' and ')}`, [...npm(), ...args], {
		cwd: folder,
		signal,
	});
	if (ok) return;
	process.stderr.write(output);
	const way = `without it, install ${packages.join(' and ')} in the project, which is used then`;
	if (/\bENOENT\b/.test(output) && !isNetworkFailure(output)) throw new Error(`npm is not found; ${way}`);
	if (isNetworkFailure(output)) throw new Error(`npm does not reach its registry; ${way}`);
	throw new Error(`npm install failed, see its output above; ${way}`);
}

/** The npm that runs this command, or the one beside this Node, or the one in PATH. */
function npm(): [string, ...string[]] {
	const running = process.env.npm_execpath;
	if (running?.endsWith('npm-cli.js')) return [process.execPath, running];
	const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
	return existsSync(beside) ? [process.execPath, beside] : ['npm'];
}

/** npm runs a command in another folder than the project's if it is started below it. */
function projectFolder(): string {
	return process.env.npm_config_local_prefix ?? process.cwd();
}
