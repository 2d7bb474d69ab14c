import * as core from 'ringwire';
import * as observables from 'ringwire/observables';
import * as streams from 'ringwire/streams';
import { expect, it } from 'vitest';
// @ts-expect-error: a script without types
import * as script from '../scripts/reading-path.mjs';

interface Path {
	readonly path: string;
	readonly counted: readonly { readonly name: string; readonly file: string | undefined }[];
	readonly files: readonly string[];
}

it('from the wake-up to decode, each reading path has at most 8 frames in at most 5 files', async () => {
	const paths: Path[] = await script.readingPaths({ ...core, ...observables, ...streams });
	expect(paths.map(({ path }) => path)).toEqual(['Observable', 'Readable', 'for await', 'read()']);
	expect(paths.map((path) => script.complaint(path)).filter(Boolean)).toEqual([]);
	expect([script.framesMax, script.filesMax]).toEqual([8, 5]);
});

it('a path with one frame or one file too many is a complaint, and one that does not begin with the addon', () => {
	const wake = { name: 'wake', file: 'endpoint/opened' };
	const path = (frames: number, files: number) => ({
		path: 'planted',
		counted: [...Array.from({ length: frames - 1 }, () => ({ name: 'take', file: 'reader/batch' })), wake],
		files: Array.from({ length: files }, (_, index) => `file-${index}`),
	});
	expect(script.complaint(path(8, 5))).toBeUndefined();
	expect(script.complaint(path(9, 5))).toBe('planted: 9 frames, at most 8');
	expect(script.complaint(path(8, 6))).toBe('planted: 6 files, at most 5');
	const { counted, ...rest } = path(3, 2);
	expect(script.complaint({ ...rest, counted: counted.slice(0, -1) })).toMatch(/does not run in the wake-up/);
});
