/** docs/guarantees.md names the tests that hold its promises: those exist. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = readFileSync(`${root}docs/guarantees.md`, 'utf8')
	.split('\n')
	.filter((line) => line.startsWith('| ') && !line.startsWith('| promise'));

const reference = /`((?:test|lib-native)\/[\w./-]+)`(?: "([^"]+)")?/g;

test.each(rows)('%s', (row) => {
	const references = [...row.matchAll(reference)];
	expect(references.length).toBeGreaterThan(0);
	for (const [, file = '', name] of references) {
		const text = readFileSync(`${root}${file}`, 'utf8');
		if (name !== undefined && !text.includes(name)) throw new Error(`${file} has no test "${name}"`);
	}
});
