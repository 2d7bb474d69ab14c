/** The link check of `npm run docs:api`, which itself needs typedoc. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const script = '../scripts/api-reference.mjs';
const { deadLinks } = (await import(script)) as { deadLinks(folder: string): string[] };

test('links to a missing page and to a missing id of a page are dead; others are not', () => {
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-links-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	writeFileSync(join(folder, 'other.html'), '<h1 id="there">x</h1><a href="#there">x</a>');
	const links = ['other.html', 'other.html#there', 'https://example.org/', '#', 'missing.html', 'other.html#gone'];
	writeFileSync(join(folder, 'page.html'), links.map((link) => `<a href="${link}">x</a>`).join('\n'));
	expect(deadLinks(folder)).toEqual(['page.html: missing.html', 'page.html: other.html#gone']);
});
