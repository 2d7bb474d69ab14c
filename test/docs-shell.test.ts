/** docs/guide/shell.md has every option of the command line, and no other. */
import { expect, test } from 'vitest';
import { ringwire } from './support/cli.js';
import { readPage } from './support/markdown.js';

const namesIn = (text: string) => new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([name]) => name));

test('docs/guide/shell.md has every option that `ringwire --help` prints, and no other', async () => {
	const help = await Promise.all(
		['read', 'write', 'list', 'build', 'doctor'].map(async (command) =>
			(await ringwire(command, '--help').ended).output.toString(),
		),
	);
	const known = namesIn(help.join('\n'));
	known.delete('--help');
	const page = readPage('docs/guide/shell.md').replaceAll(/^```sh[\s\S]*?^```$/gm, '');
	expect([...namesIn(page)].sort()).toEqual([...known].sort());
});
