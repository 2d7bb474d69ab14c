// The tarball of a folder that holds the files of the package. A folder that lacks a file, or has one that is not on the list, is refused.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { targets } from './prebuild.mjs';
import { capture } from './tool.mjs';

const packedMax = 2_000_000;
export const prebuilds = 'lib-native/prebuilds';
export const allBinaries = targets.map(({ file }) => `${prebuilds}/${file}`);
/** The binary of this machine, for a trial. */
export const hostBinary = `${prebuilds}/${process.platform}-${process.arch}/ringwire.glibc.node`;
/** npm adds these to `files` of package.json. */
export const always = ['package.json', 'README.md', 'LICENSE'];
const required = [...always, 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];

/** The files that the package may have. */
const allowed = [
	/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|CONTRIBUTING\.md|SECURITY\.md)$/,
	/^dist\/.*\.(js|d\.ts|js\.map|d\.ts\.map)$/,
	/^cjs\/(.*\.(js|d\.ts)|package\.json)$/,
	/^src\/.*\.ts$/,
	/^static\/(\w+-\w+\.(cjs|d\.cts)|node10\.d\.ts)$/,
	/^lib-native\/(core|platform|channel|binding)\/.*\.(h|cc)$/,
	/^lib-native\/(binding\.gyp|sources\.cjs)$/,
	/^(soak|lib-native\/(model|simulation))\/README\.md$/,
	/^examples\/.*\.(ts|md|fbs)$/,
	/^docs\/.*\.(md|svg|png)$/,
	...allBinaries.map((file) => new RegExp(`^${file.replaceAll('.', '\\.')}$`)),
];

/** Resolves with the report of npm on the tarball in `destination`, or with undefined after an error on stderr. */
export async function makeTarball(stage, destination, binaries = allBinaries) {
	mkdirSync(destination, { recursive: true });
	const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
	const { ok, output } = await capture('npm', args, { cwd: stage });
	if (!ok) return refuse([output]);
	const [packed] = Object.values(JSON.parse(output.slice(output.search(/^[[{]/m))));
	const manifest = JSON.parse(readFileSync(join(stage, 'package.json'), 'utf8'));
	const problems = problemsOf(packed, [...required, ...entryFiles(manifest), ...binaries]);
	if (problems.length === 0) return packed;
	rmSync(join(destination, packed.filename));
	return refuse(problems);
}

function problemsOf({ files, size }, wanted) {
	const paths = files.map(({ path }) => path);
	const missing = wanted.filter((file) => !paths.includes(file));
	const extra = paths.filter((path) => !allowed.some((pattern) => pattern.test(path)));
	return [
		...missing.map((file) => `${file} is missing`),
		...extra.map((file) => `${file} is not on the list of what may be published`),
		...(size > packedMax ? [`the tarball has ${size} bytes, more than ${packedMax}`] : []),
	];
}

/** The files that `exports` and `bin` name. */
function entryFiles({ exports, bin }) {
	const filesOf = (value) =>
		typeof value === 'string' ? [value.replace(/^\.\//, '')] : Object.values(value).flatMap(filesOf);
	return [...new Set([exports, bin].flatMap(filesOf))];
}

function refuse(problems) {
	for (const problem of problems) console.error(`pack: ${problem}`);
	return undefined;
}
