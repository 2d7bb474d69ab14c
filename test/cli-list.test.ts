import { createPool, defineChannel, json, listChannels } from 'ringwire';
import { expect, it } from 'vitest';
import { present, ringwire } from './support/cli.js';
import { fill, numbers, readerOf, tiny, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

/** Runs `ringwire list` in a child process while this thread serves its endpoints, which can answer then. */
async function list(...args: string[]): Promise<{ text: string; errors: string }> {
	const { status, output, errors } = await ringwire('list', ...args).ended;
	expect(status).toBe(0);
	return { text: output.toString(), errors };
}

it('prints a note when there is no channel', async () => {
	expect(await list()).toEqual({ text: '', errors: 'ringwire: there is no live channel\n' });
	expect(JSON.parse((await list('--json')).text)).toEqual([]);
});

it.each(['list', 'list --json'])('%s succeeds when the other end of its output is closed', async (command) => {
	writerOf(numbers());
	const { child, ended } = ringwire(...command.split(' '));
	child.stdout.destroy();
	expect(await ended).toMatchObject({ status: 0, errors: '' });
});

it('shows a channel with its endpoints, policy, codec and fill', async () => {
	const name = uniqueName();
	const channel = defineChannel({ name, codec: json<string>(), depth: 8 });
	const writer = writerOf(channel);
	const reader = readerOf(channel);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	writer.tryWriteBatch(['a', 'b']);

	const rows = (await list()).text
		.trimEnd()
		.split('\n')
		.map((row) => row.split(/ {2,}/));
	expect(rows[0]).toEqual([
		'CHANNEL',
		'POLICY',
		'CODEC',
		'ROLE',
		'PID',
		'PEERS',
		'UNREAD',
		'BYTES',
		'FILL',
		'MESSAGES',
		'POOL',
		'LEASES',
		'WAITS FOR',
	]);
	// In the lane every message takes a multiple of 8 bytes.
	expect(rows[1]).toEqual([name, 'block', 'json', 'writer', `${process.pid}`, '1', '2', '16 B', '25 %', '2']);
	expect(rows[2]?.slice(0, 6)).toEqual([name, 'block', 'json', 'reader', `${process.pid}`, '1']);

	const [listed] = JSON.parse((await list('--json')).text);
	expect(listed).toMatchObject({
		name,
		endpoints: [
			{
				role: 'writer',
				pid: process.pid,
				answered: true,
				overflow: 'block',
				codec: 'json',
				depth: 8,
				unread: 2,
				peers: 1,
			},
			{ role: 'reader', pid: process.pid, answered: true, unread: 2, peers: 1 },
		],
	});
});

it('shows why a writer waits: for its readers, for a first one, or for one that is not lossy', async () => {
	const channel = numbers(tiny);
	const writer = writerOf(channel);
	const shown = async () => {
		const [header = '', row = ''] = (await list()).text.trimEnd().split('\n');
		const [listed] = JSON.parse((await list('--json')).text);
		const { peers, holders, waiting } = listed.endpoints[0];
		return [row.slice(header.indexOf('WAITS FOR')), peers, holders, waiting];
	};
	fill(writer);
	expect(await shown()).toEqual(['', 0, 0, undefined]);
	const waits = writer.write(2);
	expect(await shown()).toEqual(['a first reader', 0, 0, 'no-reader']);
	readerOf(channel, { lossy: true });
	await writer.whenConnected(1);
	expect(await shown()).toEqual(['a reader that is not lossy', 1, 0, 'no-reader']);
	const holding = readerOf(channel);
	await writer.whenConnected(2);
	expect(await shown()).toEqual(['1 reader', 2, 1, 'readers']);
	expect(await holding.read()).toBe(0);
	expect(await holding.read()).toBe(1);
	await waits;
	expect(await shown()).toEqual(['', 2, 1, undefined]);
});

it('a stopped endpoint is shown as one that does not answer', async () => {
	const name = uniqueName();
	const stopped = ringwire('read', name);
	await present(name, 'reader');
	stopped.child.kill('SIGSTOP');
	const rows = (await list()).text.trimEnd().split('\n');
	expect(rows.at(-1)).toMatch(new RegExp(`^${name} +does not answer +reader +${stopped.child.pid}$`));
});

it('a killed endpoint is not shown, and its name is gone', async () => {
	const name = uniqueName();
	const killed = ringwire('read', name);
	await present(name, 'reader');
	killed.child.kill('SIGKILL');
	await killed.ended;
	expect((await list()).text).not.toContain(name);
	expect(listChannels().map((channel) => channel.name)).not.toContain(name);
});

it('shows how full a pool is, the leases on it and their age, and a loan that waits for it', async () => {
	const bytes = 100 * 4096;
	const channel = defineChannel({ name: uniqueName() });
	const pool = createPool({ bytes });
	const writer = writerOf(channel, { pool });
	const reader = readerOf(channel);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	writer.tryLoan(50 * 4096)?.commit();
	writer.tryLoan(25 * 4096)?.commit();
	const leases = [reader.tryLease()?.keep(), reader.tryLease()];
	const waiting = writer.loan(bytes);
	const rows = (await list()).text.split('\n');
	expect(rows[1]).toMatch(/ 75 % +1 +room in its pool$/);
	expect(rows[2]).toMatch(/ 2, \d+\.\d s$/);
	const [{ endpoints }] = JSON.parse((await list('--json')).text);
	expect(endpoints).toMatchObject([
		{ poolBytes: bytes, poolUsed: 75 * 4096, leases: 1, oldestLeaseMs: 0, waiting: 'pool' },
		{ poolBytes: 0, poolUsed: 0, leases: 2 },
	]);
	for (const lease of leases) lease?.release();
	(await waiting).abort();
});
