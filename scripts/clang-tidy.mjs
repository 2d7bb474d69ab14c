// clang-tidy over the C++ sources and headers, except those of the tests. The native tests have the compiler's warnings and the
// sanitizers.
//
// It runs over translation units that are made of the text of many sources. The standard headers are a hundred times larger than a source of
// ours, and in a unit they are parsed and checked once. Included sources do not suffice: some checks skip what is included. The static
// analyzer, whose time is that of the paths which it explores, has a run of its own beside the other checks.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { cppFiles, fromRoot, nodeModule } from './paths.mjs';
import { capture } from './tool.mjs';

const flags = [
	...['-std=c++20', '-fno-exceptions', '-fno-rtti'],
	// An absolute path: HeaderFilterRegex in .clang-tidy does not match the headers of a relative one.
	`-I${fromRoot('lib-native')}`,
	...['-isystem', nodeModule('node-addon-api'), '-isystem', `${dirname(dirname(process.execPath))}/include/node`],
	...['-DNAPI_VERSION=9', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-DNODE_ADDON_API_DISABLE_DEPRECATED'],
];
const analyzer =
	'-bugprone-*,-cert-*,-concurrency-*,-cppcoreguidelines-*,-misc-*,-modernize-*,-performance-*,-readability-*';
// A third of the default. The last two thirds of the paths of a function differ mostly in the branches of std::string and std::deque.
const analyzerFlags = ['-Xclang', '-analyzer-config', '-Xclang', 'max-nodes=75000'];
const otherChecks = '-clang-analyzer-*';
const folder = 'lib-native/out/clang-tidy';

// Sources of one group are one unit. The group of a file is the first that matches.
const groups = [
	{ folders: /^lib-native\/(test|fuzz|model)\// },
	// Programs: two main functions do not compile as one.
	{ folders: /^lib-native\/bench\//, flags: [], apart: true },
	{ folders: /^lib-native\/platform\/simulated\//, flags: ['-DRINGWIRE_STEPS'] },
	{ folders: /^lib-native\/simulation\//, flags: ['-DRINGWIRE_STEPS'] },
	{ folders: /^lib-native\/(core|platform)\//, flags: [] },
	{ folders: /^lib-native\/channel\//, flags: [] },
	{ folders: /./, flags: [] },
];

rmSync(fromRoot(folder), { recursive: true, force: true });
mkdirSync(fromRoot(folder), { recursive: true });
const files = cppFiles();
const jobs = groups.flatMap((group) => {
	const members = files.filter((file) => groups.find(({ folders }) => folders.test(file)) === group);
	const sources = members.filter((file) => file.endsWith('.cc'));
	const headers = members.filter((file) => file.endsWith('.h'));
	if (group.flags === undefined || sources.length === 0) return [];
	const units = group.apart ? sources.map((source) => [source]) : [sources];
	return units.flatMap((unit) => [
		{ size: unit.length, run: () => check(unit, headers, analyzer, [...group.flags, ...analyzerFlags]) },
		{ size: unit.length, run: () => check(unit, headers, otherChecks, group.flags) },
	]);
});
// The longest first: at the end, they would be done while nothing runs beside them.
jobs.sort((one, other) => other.size - one.size);
process.exitCode = (await runAll(jobs.map(({ run }) => run))) ? 0 : 1;

/** Runs as many jobs at a time as there are processors. Resolves with whether all succeeded. */
async function runAll(jobs) {
	let good = true;
	const work = async () => {
		for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) good = (await job()) && good;
	};
	await Promise.all(Array.from({ length: availableParallelism() }, work));
	return good;
}

/**
 * Two sources that define the same name for different things do not compile as one. The two halves of the list are checked apart then.
 */
async function check(sources, headers, checks, moreFlags) {
	const unit = makeUnit(sources, headers, checks === analyzer ? 'analyzer' : 'checks');
	const { ok, output } = await clangTidy(unit.path, checks, moreFlags);
	if (output.includes('[clang-diagnostic-error') && sources.length > 1) {
		const half = sources.length >> 1;
		const first = await check(sources.slice(0, half), headers, checks, moreFlags);
		return (await check(sources.slice(half), headers, checks, moreFlags)) && first;
	}
	if (!ok) print(unit.mapped(output));
	return ok;
}

function makeUnit(sources, headers, suffix) {
	const path = fromRoot(folder, `${sources[0].replaceAll('/', '-')}-${sources.length}-${suffix}.cc`);
	const origins = [];
	const lines = [];
	const append = (origin, text) => {
		for (const [index, line] of text.replace(/\n$/, '').split('\n').entries()) {
			origins.push(`${origin}:${index + 1}`);
			lines.push(line);
		}
	};
	for (const source of sources) append(source, readFileSync(fromRoot(source), 'utf8'));
	// Headers that no source includes are checked as well.
	append('every header', headers.map((header) => `#include "${header.slice('lib-native/'.length)}"`).join('\n'));
	writeFileSync(path, `${lines.join('\n')}\n`);
	const mapped = (output) =>
		output
			.split(`${path}:`)
			.map((part, index) => (index === 0 ? part : part.replace(/^\d+/, (line) => origins[line - 1])))
			.join('');
	return { path, mapped };
}

function clangTidy(file, checks, moreFlags) {
	return capture('clang-tidy', ['--quiet', `--checks=${checks}`, file, '--', ...flags, ...moreFlags]);
}

/** The paths start at the root of the project. */
function print(output) {
	process.stdout.write(output.replaceAll(fromRoot('/'), '').replace(/^\d+ warnings.*\n/gm, ''));
}
