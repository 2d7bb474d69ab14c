// npm run pack: the tarball that is published, from fresh binaries and a fresh compilation. Refuses if a file is missing or not on the list.
//
//   npm run pack                    build/package/ringwire-VERSION.tgz
//   npm run pack -- --host-only     with the addon of this machine only, for a trial
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { filesBelow, fromRoot } from './paths.mjs';
import { prebuild, targets } from './prebuild.mjs';
import { setUp } from './set-up.mjs';
import { capture } from './tool.mjs';

const manifest = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
const packedMax = 2_000_000;
/** npm adds these to `files` of package.json. */
const always = ['package.json', 'README.md', 'LICENSE'];
const prebuilds = 'lib-native/prebuilds';

/** The files that the package may have. */
const allowed = [
	/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/,
	/^dist\/.*\.(js|d\.ts|js\.map|d\.ts\.map)$/,
	/^cjs\/(.*\.(js|d\.ts)|package\.json)$/,
	/^src\/.*\.ts$/,
	/^static\/(\w+-\w+\.(cjs|d\.cts)|node10\.d\.ts)$/,
	/^lib-native\/(core|platform|channel|binding)\/.*\.(h|cc)$/,
	/^lib-native\/(binding\.gyp|sources\.cjs)$/,
	/^docs\/.*\.(md|svg|png)$/,
	...targets.map(({ file }) => new RegExp(`^${prebuilds}/${file.replaceAll('.', '\\.')}$`)),
];

/** Packs into build/package. Resolves with the tarball's path, or undefined after an error on stderr. */
export async function pack({ hostOnly = false } = {}) {
	if (!(await setUp()) || (!hostOnly && !(await prebuild()))) return undefined;
	const folder = fromRoot('build/package');
	rmSync(folder, { recursive: true, force: true });
	const stage = join(folder, 'stage');
	for (const [file, source] of filesToPack(hostOnly)) {
		mkdirSync(dirname(join(stage, file)), { recursive: true });
		cpSync(fromRoot(source), join(stage, file));
	}
	const { ok, output } = await capture('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
		cwd: stage,
	});
	if (!ok) return refuse([output]);
	const [packed] = Object.values(JSON.parse(output.slice(output.search(/^[[{]/m))));
	const problems = problemsOf(packed, hostOnly ? [hostBinary()] : targets.map(({ file }) => `${prebuilds}/${file}`));
	if (problems.length > 0) return refuse(problems);
	report(packed);
	return join(folder, packed.filename);
}

/** Pairs of the path in the package and the path here. */
function filesToPack(hostOnly) {
	const left = manifest.files.filter((entry) => entry.startsWith('!')).map((entry) => entry.slice(1));
	const entries = [...manifest.files, ...always].filter((entry) => !hostOnly || entry !== prebuilds);
	// A built folder is not among the files below the folder that contains it, so it must be named itself.
	const files = filesBelow(entries.filter((entry) => !entry.startsWith('!')))
		.filter((file) => !left.some((entry) => file === entry || file.startsWith(`${entry}/`)))
		.map((file) => [file, file]);
	return hostOnly ? [...files, [hostBinary(), 'lib-native/build/Release/ringwire.node']] : files;
}

const hostBinary = () => `${prebuilds}/${process.platform}-${process.arch}/ringwire.glibc.node`;

function problemsOf({ files, size }, binaries) {
	const paths = files.map(({ path }) => path);
	const missing = [...binaries, ...always, ...entryFiles(manifest.exports)].filter((file) => !paths.includes(file));
	const extra = paths.filter((path) => !allowed.some((pattern) => pattern.test(path)));
	return [
		...missing.map((file) => `${file} is missing`),
		...extra.map((file) => `${file} is not on the list of what may be published`),
		...(size > packedMax ? [`the tarball has ${size} bytes, more than ${packedMax}`] : []),
	];
}

/** The files that `exports` names. The static imports of a trial name binaries that it does not have. */
function entryFiles(value) {
	if (typeof value === 'string') return [value.slice('./'.length)];
	return Object.values(value).flatMap(entryFiles);
}

function refuse(problems) {
	for (const problem of problems) console.error(`pack: ${problem}`);
	return undefined;
}

function report({ files, size, unpackedSize, filename, integrity }) {
	const folderOf = ({ path }) => (path.startsWith(prebuilds) ? path : (path.split('/').slice(0, -1)[0] ?? '.'));
	const rooms = groupBy(files, folderOf);
	for (const [room, inRoom] of rooms) {
		const bytes = inRoom.reduce((sum, file) => sum + file.size, 0);
		console.log(`${String(bytes).padStart(10)} bytes  ${String(inRoom.length).padStart(4)} files  ${room}`);
	}
	console.log(`${filename}: ${size} bytes packed, ${unpackedSize} unpacked, ${files.length} files\n${integrity}`);
	const left = ['repository', 'homepage', 'bugs'].filter((key) => manifest[key] === undefined);
	if (left.length > 0) console.log(`package.json has no ${left.join(', ')}: the publisher adds them`);
}

function groupBy(values, keyOf) {
	const groups = new Map();
	for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
	return groups;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const { values } = parseArgs({ options: { 'host-only': { type: 'boolean' } } });
	process.exitCode = (await pack({ hostOnly: values['host-only'] === true })) === undefined ? 1 : 0;
}
