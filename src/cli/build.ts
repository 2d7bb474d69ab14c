import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { CAC } from 'cac';
import { locateAddon } from '../native/location.js';
import { interruption } from './interruption.js';
import type { Given } from './options.js';
import { runStep } from './run-step.js';
import { checkRequirements } from './source-build/requirements.js';
import { isNetworkFailure, provideTools } from './source-build/tools.js';
import { folderOfTrial, tryAddon } from './trial.js';

const sources = ['core', 'platform', 'channel', 'binding', 'binding.gyp', 'sources.cjs'];
const result = 'build/Release/ringwire.node';
const jobsMax = 4;

export function addBuild(cli: CAC): void {
	cli.command('build', 'Build the native addon from source, where no prebuilt binary fits')
		.option(
			'--nodedir <folder>',
			'The headers of Node: a folder with include/node/node_api.h (default: beside node)',
		)
		.action((given: Given) => build(headersFolder(given.nodedir)));
}

/**
 * Builds in a temporary folder, so that a failure leaves the package as it was, and processes that have loaded the old binary
 * keep it. `headers` undefined: node-gyp downloads them.
 */
async function build(headers: string | undefined): Promise<void> {
	const signal = interruption();
	const target = checkTarget();
	checkRequirements();
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-build-'));
	try {
		await provideTools(folder, signal);
		const built = await compile(target.folder, folder, headers, signal);
		replace(built, target.file);
		const { file, failed, reason } = tryAddon({
			cwd: folder,
			env: { ...process.env, RINGWIRE_DIR: folderOfTrial },
		});
		if (failed === 'load') throw new Error(`the new binary does not load: ${target.file}: ${reason}`);
		if (failed === 'exchange') throw new Error(`the new binary loads, but passes no message: ${reason}`);
		if (file !== target.file) throw new Error(`built ${target.file}, but Node loads ${file} instead`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	process.stdout.write(`${target.file}\n`);
}

/** Thrown before the command runs: a wrong folder is a wrong argument. */
function headersFolder(given: unknown): string | undefined {
	if (given === undefined) {
		const beside = dirname(dirname(process.execPath));
		return hasHeaders(beside) ? beside : undefined;
	}
	if (typeof given !== 'string' && typeof given !== 'number') throw new TypeError('--nodedir: must be one folder');
	const folder = resolve(String(given));
	if (!hasHeaders(folder)) throw new TypeError(`--nodedir: ${folder} has no include/node/node_api.h`);
	return folder;
}

function hasHeaders(folder: string): boolean {
	return existsSync(join(folder, 'include/node/node_api.h'));
}

/** The folder of the sources and the file to build. Throws if this package or this machine cannot have it. */
function checkTarget(): { folder: string; file: string } {
	if (process.platform !== 'linux') throw new Error(`ringwire runs on Linux; this is ${process.platform}`);
	const { folder } = locateAddon();
	const absent = sources.find((source) => !existsSync(join(folder, source)));
	if (absent !== undefined) throw new Error(`${join(folder, absent)} is missing: install the package again`);
	const file = join(folder, result);
	try {
		// First the folder that exists: mkdir -p of Node reports a read-only file system as ENOENT.
		checkWritable(folder);
		mkdirSync(dirname(file), { recursive: true });
		checkWritable(dirname(file));
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		const way =
			'build as the owner of the folder, or in an image before it becomes read-only; in a project of Yarn PnP run `yarn unplug ringwire` first';
		throw new Error(`the folder of the package cannot be written to (${reason}): ${way}`, { cause });
	}
	return { folder, file };
}

function checkWritable(folder: string): void {
	rmSync(mkdtempSync(join(folder, 'trial-')), { recursive: true });
}

async function compile(
	from: string,
	folder: string,
	headers: string | undefined,
	signal: AbortSignal,
): Promise<string> {
	const copy = join(folder, 'lib-native');
	for (const source of sources) cpSync(join(from, source), join(copy, source), { recursive: true });
	// binding.gyp runs `node`, which PATH may lack.
	mkdirSync(join(folder, 'bin'));
	symlinkSync(process.execPath, join(folder, 'bin/node'));
	const env = {
		...process.env,
		PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}`,
		JOBS: process.env.JOBS ?? String(Math.min(availableParallelism(), jobsMax)),
		// A newer compiler has newer warnings.
		CXXFLAGS: `${process.env.CXXFLAGS ?? ''} -Wno-error`.trim(),
	};
	const program = join(folder, 'node_modules/node-gyp/bin/node-gyp.js');
	const include = join(folder, 'node_modules/node-addon-api');
	const nodedir = headers === undefined ? [] : [`--nodedir=${headers}`];
	const { ok, output } = await runStep(
		'compiling the addon',
		[process.execPath, program, 'rebuild', ...nodedir, '--', `-Dnode_addon_api=${include}`],
		{ cwd: copy, env, signal },
	);
	const built = join(copy, result);
	if (ok && existsSync(built)) return built;
	process.stderr.write(output);
	if (headers === undefined && isNetworkFailure(output)) {
		throw new Error(
			'the headers of Node cannot be downloaded: pass --nodedir with the folder of a Node that has include/node',
		);
	}
	throw new Error('the addon does not compile, see the output above');
}

/** By a rename: a process that has mapped the old file keeps it. */
function replace(built: string, file: string): void {
	const beside = `${file}.${process.pid}`;
	copyFileSync(built, beside);
	renameSync(beside, file);
}
