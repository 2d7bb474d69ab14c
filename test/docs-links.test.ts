/** Links between pages, and from pages to files, lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, markdownPages, proseOf, root } from './support/markdown.js';

test.each(markdownPages())('every link of %s leads to a file, and to a heading if it names one', (page) => {
	const broken = proseOf(page).flatMap((line, index) =>
		[...line.matchAll(/\]\(([^)\s]+)\)/g)]
			.map(([, target = '']) => target)
			.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target))
			.map((target) => `${page}:${index + 1}: ${target}`),
	);
	expect(broken).toEqual([]);
});

test('docs/README.md leads to every other page of docs', () => {
	const links = proseOf('docs/README.md').flatMap((line) =>
		[...line.matchAll(/\]\(([^)#]+)/g)].map(([, target = '']) => normalize(join('docs', target))),
	);
	const pages = markdownPages().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
	expect(pages.filter((page) => !links.includes(page))).toEqual([]);
});

function leadsSomewhere(page: string, target: string): boolean {
	const [path = '', anchor] = target.split('#');
	const file = path === '' ? page : normalize(join(dirname(page), path));
	if (!existsSync(join(root, file))) return false;
	return anchor === undefined || anchorsOf(file).has(anchor);
}
