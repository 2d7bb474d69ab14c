/** Each promise of docs/guarantees.md and docs/events.md names the tests that check it; those tests exist. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = ['guarantees', 'events'].flatMap(promisesOf);

/** The rows of the tables with a column `tested by`. */
function promisesOf(page: string): string[] {
	let promises = false;
	return readFileSync(`${root}docs/${page}.md`, 'utf8')
		.split('\n')
		.filter((line) => {
			const head = line.endsWith('| tested by |');
			promises = head || (promises && line.startsWith('|'));
			return promises && !head && !line.startsWith('|---');
		});
}

const reference = /`((?:test|lib-native)\/[\w./-]+)`(?: "([^"]+)")?/g;

test.each(rows)('%s', (row) => {
	const references = [...row.matchAll(reference)];
	expect(references.length).toBeGreaterThan(0);
	for (const [, file = '', name] of references) {
		const text = readFileSync(`${root}${file}`, 'utf8');
		if (name !== undefined && !text.includes(name)) throw new Error(`${file} has no test "${name}"`);
	}
});
