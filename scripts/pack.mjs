// npm run pack: the tarball that is published, from fresh binaries and a fresh compilation. Refuses if a file is missing or not on the list.
//
//   npm run pack                    build/package/ringwire-VERSION.tgz
//   npm run pack -- --host-only     with the addon of this machine only, for a trial
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { filesBelow, fromRoot } from './paths.mjs';
import { prebuild } from './prebuild.mjs';
import { setUp } from './set-up.mjs';
import { allBinaries, always, hostBinary, makeTarball, prebuilds } from './tarball.mjs';

const manifest = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));

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
	const packed = await makeTarball(stage, folder, hostOnly ? [hostBinary] : allBinaries);
	if (packed === undefined) return undefined;
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
	return hostOnly ? [...files, [hostBinary, 'lib-native/build/Release/ringwire.node']] : files;
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
