// Checks that imports in src/ and includes in lib-native/ go one way.
//
//   node scripts/import-direction.mjs [ROOT]     prints every violation as file:line, and fails if there is one
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, root } from './paths.mjs';

/** The rooms of src/, from the ground floor up: a room may import rooms of lower floors, and none of its own floor. */
const typescriptFloors = [
	['native', 'codecs'],
	['base'],
	['endpoint'],
	['definition'],
	['writer', 'reader', 'listing'],
	['connection', 'adapter'],
	['service', 'streams', 'observables', 'iterables', 'cli'],
	// src/index.ts, the public entry, which nothing in src/ imports.
	[''],
];

/** The packages that a room, or a single file of one, may import. Every room may import Node's own modules. */
const packagesOf = {
	native: ['node-gyp-build', 'detect-libc'],
	'codecs/msgpack.ts': ['msgpackr'],
	'codecs/protobuf.ts': ['@bufbuild/protobuf'],
	observables: ['rxjs'],
	iterables: ['ix'],
	cli: ['cac'],
};

const barrels = ['index.ts', 'observables/index.ts', 'streams/index.ts', 'iterables/index.ts'];
/** An import of a public entry from inside would make its optional package a condition of another entry. */
const publicEntries = [...barrels, 'codecs/msgpack.ts', 'codecs/protobuf.ts'];

/**
 * The includes that a layer of lib-native/ may have: our paths, and foreign headers besides those of C++, which every layer may include.
 * The layer of a file is the longest prefix of its path. 'platform/' is the contracts, and a folder in it is their implementation.
 */
const standardOnly = /^[a-z_]+$/;
const cppLayers = {
	'core/': { ours: /^core\//, others: standardOnly },
	'platform/': { ours: /^(core\/|platform\/[^/]+$)/, others: standardOnly },
	'platform/*/': { ours: /^(core|platform)\//, others: /^(?!(node_api|js_native_api.*|napi|node|uv|v8)(\.h$|\/))/ },
	...channelRooms('link', 'joining', 'endpoint', 'writer', 'reader', 'duplex'),
	'channel/listing/': { ours: /^(core\/|platform\/[^/]+$|channel\/[^/]+$|channel\/listing\/)/, others: standardOnly },
	'binding/': {
		ours: /^(core\/|platform\/[^/]+$|channel\/|binding\/([^/]+$|buffers\/))/,
		others: /^([a-z_]+|(node_api|js_native_api|napi|uv)\.h)$/,
	},
	// Memory of the core as buffers of JavaScript. They do not know the handles.
	'binding/buffers/': {
		ours: /^(core\/|platform\/[^/]+$|channel\/|binding\/buffers\/)/,
		others: /^([a-z_]+|js_native_api\.h)$/,
	},
	// The loops of one system, which use its calls. A loop on Linux watches the descriptor of a wait set: the contract of the platform does not
	// promise that there is one.
	'binding/linux/': {
		ours: /^(platform\/[^/]+$|platform\/linux\/pollable\.h$|binding\/[^/]+$|binding\/linux\/)/,
		others: /./,
	},
};

/** The words that all rooms of channel/ share are files of channel/ itself. Each room uses itself and those before it. */
function channelRooms(...rooms) {
	const layer = (below) => ({
		ours: new RegExp(`^(core/|platform/[^/]+$|channel/[^/]+$|channel/(${below.join('|')})/)`),
		others: standardOnly,
	});
	const entries = rooms.map((room, index) => [`channel/${room}/`, layer(rooms.slice(0, index + 1))]);
	return Object.fromEntries([['channel/', layer(['(?!)'])], ...entries]);
}

const operatingSystems =
	/\b(__linux__|__linux|__unix__|__APPLE__|__MACH__|_WIN32|_WIN64|_MSC_VER|__MINGW\d+__|__\w+BSD__)\b/;

export function findViolations(base = root) {
	return [...typescriptViolations(base), ...cppViolations(base)];
}

function* typescriptViolations(base) {
	// Not in a string ('from' as the name of an option), and not a method (Buffer.from).
	const imports = /(?<!['".])\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g;
	const files = filesBelow(['src'], base).filter((file) => file.endsWith('.ts'));
	for (const file of files) {
		const path = file.slice('src/'.length);
		if (floorOf(folderOf(path)) < 0) {
			yield `${file}:1: src/${folderOf(path)} is not a room of typescriptFloors`;
			continue;
		}
		if (basename(path) === 'index.ts' && !barrels.includes(path)) {
			yield `${file}:1: only the public entries are barrels`;
		}
		for (const { line, number } of codeLines(base, file)) {
			for (const [, wanted] of line.matchAll(imports)) {
				const reason = wanted.startsWith('.')
					? refuseFile(path, normalize(join(dirname(path), wanted)))
					: refusePackage(wanted, packagesOf[path] ?? packagesOf[folderOf(path)] ?? []);
				if (reason !== undefined) yield `${file}:${number}: ${reason}`;
			}
		}
	}
}

function refuseFile(path, wanted) {
	if (wanted.startsWith('..')) return `${wanted} is outside of src/`;
	const [from, to] = [folderOf(path), folderOf(wanted)];
	if (publicEntries.includes(wanted.replace(/js$/, 'ts')))
		return `src/${wanted} is a public entry: src/ must not import it`;
	if (from !== to && floorOf(to) >= floorOf(from)) return `src/${from} must not import src/${to}`;
	return undefined;
}

function refusePackage(wanted, allowed) {
	const name = wanted
		.split('/')
		.slice(0, wanted.startsWith('@') ? 2 : 1)
		.join('/');
	if (wanted.startsWith('node:') || builtinModules.includes(name) || allowed.includes(name)) return undefined;
	return `this folder must not import the package ${name}`;
}

/** Tests of everything that is the same on each system. The main function and what kills processes are exempt. */
const portableTests = /^test\/(?!law\.cc$)(platform\/)?[^/]+$/;

function* systemIncludes(base, file) {
	for (const { line, number } of codeLines(base, file)) {
		const include = line.match(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/)?.[1] ?? 'none';
		const allowed = standardOnly.test(include) || /^(core|platform|channel|test)\//.test(include);
		if (!allowed || /^(test|platform)\/(linux|darwin|windows)\//.test(include)) {
			yield `${file}:${number}: a test that includes ${include} is in the folder of that system`;
		}
		if (systemCalls.test(line))
			yield `${file}:${number}: a test that calls the system is in the folder of that system`;
	}
}

/** Those that come with a header of another header. */
const systemCalls =
	/\b(getpid|geteuid|getegid|getrlimit|setrlimit|usleep|fork|waitpid|memfd_create|socketpair|chmod|mkdir|fcntl|mmap|_exit)\(/;

function* cppViolations(base) {
	const files = filesBelow(['lib-native'], base).filter((file) => /\.(h|cc)$/.test(file));
	for (const file of files) {
		const path = file.slice('lib-native/'.length);
		if (portableTests.test(path)) {
			yield* systemIncludes(base, file);
			continue;
		}
		if (/^(test|fuzz|model|simulation|bench)\//.test(path)) continue; // these may include everything
		const name = cppLayerOf(path);
		const layer = cppLayers[name];
		if (layer === undefined) {
			yield `${file}:1: lib-native/${path} is in none of the layers`;
			continue;
		}
		for (const { line, number } of codeLines(base, file)) {
			const include = line.match(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/);
			if (include?.[1] === '"') {
				if (!layer.ours.test(include[2])) yield `${file}:${number}: ${name} must not include "${include[2]}"`;
				else if (!existsSync(join(base, 'lib-native', include[2]))) {
					yield `${file}:${number}: "${include[2]}" is not a path from lib-native/`;
				}
			} else if (include && !layer.others.test(include[2])) {
				yield `${file}:${number}: ${name} must not include <${include[2]}>`;
			}
			if (!path.startsWith('platform/') && /^\s*#\s*(el)?if/.test(line) && operatingSystems.test(line)) {
				yield `${file}:${number}: code for one operating system is a file below platform/, not an #if`;
			}
		}
	}
}

const floorOf = (room) => typescriptFloors.findIndex((rooms) => rooms.includes(room));

const folderOf = (path) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

function cppLayerOf(path) {
	const [folder, ...rest] = path.split('/');
	if (folder === 'platform' && rest.length > 1) return 'platform/*/';
	return (folder === 'channel' || folder === 'binding') && rest.length > 1 ? `${folder}/${rest[0]}/` : `${folder}/`;
}

/** The lines that do not begin with a comment. */
function* codeLines(base, file) {
	const lines = readFileSync(join(base, file), 'utf8').split('\n');
	for (const [index, line] of lines.entries()) {
		if (!/^\s*(\/\/|\/\*|\*)/.test(line)) yield { line, number: index + 1 };
	}
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const violations = findViolations(process.argv[2]);
	for (const violation of violations) console.log(violation);
	process.exitCode = violations.length === 0 ? 0 : 1;
}
