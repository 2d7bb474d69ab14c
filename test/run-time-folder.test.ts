/** Every run-time folder that `RINGWIRE_DIR` can name: it works, or every way into a channel says why not. */
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineDuplex, listChannels, listen, openReader, openWriter } from 'ringwire';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, numbers, pairOf } from './support/pair.js';
import { enclosed, needsRoot } from './support/surroundings.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

const folder = useTemporaryFolder();
afterEach(() => {
	process.env.RINGWIRE_DIR = folder;
});

const ways = {
	openWriter: () => openWriter(numbers()),
	openReader: () => openReader(numbers()),
	listen: () => listen(defineDuplex({ name: uniqueName(), toServer: {}, toClient: {} })),
	listChannels: () => listChannels(),
};

/** The codes that all ways into a channel fail with, without those that are the same. */
async function codes(directory: string): Promise<unknown[]> {
	process.env.RINGWIRE_DIR = directory;
	const all = new Set<unknown>();
	for (const way of Object.values(ways)) all.add(await codeOf(way));
	return [...all];
}

const access = ['ERR_RINGWIRE_ACCESS'];
const limit = ['ERR_RINGWIRE_LIMIT'];

async function expectToWork(directory: string): Promise<void> {
	process.env.RINGWIRE_DIR = directory;
	const { writer, reader } = await pairOf(numbers());
	writer.tryWrite(1);
	expect(await reader.read()).toBe(1);
	await Promise.all([writer.close(), reader.close()]);
}

describe('ACCESS', () => {
	test('for a file, a name below a file, and a folder that cannot be made', async () => {
		writeFileSync(join(folder, 'file'), '');
		expect(await codes(join(folder, 'file'))).toEqual(access);
		expect(await codes(join(folder, 'file', 'below'))).toEqual(access);
		expect(await codes(join(folder, 'no', 'such'))).toEqual(access);
		expect(await codes('/proc/ringwire')).toEqual(access);
		expect(readdirSync(folder)).toEqual(['file']);
	});

	test.each([0o777, 0o1777, 0o750, 0o705])('for a folder with mode %o', async (mode) => {
		const open = join(folder, `open-${mode}`);
		mkdirSync(open);
		chmodSync(open, mode);
		expect(await codes(open)).toEqual(access);
		expect(readdirSync(open)).toEqual([]);
	});

	test('for the folder of another user, also if it is closed to all others', async (context) => {
		needsRoot(context);
		const foreign = join(folder, 'foreign');
		mkdirSync(foreign, 0o700);
		chownSync(foreign, 41_001, 41_001);
		expect(await codes(foreign)).toEqual(access);
	});
});

describe('LIMIT', () => {
	test('for a path that is too long for a socket, and nothing is made', async () => {
		const long = join(folder, 'x'.repeat(100));
		expect(await codes(long)).toEqual(limit);
		expect(existsSync(long)).toBe(false);
		expect(await codes(join(folder, 'x'.repeat(300)))).toEqual(limit);
		expect(await codes('/x'.repeat(3000))).toEqual(limit);
	});

	test('for a path that is too long together with the name of the channel', async () => {
		process.env.RINGWIRE_DIR = join(folder, 'y'.repeat(80 - folder.length));
		const long = { ...numbers(), name: 'x'.repeat(64) };
		expect(await codeOf(() => openWriter(long))).toEqual(limit[0]);
		expect(readdirSync(process.env.RINGWIRE_DIR)).toEqual([]);
	});
});

describe('it works', () => {
	test('in a folder that is missing, which is made for this user alone', async () => {
		const missing = join(folder, 'missing');
		await expectToWork(missing);
		expect(statSync(missing).mode & 0o7777).toBe(0o700);
		expect(readdirSync(missing)).toEqual([]);
	});

	test('on another file system', async (context) => {
		const elsewhere = `/dev/shm/${uniqueName()}`;
		context.skip(statSync('/dev/shm').dev === statSync(folder).dev, 'NOT CHECKED, there is one file system only');
		onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
		await expectToWork(elsewhere);
	});

	test('in a relative one, also when the process goes somewhere else before it leaves', async () => {
		const before = process.cwd();
		onTestFinished(() => process.chdir(before));
		process.chdir(folder);
		process.env.RINGWIRE_DIR = 'relative';
		const { writer, reader } = await pairOf(numbers());
		expect(readdirSync(join(folder, 'relative')).length).toBe(1);
		process.chdir(tmpdir());
		await Promise.all([writer.close(), reader.close()]);
		expect(readdirSync(join(folder, 'relative'))).toEqual([]);
		expect(existsSync(join(tmpdir(), 'relative'))).toBe(false);
	});

	test('with a slash, or several, at the end', async () => {
		await expectToWork(`${folder}//`);
	});

	test.each<NodeJS.ProcessEnv>([{}, { RINGWIRE_DIR: '' }, { XDG_RUNTIME_DIR: '' }, { XDG_RUNTIME_DIR: 'relative' }])(
		'without a variable that names it: %j',
		(env) => {
			expect(enclosed('exchange', { env })).toBe(true);
		},
	);
});
