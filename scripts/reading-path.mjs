// The frames from a wake-up to `decode`, on each reading path.
//
//   node scripts/reading-path.mjs     over dist: prints the stacks and the counts, fails when a path is over the bounds
//
// A reader sleeps, a writer of the same process writes, and the codec captures its stack. The count begins with the function that the addon calls
// and ends with `decode`; both are included. Frames of Node, of RxJS and of this program are listed, and not counted.
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { fromRoot } from './paths.mjs';

/** docs/internals/architecture.md states these bounds. */
export const framesMax = 8;
export const filesMax = 5;

/** A wake-up for each of these messages. The longest path counts, as the first one may differ from the later ones. */
const wakeUps = 3;

/** How each path reads all messages of a reader. */
const paths = {
	Observable: ({ fromChannel }, reader) =>
		new Promise((resolve, reject) => fromChannel(reader).subscribe({ error: reject, complete: resolve })),
	Readable: ({ createReadStream }, reader) =>
		new Promise((resolve, reject) => {
			createReadStream(reader)
				.on('data', () => {})
				.on('error', reject)
				.on('end', resolve);
		}),
	'for await': async (_, reader) => {
		for await (const _message of reader);
	},
	'read()': async (_, reader) => {
		while ((await reader.read()) !== undefined);
	},
};

/** `ringwire`: the functions of its entries. Resolves with the longest stack of each path, as {path, counted, other, files}. */
export async function readingPaths(ringwire) {
	const results = [];
	for (const path of Object.keys(paths)) {
		const stacks = await stacksOf(path, ringwire);
		const longest = stacks
			.map(framesOf)
			.reduce((one, other) => (other.counted.length > one.counted.length ? other : one));
		results.push({
			path,
			...longest,
			files: [...new Set(longest.counted.map(({ file }) => file))].filter(Boolean),
		});
	}
	return results;
}

async function stacksOf(path, ringwire) {
	const stacks = [];
	const codec = {
		id: 'stack',
		encode: (message) => Buffer.of(message),
		decode: (bytes) => {
			stacks.push(capture(codec.decode));
			return bytes[0];
		},
	};
	const channel = ringwire.defineChannel({ name: `reading-path-${process.pid}-${path.replace(/\W/g, '')}`, codec });
	const writer = ringwire.openWriter(channel);
	const reader = ringwire.openReader(channel);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	const read = paths[path](ringwire, reader);
	for (let message = 1; message <= wakeUps; message++) {
		// Turns of the loop in which there is nothing to read: the reader waits for the addon.
		for (let turns = 0; turns < 4; turns++) await turn();
		await writer.write(message);
		while (stacks.length < message) await turn();
	}
	await writer.end();
	await read;
	await Promise.all([writer.close(), reader.close()]);
	return stacks;
}

function capture(above) {
	const { stackTraceLimit } = Error;
	Error.stackTraceLimit = 50;
	const holder = {};
	Error.captureStackTrace(holder, above);
	Error.stackTraceLimit = stackTraceLimit;
	return holder.stack;
}

/** Innermost first. The first counted frame is `decode` itself, which is not one of src here. */
function framesOf(stack) {
	const counted = [{ name: 'decode (of the codec)', file: undefined }];
	const other = [];
	for (const line of stack.split('\n').filter((text) => /^\s+at /.test(text))) {
		const [, name = '(anonymous)', place] = /^\s+at (?:(.*) \()?(.*?):\d+:\d+\)?$/.exec(line) ?? [];
		const file =
			place !== undefined && !place.includes('node_modules') && /\/(?:src|dist)\/(.*)\.[jt]s$/.exec(place)?.[1];
		if (file) counted.push({ name, file });
		else other.push(line.trim());
	}
	return { counted, other };
}

/** Undefined, or why a path is not as it must be. */
export function complaint({ path, counted, files }) {
	const entry = counted.at(-1);
	if (!/wake/i.test(entry.name) || entry.file !== 'endpoint/opened') {
		return `${path}: decode does not run in the wake-up of the addon, but in ${entry.name} (${entry.file})`;
	}
	if (counted.length > framesMax) return `${path}: ${counted.length} frames, at most ${framesMax}`;
	if (files.length > filesMax) return `${path}: ${files.length} files, at most ${filesMax}`;
	return undefined;
}

async function main() {
	const load = (entry) => import(pathToFileURL(fromRoot('dist', entry, 'index.js')).href);
	process.setSourceMapsEnabled(true);
	const ringwire = { ...(await load('')), ...(await load('observables')), ...(await load('streams')) };
	for (const result of await readingPaths(ringwire)) {
		console.log(`${result.path}: ${result.counted.length} frames, ${result.files.length} files`);
		for (const { name, file } of result.counted)
			console.log(`    ${name}${file === undefined ? '' : `  src/${file}.ts`}`);
		for (const line of result.other) console.log(`  not counted: ${line}`);
		const wrong = complaint(result);
		if (wrong === undefined) continue;
		console.error(wrong);
		process.exitCode = 1;
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
