import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runCompiled } from './support/compiled.js';

const someFile = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ringwire-demo-'));

it('the demo, in small: all its checks are good, and it leaves nothing behind', async () => {
	const before = left();
	const settings = ['--file', someFile, '--rounds', '1', '--seconds', '1.5', '--per-second', '4000'];
	const { status, output, errors } = await runCompiled('demo/main', ...settings);
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).not.toContain('FAILED');
	expect(output.match(/^ {3}ok /gm)).toHaveLength(7);
	expect(output).toMatch(/from disk to disk .* MB\/s/);
	expect(output).toMatch(/publisher +disconnect +average \(pid \d+\): died/);
	expect(output).toMatch(/extremes +lost +[\d,]+ messages of publisher/);
	expect(left()).toEqual(before);
});

it('what goes wrong makes it fail, and it leaves nothing behind all the same', async () => {
	const before = left();
	const { status, errors } = await runCompiled('demo/main', '--file', '/nowhere');
	expect({ status, errors }).toEqual({ status: 1, errors: expect.stringContaining('ENOENT') });
	expect(left()).toEqual(before);
});
