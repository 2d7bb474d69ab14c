/** Channels between processes in namespaces of their own, as containers are, and where the file systems give little. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Handle, listChannels } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { numbers, readerOf, writerOf } from './support/pair.js';
import { enclosed, inPidNamespace, needed, withMounts } from './support/surroundings.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

const folder = useTemporaryFolder();

describe('a process in a pid namespace of its own', () => {
	test('is a peer like any other; we see it by our number for it, and it sees us as 0', async (context) => {
		const through = needed(context, inPidNamespace);
		const channel = numbers();
		const reader = readerOf(channel);
		const child = new ChildPeer({ through });
		await child.ask({ do: 'open writer', name: channel.name, connected: true });
		await child.ask({ do: 'write', from: 0, count: 3 });
		expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([0, 1, 2]);
		const [peer] = reader.peers;
		expect(peer?.pid).toBeGreaterThan(1); // in its own namespace it is 1
		expect(peer?.pid).not.toBe(child.pid); // the process that made the namespace
		expect(await child.ask({ do: 'peers' })).toEqual([{ pid: 0, uid: process.getuid?.() }]);
		const listed = listChannels().flatMap(({ endpoints }) => endpoints.map(({ pid }) => pid));
		expect(new Set(listed)).toEqual(new Set([peer?.pid, process.pid]));
	});

	test('two of them see each other as 0, and talk', async (context) => {
		const through = needed(context, inPidNamespace);
		const { name } = numbers();
		const [writer, reader] = [new ChildPeer({ through }), new ChildPeer({ through })];
		await Promise.all([
			writer.ask({ do: 'open writer', name, connected: true }),
			reader.ask({ do: 'open reader', name, connected: true }),
		]);
		await writer.ask({ do: 'write', from: 0, count: 100 });
		expect(await reader.ask({ do: 'read', count: 100 })).toEqual([...Array(100).keys()]);
		for (const child of [writer, reader]) expect(await child.ask({ do: 'peers' })).toMatchObject([{ pid: 0 }]);
	});

	test.for(['writer', 'reader'] as const)(
		'a %s that is killed is a disconnect with reason died, and leaves no name',
		async (role, context) => {
			const through = needed(context, inPidNamespace);
			const channel = numbers();
			const reader = role === 'writer' ? readerOf(channel) : undefined;
			const handle: Handle = reader ?? writerOf(channel);
			const opening = { do: `open ${role}`, name: channel.name, connected: true } as const;
			await new ChildPeer({ through }).ask(opening);
			await handle.whenConnected();
			const [peer] = handle.peers;
			const told = new Promise((resolve) => handle.once('disconnect', resolve));
			reader?.read().catch(() => {});
			process.kill(peer?.pid ?? 0, 'SIGKILL');
			expect(await told).toMatchObject({ reason: 'died', peer });
			// The kernel closes the sockets of the dead one after the other; the survivor looks again.
			await until(() => readdirSync(join(folder, channel.name)).filter((name) => name !== 'lock').length === 1);
			await new ChildPeer({ through }).ask(opening);
		},
	);
});

test('a lane of 256 MiB works where /dev/shm has 64 MiB', (context) => {
	const through = needed(context, withMounts('mount -t tmpfs -o size=64m tmpfs /dev/shm'));
	expect(enclosed('large lane', { through })).toEqual({ shmBytes: 64 * 1024 ** 2, good: 200 });
});

describe('where everything is read-only', () => {
	const readOnly = 'mount -o remount,ro,bind /';

	test('but for the run-time folder, channels work', (context) => {
		const through = needed(context, withMounts(`${readOnly}; mount -t tmpfs -o mode=0700 tmpfs ${folder}`));
		expect(enclosed('exchange', { through })).toBe(true);
	});

	test('and the run-time folder too, it is ACCESS', (context) => {
		const through = needed(context, withMounts(readOnly));
		const access = 'ERR_RINGWIRE_ACCESS mkdir';
		const missing = { ...process.env, RINGWIRE_DIR: join(folder, 'missing') };
		expect(enclosed('ways', { through, env: missing })).toEqual({
			openWriter: access,
			openReader: access,
			listen: access,
			listChannels: access,
			connect: access,
		});
		// An existing one can be listed: it has no endpoint.
		expect(enclosed('ways', { through })).toEqual({
			openWriter: access,
			openReader: access,
			listen: access,
			listChannels: 'ok',
			connect: 'ERR_RINGWIRE_TIMEOUT',
		});
	});
});
