/** docs/errors.md has a heading for every error code, and no other. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readPage, root } from './support/markdown.js';

test('docs/errors.md has a heading for every error code that there is, and no other', () => {
	const source = readFileSync(`${root}src/base/errors.ts`, 'utf8');
	const codes = [...source.matchAll(/^\t'(ERR_RINGWIRE_\w+)',$/gm)].map(([, code]) => code);
	const headings = [...readPage('docs/errors.md').matchAll(/^## (ERR_RINGWIRE_\w+)$/gm)].map(([, code]) => code);
	expect(codes.length).toBeGreaterThan(10);
	expect(headings.sort()).toEqual(codes.sort());
});
