/** Processes that have children: these inherit nothing of ours, keep nothing of ours up, and may use the same channels. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runCompiled } from './support/compiled.js';
import { numbers, readerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

async function resultOf(deed: string): Promise<unknown> {
	const { status, output, errors } = await runCompiled('test/programs/family', deed, uniqueName());
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	return JSON.parse(output);
}

test('a child inherits no descriptor and no memory of an open channel', async () => {
	const { before, during, mappedAsync, ours } = (await resultOf('inherited')) as Record<string, unknown>;
	expect(during).toEqual(before);
	expect({ mappedAsync, ours }).toEqual({ mappedAsync: false, ours: [] });
});

test('a child that lives on does not hide the death of its parent', async () => {
	const channel = numbers();
	const reader = readerOf(channel);
	const program = fileURLToPath(new URL('../build/programs/test/programs/family.js', import.meta.url));
	const parent = spawn(process.execPath, [program, 'parent of a sleeper', channel.name], {
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	const [{ pid }] = await once(parent, 'message');
	onTestFinished(() => void process.kill(pid, 'SIGKILL'));
	const told = new Promise((resolve) => reader.once('disconnect', resolve));
	parent.kill('SIGKILL');
	expect(await reader.read()).toBe(1);
	reader.read().catch(() => {});
	expect(await told).toMatchObject({ reason: 'died', peer: { pid: parent.pid } });
	process.kill(pid, 0); // throws if it has gone
});

test('a child by fork has handles of its own on a channel of its parent', async () => {
	expect(await resultOf('forked')).toEqual({ count: 1000, ordered: true, status: 0 });
});

test('in a cluster every worker gets all that the primary writes', async () => {
	expect(await resultOf('cluster')).toEqual({ counts: [1000, 1000, 1000], statuses: [0, 0, 0] });
});
