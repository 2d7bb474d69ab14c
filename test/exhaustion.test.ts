/** A machine without free descriptors, memory or room: calls fail with LIMIT, and the process and its open handles go on. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { enclosed, needed, withLimit, withMounts } from './support/surroundings.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

const folder = useTemporaryFolder();

/** When nothing lacks. There is no server, so connecting gives up. */
const everythingWorks = {
	openWriter: 'ok',
	openReader: 'ok',
	listen: 'ok',
	listChannels: 'ok',
	connect: 'ERR_RINGWIRE_TIMEOUT',
};

test('without descriptors every way into a channel is LIMIT, and works when there are some again', (context) => {
	const through = needed(context, withLimit('nofile', 80));
	const { seen, works, after } = enclosed('descriptors', { through, flags: ['--no-warnings'] }) as Record<
		string,
		unknown
	>;
	const limits = (seen as string[]).filter((outcome) => outcome.startsWith('ERR_RINGWIRE_LIMIT '));
	expect(limits.length).toBeGreaterThan(2); // at several steps of the way in
	expect((seen as string[]).filter((outcome) => !limits.includes(outcome)).sort()).toEqual([
		'ERR_RINGWIRE_TIMEOUT',
		'ok',
	]);
	expect(works).toBe(true);
	expect(after).toEqual(everythingWorks);
});

test('a peer without a free descriptor for it is an error event, and is linked as soon as there is one', (context) => {
	const through = needed(context, withLimit('nofile', 80));
	const result = enclosed('descriptor for a peer', { through, flags: ['--no-warnings'] });
	expect(result).toEqual({ code: 'ERR_RINGWIRE_LIMIT', works: true });
});

test('a connection of which only one half could be opened gives that half back', (context) => {
	const through = needed(context, withLimit('nofile', 80));
	const result = enclosed('half a connection', { through, flags: ['--no-warnings'] });
	expect(result).toMatchObject({ kept: 0, refused: true });
});

test('without address space for a lane it is LIMIT, and works when another lane has gone', (context) => {
	needed(context, ['prlimit']);
	const result = enclosed('memory') as { opened: number };
	expect(result).toMatchObject({ refused: 'ERR_RINGWIRE_LIMIT mmap', works: true, again: 'ok' });
	expect(result.opened).toBeGreaterThan(0);
});

test('a lane for which there is no more memory is LIMIT at the write and for the reader that comes, and works when there is some', () => {
	const library = join(folder, 'failing_steps.so');
	const source = fileURLToPath(new URL('programs/failing_steps.c', import.meta.url));
	execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source]);
	const env = { ...process.env, LD_PRELOAD: library, RINGWIRE_DIR: folder };
	const limit = 'ERR_RINGWIRE_LIMIT fallocate';
	expect(enclosed('no memory for a lane', { env })).toEqual({
		writes: {
			...{
				tryWrite: limit,
				write: limit,
				writeSync: limit,
				tryWriteBatch: limit,
				'tryWriteBatch, staged': limit,
			},
			'in the first step': 'ok',
		},
		accepted: 1,
		errors: ['reader: ERR_RINGWIRE_LIMIT', 'writer: ERR_RINGWIRE_LIMIT fallocate'],
		waits: [limit, 'ERR_RINGWIRE_LIMIT'],
		connected: 0,
		read: ['small', 'large'],
	});
});

test('a lane that is larger than a file may be is LIMIT', (context) => {
	const through = needed(context, withLimit('fsize', 64 * 1024));
	expect(enclosed('ways', { through })).toEqual({
		...everythingWorks,
		openWriter: 'ERR_RINGWIRE_LIMIT ftruncate',
	});
});

test('a run-time folder without room is LIMIT, disturbs no open endpoint, and works when there is room again', (context) => {
	const tiny = `mount -t tmpfs -o size=64k,nr_inodes=12,mode=0700 tmpfs ${folder}`;
	const through = needed(context, withMounts(tiny));
	expect(enclosed('no space', { through })).toEqual({
		fillers: true,
		full: {
			openWriter: 'ERR_RINGWIRE_LIMIT mkdir',
			openReader: 'ERR_RINGWIRE_LIMIT mkdir',
			listen: 'ERR_RINGWIRE_LIMIT mkdir',
			listChannels: 'ok',
			connect: 'ERR_RINGWIRE_TIMEOUT',
		},
		works: true,
		after: everythingWorks,
		left: [],
	});
});

test('1024 pairs in one process, 5120 mappings, all carry their message and leave none', (context) => {
	needed(context, withLimit('nofile', 16_384));
	const result = enclosed('pairs', { through: withLimit('nofile', 16_384), args: ['1024'] });
	expect(result).toEqual({ open: 5120, good: true, left: 0 });
});
