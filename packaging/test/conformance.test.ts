/**
 * The conformance suite in every version of Node that is supported, in Bun and in Deno, and in Node the tests with processes of their own. They run
 * in a folder that has the contents of the tarball and no addon that was built on this machine.
 */
import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { installedNodes, versions } from './support/nodes.js';
import { Project, repository, tarball } from './support/project.js';
import { bunAndDeno } from './support/runtimes.js';

/** What differs between versions of Node: the event loop, the end of an environment and of a process, workers, collected objects, and the loader. */
const processes = [
	...['abort', 'channel-restart', 'channel-shutdown', 'channel-threads', 'child-processes', 'connection-ends'],
	...['connection-lifetime', 'first-messages', 'handle-lifetime', 'native-loading', 'package-exports', 'peer-death'],
	...['process-exit', 'sync-processes', 'sync-worker', 'two-copies', 'uncaught-exceptions', 'vm-context'],
	...['worker-termination'],
].map((name) => `test/${name}.test.ts`);

const suite = readdirSync(repository('test/conformance'))
	.filter((file) => file.endsWith('.test.ts'))
	.map((file) => `test/conformance/${file}`);

/** In Bun a namespace that is exported has `__esModule`, so Vitest takes the default export of zod for the module. */
const inlined = `
	import { mergeConfig } from 'vitest/config';
	import base from './vitest.config.js';
	export default mergeConfig(base, { test: { server: { deps: { inline: ['zod'] } } } });`;
const checkout = new Project('conformance', { 'inlined.config.ts': inlined });
let nodeOf: (version: string) => string;
let others: { Bun: string; Deno: string };

beforeAll(async () => {
	[nodeOf, others] = await Promise.all([installedNodes(), bunAndDeno()]);
	const { status, errors } = await checkout.run('tar', ['xzf', tarball, '--strip-components=1']);
	if (status !== 0) throw new Error(errors);
	for (const part of ['test', 'build/programs/test', 'vitest.config.ts', 'tsconfig.json', 'tsconfig.base.json']) {
		cpSync(repository(part), join(checkout.folder, part), { recursive: true });
	}
	symlinkSync(repository('node_modules'), join(checkout.folder, 'node_modules'));
});

test.each(versions)('Node %s passes the conformance suite with the packed binary', async (version) => {
	const ran = await passes([nodeOf(version)], ['test/conformance', ...processes]);
	expect(ran).toEqual(expect.arrayContaining(processes));
});

test('Bun passes the conformance suite with the packed binary', async () => {
	await passes([others.Bun, '--bun'], ['--config', 'inlined.config.ts', 'test/conformance']);
});

test('Deno passes the conformance suite with the packed binary', async () => {
	await passes([others.Deno, 'run', '-A'], ['test/conformance']);
});

/** Runs these tests with this runtime. Resolves with their files. */
async function passes([program = '', ...flags]: readonly string[], tests: readonly string[]): Promise<string[]> {
	const doctor = await checkout.run(program, [...flags, 'dist/cli/main.js', 'doctor']);
	expect(doctor.output).toContain(`lib-native/prebuilds/linux-${process.arch}/ringwire.glibc.node`);

	const reporters = ['--reporter=dot', '--reporter=json', '--outputFile=report.json'];
	const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...tests];
	const { status, output, errors } = await checkout.run(program, [...flags, ...vitest]);
	expect(status, `${output}\n${errors}`).toBe(0);
	const files = filesOf(join(checkout.folder, 'report.json'));
	expect(files).toEqual(expect.arrayContaining(suite));
	return files;
}

/** The test files that ran, as paths in the checkout. */
function filesOf(report: string): string[] {
	const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as { testResults: { name: string }[] };
	return testResults.map(({ name }) => relative(checkout.folder, name));
}
