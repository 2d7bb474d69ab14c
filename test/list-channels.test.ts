import { listChannels } from 'ringwire';
import { expect, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

test('lists every channel with its live endpoints, writers first, and omits dead ones', async () => {
	const [one, two, three] = [new ChildPeer(), new ChildPeer(), new ChildPeer()];
	await one.ask({ do: 'open reader', name: 'b' });
	await two.ask({ do: 'open writer', name: 'b', connected: true });
	await three.ask({ do: 'open writer', name: 'a', overflow: 'latest' });
	await two.ask({ do: 'write', from: 0, count: 3 });
	const answered = { answered: true, uid: process.getuid?.(), codec: 'json' };
	expect(listChannels({ timeoutMs: 5000 })).toEqual([
		{
			name: 'a',
			endpoints: [
				expect.objectContaining({ ...answered, role: 'writer', pid: three.pid, overflow: 'latest', peers: 0 }),
			],
		},
		{
			name: 'b',
			endpoints: [
				expect.objectContaining({
					...answered,
					...{ role: 'writer', pid: two.pid, overflow: 'block', peers: 1 },
					...{ capacity: 4 * 1024 ** 2, depth: 8192, unread: 3, messages: 3 },
				}),
				expect.objectContaining({
					...answered,
					role: 'reader',
					pid: one.pid,
					peers: 1,
					unread: 3,
					messages: 0,
				}),
			],
		},
	]);
	expect(await one.ask({ do: 'read', count: 3 })).toEqual([0, 1, 2]);
	await three.kill();
	const [left, ...others] = listChannels({ timeoutMs: 5000 });
	expect(others).toEqual([]);
	expect(left?.endpoints.map(({ unread }) => unread)).toEqual([0, 0]);
});

test('an empty run-time folder has no channels', () => {
	expect(listChannels()).toEqual([]);
});

test.each([-1, 60_001, '200', null])('refuses a timeoutMs of %j', (timeoutMs) => {
	expect(() => Reflect.apply(listChannels, undefined, [{ timeoutMs }])).toThrow(/^timeoutMs: got/);
});
