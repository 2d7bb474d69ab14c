// clang-tidy over the C++ sources and headers, except those of the tests. The native tests have the compiler's warnings and the
// sanitizers.
//
// The static analyzer runs once for each source. It explores paths from the functions of one source, and its time is that of the paths.
// All other checks walk through everything that a source includes, and the standard headers are a hundred times larger than a source of
// ours. They run once, over one translation unit that is made of the text of all sources. Included sources do not suffice: some checks
// skip what is included.
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
// A third of the default. The last two thirds of the paths of a function differ mostly in the branches of std::string and std::deque.
const analyzerFlags = ['-Xclang', '-analyzer-config', '-Xclang', 'max-nodes=75000'];
const folder = 'lib-native/out/clang-tidy';

// Sources of one group compile as one. The group of a file is the first that matches.
const groups = [
	{ folders: /^lib-native\/(test|fuzz|model)\// },
	{ folders: /^lib-native\/bench\//, flags: [] },
	{ folders: /^lib-native\/(platform\/simulated|simulation)\//, flags: ['-DRINGWIRE_STEPS'] },
	{ folders: /./, flags: [] },
];

rmSync(fromRoot(folder), { recursive: true, force: true });
mkdirSync(fromRoot(folder), { recursive: true });
const files = cppFiles();
// The jobs for groups of sources take longest, so they come first.
const [together, single] = [[], []];
for (const group of groups) {
	const members = files.filter((file) => groups.find(({ folders }) => folders.test(file)) === group);
	const sources = members.filter((file) => file.endsWith('.cc'));
	const headers = members.filter((file) => file.endsWith('.h'));
	if (group.flags === undefined || sources.length === 0) continue;
	together.push(() => checkTogether(sources, headers, group.flags));
	single.push(...sources.map((source) => () => analyze(source, group.flags)));
}
process.exitCode = (await runAll([...together, ...single])) ? 0 : 1;

/** Runs as many jobs at a time as there are processors. Resolves with whether all succeeded. */
async function runAll(jobs) {
	let good = true;
	const work = async () => {
		for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) good = (await job()) && good;
	};
	await Promise.all(Array.from({ length: availableParallelism() }, work));
	return good;
}

async function analyze(source, groupFlags) {
	const checks =
		'-bugprone-*,-cert-*,-concurrency-*,-cppcoreguidelines-*,-misc-*,-modernize-*,-performance-*,-readability-*';
	const { ok, output } = await clangTidy(source, checks, [...groupFlags, ...analyzerFlags]);
	if (!ok) print(output);
	return ok;
}

/**
 * Two sources that define the same name for different things do not compile as one. The two halves of the list are checked apart then.
 */
async function checkTogether(sources, headers, groupFlags) {
	const unit = makeUnit(sources, headers);
	const { ok, output } = await clangTidy(unit.path, '-clang-analyzer-*', groupFlags);
	if (output.includes('[clang-diagnostic-error') && sources.length > 1) {
		const half = sources.length >> 1;
		const first = await checkTogether(sources.slice(0, half), headers, groupFlags);
		return (await checkTogether(sources.slice(half), headers, groupFlags)) && first;
	}
	if (!ok) print(unit.mapped(output));
	return ok;
}

function makeUnit(sources, headers) {
	const path = fromRoot(folder, `${sources[0].replaceAll('/', '-')}-${sources.length}.cc`);
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
