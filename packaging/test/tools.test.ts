/**
 * Test runners and loaders: each runs the exchange with another process, and ends by itself. Runners end their workers by force after
 * a while, so this shows in the rows without workers.
 */
import { beforeAll, expect, test } from 'vitest';
import { exchangeProgram, exchangeTest } from './support/exchange.js';
import { installedNodes } from './support/nodes.js';
import { Project, success } from './support/project.js';
import { exchangesInTwo } from './support/two-programs.js';

const user = new Project('tools', {
	'writer.cjs': exchangeProgram('commonjs'),
	// Two files: runners start their workers for more than one.
	'jest/one.test.js': exchangeTest('commonjs', 'writer.cjs'),
	'jest/two.test.js': exchangeTest('commonjs', 'writer.cjs'),
	'vitest/one.test.ts': exchangeTest('typescript', 'writer.cjs'),
	'vitest/two.test.ts': exchangeTest('typescript', 'writer.cjs'),
	'exchange.mts': exchangeProgram('typescript'),
	'exchange.ts': exchangeProgram('typescript'),
	'exchange.cts': exchangeProgram('typescript'),
});

let nodeOf: (version: string) => string;
beforeAll(async () => {
	const packages = ['rxjs@7.8.2', 'ix@7.0.0', 'jest@30.5.2', 'vitest@4.1.12', 'tsx@4.23.15'];
	[nodeOf] = await Promise.all([installedNodes(), user.install(packages)]);
});

test.each([
	{ way: 'one file after the other', flags: ['--runInBand'] },
	{ way: 'in processes', flags: ['--maxWorkers=2'] },
	{ way: 'in worker threads', flags: ['--maxWorkers=2', '--workerThreads'] },
])('Jest, $way', async ({ flags }) => {
	const { status, errors } = await user.bin('jest', ['jest', '--ci', ...flags]);
	expect(errors).toMatch(/^Tests: +2 passed, 2 total$/m);
	expect(status).toBe(0);
});

test.each(['forks', 'threads', 'vmForks', 'vmThreads'])('Vitest, pool %s', async (pool) => {
	const flags = ['--globals', '--no-color', `--pool=${pool}`];
	const { status, output, errors } = await user.bin('vitest', ['run', '--dir', 'vitest', ...flags]);
	expect(errors).toBe('');
	expect(output).toMatch(/^ +Tests +2 passed \(2\)$/m);
	expect(status).toBe(0);
});

test.each(['exchange.mts', 'exchange.ts'])('tsx runs %s', async (program) => {
	expect(await user.bin('tsx', [program])).toEqual(success);
});

// Not in Node 20: tsx fails there for every package whose `require` is an ES module with imports (ERR_VM_MODULE_LINK_FAILURE).
test.each(['22', '24', '26'])('tsx on Node %s runs exchange.cts', async (version) => {
	const half = (args: string[]) => user.run(nodeOf(version), ['node_modules/.bin/tsx', 'exchange.cts', ...args]);
	await exchangesInTwo(half);
});
