import type { ChannelEvent, Handle, Reader } from 'ringwire';
import { describe, expect, it } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { onEveryEvent } from './support/events.js';
import { numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

// The laws that docs/events.md refers to by name.
useTemporaryFolder();

type Entry = ChannelEvent | { readonly type: 'message'; readonly message: number };

function listen(handle: Handle, log: Entry[]): void {
	onEveryEvent(handle, (event) => log.push(event));
}

/** Everything that happens at the reader, events and messages, in the order in which its consumer sees it. */
function logOf(reader: Reader<number>): { log: Entry[]; done: Promise<void> } {
	const log: Entry[] = [];
	listen(reader, log);
	const read = async () => {
		for (let message = await reader.read(); message !== undefined; message = await reader.read()) {
			log.push({ type: 'message', message });
		}
	};
	const done = read().catch(() => {});
	return { log, done };
}

const typesOf = (log: readonly Entry[]) => log.map((entry) => (entry.type === 'message' ? entry.message : entry.type));

describe('at a reader', () => {
	it('connect comes before the first message of that writer, and disconnect after its last, whatever its reason', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const { log, done } = logOf(reader);
		const children = new Map<number | undefined, number>();
		await Promise.all(
			['kill', 'close', 'kill', 'end'].map(async (how, index) => {
				const child = new ChildPeer();
				children.set(child.pid, index);
				await child.ask({ do: 'open writer', name: channel.name, connected: true });
				// A reader whose only writer so far has ended would end.
				await until(() => children.size === 4 && log.filter(({ type }) => type === 'connect').length === 4);
				await child.ask({ do: 'write', from: 1000 * index, count: 300 });
				if (how === 'kill') await child.kill();
				else await child.ask({ do: how === 'end' ? 'end' : 'close' });
				await child.kill();
			}),
		);
		await until(() => log.filter(({ type }) => type === 'disconnect').length === 4);
		for (const index of children.values()) {
			const own = log.filter((entry) => {
				if (entry.type === 'message') return Math.floor(entry.message / 1000) === index;
				return 'peer' in entry && children.get(entry.peer.pid) === index;
			});
			expect(typesOf(own)).toEqual([
				'connect',
				...Array.from({ length: 300 }, (_, i) => 1000 * index + i),
				'disconnect',
			]);
		}
		await reader.close();
		await done;
	});

	it('all events of a peer carry the same Peer: its pid, its role, and since when', async () => {
		const channel = numbers({ ...tiny, overflow: 'drop-oldest' });
		const reader = readerOf(channel);
		const before = Date.now();
		const child = new ChildPeer();
		await child.ask({ do: 'open writer', name: channel.name, overflow: 'drop-oldest' });
		const log: Entry[] = [];
		listen(reader, log);
		await reader.whenConnected();
		await child.ask({ do: 'write', from: 0, count: 20_000 });
		const { done } = logOf(reader);
		await child.kill();
		await until(() => log.some(({ type }) => type === 'disconnect'));
		const [peer, ...others] = log.flatMap((entry) => ('peer' in entry ? [entry.peer] : []));
		expect(new Set(log.map(({ type }) => type))).toEqual(new Set(['connect', 'lost', 'disconnect']));
		expect(peer).toMatchObject({ pid: child.pid, role: 'writer', uid: process.getuid?.() });
		expect(peer?.since.getTime()).toBeGreaterThanOrEqual(before);
		expect(others.every((other) => other === peer)).toBe(true);
		await reader.close();
		await done;
	});

	it('lost stands between the messages that it separates, with the exact count', async () => {
		const { writer, reader } = await pairOf(numbers({ ...tiny, overflow: 'drop-oldest' }));
		const { log, done } = logOf(reader);
		for (let burst = 0; burst < 20; burst++) {
			for (let i = 0; i < 3 + burst; i++) writer.tryWrite(writer.stats.messages);
			await turns(burst % 3);
		}
		writer.end();
		await done;
		let next = 0;
		for (const entry of log) {
			if (entry.type === 'lost') next += entry.count;
			if (entry.type === 'message') expect(entry.message).toBe(next++);
		}
		expect(next).toBe(writer.stats.messages);
	});

	it('end comes after the last message, and only close after it', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const { log, done } = logOf(reader);
		const writers = [writerOf(channel), writerOf(channel)];
		await reader.whenConnected(2);
		for (const writer of writers) {
			await writer.whenConnected();
			writer.tryWriteBatch([1, 2, 3]);
			writer.end();
		}
		await done;
		for (const writer of writers) await writer.close();
		await turns(10);
		expect(typesOf(log).slice(-2)).toEqual(['end', 'close']);
		expect(typesOf(log).filter((type) => type === 'end').length).toBe(1);
		expect(log.filter(({ type }) => type === 'message').length).toBe(6);
	});

	it('after shutdown come the messages that were published before it, and end comes last, then close', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2, 3]);
		const { log, done } = logOf(reader);
		writer.shutdown();
		await done;
		await turns(10);
		const types = typesOf(log).filter((type) => type !== 'disconnect');
		expect(types.slice(-2)).toEqual(['end', 'close']);
		expect(types.filter((type) => type === 'end' || type === 'close').length).toBe(2);
		expect(types.filter((type) => type === 'shutdown').length).toBe(1);
		expect(types.filter((type) => typeof type === 'number')).toEqual([1, 2, 3]);
	});

	it('peers lists a writer in its connect event already, and in its disconnect event no more', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const listed: boolean[] = [];
		reader.on('connect', ({ peer }) => listed.push(reader.peers.includes(peer)));
		reader.on('disconnect', ({ peer }) => listed.push(reader.peers.includes(peer)));
		const { done } = logOf(reader);
		const writer = writerOf(channel);
		await reader.whenConnected();
		await writer.close();
		await until(() => listed.length === 2);
		expect(listed).toEqual([true, false]);
		await reader.close();
		await done;
	});
});

describe('at a writer', () => {
	it('connect and disconnect of a reader come in this order, and only close comes after shutdown', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const log: Entry[] = [];
		listen(writer, log);
		const [first, second] = [readerOf(channel), readerOf(channel)];
		await writer.whenConnected(2);
		await first.close();
		await until(() => writer.peers.length === 1);
		second.shutdown();
		await until(() => writer.closed);
		await turns(10);
		expect(typesOf(log)).toEqual(['connect', 'connect', 'disconnect', 'shutdown', 'close']);
	});
});

it('a writer that closes emits events for as long as it lingers, and only close when it has left', async () => {
	const channel = numbers();
	const { writer, reader } = await pairOf(channel);
	const log: Entry[] = [];
	listen(writer, log);
	writer.tryWrite(1);
	const closing = writer.close({ lingerMs: 30_000 });
	const late = readerOf(channel);
	await until(() => log.length === 1);
	await late.close();
	await until(() => log.length === 2);
	expect(await reader.read()).toBe(1);
	expect(reader.tryRead()).toBe(undefined);
	await closing;
	await reader.close();
	readerOf(channel);
	await turns(10);
	expect(typesOf(log)).toEqual(['connect', 'disconnect', 'close']);
});

it('a handle that has left emits close and nothing more', async () => {
	const channel = numbers();
	const { writer, reader } = await pairOf(channel);
	const log: Entry[] = [];
	listen(writer, log);
	listen(reader, log);
	await reader.close();
	writer[Symbol.dispose]();
	readerOf(channel);
	writerOf(channel);
	await turns(10);
	expect(log).toEqual([{ type: 'close' }, { type: 'close' }]);
});
