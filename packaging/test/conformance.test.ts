/**
 * The conformance suite, and the tests with processes of their own, in every version of Node that is supported. They run in a folder
 * that has the contents of the tarball and no addon that was built on this machine.
 */
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { installedNodes, versions } from './support/nodes.js';
import { Project, repository, tarball } from './support/project.js';

/** What differs between versions of Node: the event loop, the end of an environment and of a process, workers, collected objects, and the loader. */
const processes = [
	...['abort', 'channel-restart', 'channel-shutdown', 'channel-threads', 'child-processes', 'connection-ends'],
	...['connection-lifetime', 'first-messages', 'handle-lifetime', 'native-loading', 'package-exports', 'peer-death'],
	...['process-exit', 'sync-processes', 'sync-worker', 'two-copies', 'uncaught-exceptions', 'vm-context'],
	...['worker-termination'],
].map((name) => `test/${name}.test.ts`);

const checkout = new Project('conformance', {});
let nodeOf: (version: string) => string;

beforeAll(async () => {
	nodeOf = await installedNodes();
	const { status, errors } = await checkout.run('tar', ['xzf', tarball, '--strip-components=1']);
	if (status !== 0) throw new Error(errors);
	for (const part of ['test', 'build/programs/test', 'vitest.config.ts', 'tsconfig.json', 'tsconfig.base.json']) {
		cpSync(repository(part), join(checkout.folder, part), { recursive: true });
	}
	symlinkSync(repository('node_modules'), join(checkout.folder, 'node_modules'));
});

test.each(versions)('Node %s passes the conformance suite with the packed binary', async (version) => {
	const node = nodeOf(version);
	const doctor = await checkout.run(node, ['dist/cli/main.js', 'doctor']);
	expect(doctor.output).toContain(`lib-native/prebuilds/linux-${process.arch}/ringwire.glibc.node`);

	const reporters = ['--reporter=dot', '--reporter=json', '--outputFile.json=report.json'];
	const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, 'test/conformance', ...processes];
	const { status, output, errors } = await checkout.run(node, vitest);
	expect(status, `${output}\n${errors}`).toBe(0);
	expect(filesOf(join(checkout.folder, 'report.json'))).toEqual(expect.arrayContaining(processes));
});

/** The test files that ran, as paths in the checkout. */
function filesOf(report: string): string[] {
	const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as { testResults: { name: string }[] };
	return testResults.map(({ name }) => relative(checkout.folder, name));
}
