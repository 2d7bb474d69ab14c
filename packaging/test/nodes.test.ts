/** Every version of Node that is supported, with Node of this machine and with itself; that for arm64 in an emulator. */
import { beforeAll, describe, expect, test } from 'vitest';
import { laws } from '../../test/programs/event-loop/laws.js';
import { processLaws } from '../../test/programs/event-loop/process-laws.js';
import { installedNodes, versions } from './support/nodes.js';
import { checkPair, checkWorkers, Parties, said } from './support/parties.js';
import { repository } from './support/project.js';
import { needDebian } from './support/tools.js';

const parties = new Parties('nodes');
const emulated = 'Node 20 for arm64';
const emulator = ['qemu-user', 'libc6-arm64-cross', 'libstdc++6-arm64-cross'];

beforeAll(async () => {
	await needDebian(emulator);
	const [nodeOf] = await Promise.all([installedNodes(), parties.install()]);
	for (const version of versions) parties.commands[`Node ${version}`] = [nodeOf(version)];
	const emulate = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'];
	parties.commands[emulated] = [...emulate, nodeOf('20-arm64')];
});

for (const version of versions) {
	const node = `Node ${version}`;
	describe(node, () => {
		const main = repository('build/programs/test/programs/event-loop/main.js');
		const run = (law: string) => parties.started(node, main, 'addon', law).finished();

		test.each(laws)('$name', async ({ name }) => {
			expect(await run(name)).toEqual(said());
		});
		test.each(processLaws)('$name', async ({ name, output }) => {
			expect(await run(name)).toEqual(said(...output.split('\n').filter((line) => line !== '')));
		});
		checkWorkers(parties, node);
	});
	checkPair(parties, node, 'Node');
	checkPair(parties, 'Node', node);
	checkPair(parties, node, node);
}
checkPair(parties, 'Node 20', 'Node 26');
checkPair(parties, 'Node 26', 'Node 20');

checkWorkers(parties, emulated);
checkPair(parties, emulated, 'Node');
checkPair(parties, 'Node', emulated);
checkPair(parties, emulated, emulated);
