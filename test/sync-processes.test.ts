import { afterEach, expect, test } from 'vitest';
import type { SyncReport, SyncTask } from './support/duplex-tasks.js';
import { killPrograms, type Program, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
afterEach(killPrograms);

function start(channel: string, does: SyncTask['does'], role: SyncTask['role'] = 'client', count = 0): Program {
	const task: SyncTask = { channel, does, role, count };
	return startProgram('sync-peer', task);
}

const reportOf = (program: Program) => program.received<SyncReport>('done');

test('two processes that block in writeSync with full lanes go on when each reads in between', async () => {
	const channel = uniqueName();
	const count = 3000;
	const both = [start(channel, 'mutual', 'server', count), start(channel, 'mutual', 'client', count)];
	const numbers = [...Array(count).keys()];
	for (const report of await Promise.all(both.map(reportOf))) {
		expect(report).toMatchObject({ code: null, sent: count });
		expect(report.received).toEqual(numbers);
		expect(report.timeouts.write).toBeGreaterThan(0);
	}
});

test('a process that blocks on one channel lets another one join the other channel', async () => {
	const channel = uniqueName();
	const asks = start(channel, 'ask', 'client', 500);
	const answers = start(channel, 'answer', 'client', 500);
	const report = await reportOf(asks);
	expect(report).toMatchObject({ code: null, sent: 500 });
	expect(report.received.map((number) => number - 1)).toEqual([...Array(500).keys()]);
	expect(await reportOf(answers)).toMatchObject({ code: null, sent: 500 });
});

test.each(['read', 'write'] as const)(
	'%sSync on a connection is over when the other side dies or closes',
	async (does) => {
		for (const end of ['died', 'closed'] as const) {
			const channel = uniqueName();
			const holder = start(channel, 'hold', 'server');
			const blocked = start(channel, does);
			await Promise.all([holder.received('connected'), blocked.received('connected')]);
			if (end === 'died') await holder.kill();
			else holder.child.send('leave');
			const report = await reportOf(blocked);
			const codes = { died: 'ERR_RINGWIRE_PEER_DIED', closed: does === 'read' ? null : 'ERR_RINGWIRE_CLOSED' };
			expect(report.code).toBe(codes[end]);
			expect(report.sent).toBe(does === 'write' ? 4 : 0);
		}
	},
);
