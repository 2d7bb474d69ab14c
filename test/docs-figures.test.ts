/** The figures of README are those of the last run of the benchmark, of targets that were reached. */
import { expect, test } from 'vitest';
import { readPage } from './support/markdown.js';

const performance = readPage('docs/internals/performance.md');
const figures = [
	...readPage('README.md').matchAll(/\| ([\d.]+) million a second, ([\d.]+) times (?:a )?([a-z ]+) \|/g),
].map(([row, millions, ratio, rival]) => ({ row, millions, ratio, rival }));

test('README has figures', () => {
	expect(figures.length).toBeGreaterThanOrEqual(2);
});

test.each(figures)('README: $row', ({ millions, ratio, rival }) => {
	const targets = performance.split('\n').filter((line) => line.endsWith('| reached |'));
	expect(targets.filter((line) => line.includes(` x ${rival} | ${ratio} | `))).toHaveLength(1);
	expect(performance).toContain(`| ${millions} M |`);
});
