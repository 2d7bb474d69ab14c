import type { PeerStats, Stats } from 'ringwire';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

const messagesOf = ({ peers }: Stats) => peers.map(({ messages }) => messages);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('stats of each peer', () => {
	it('carry the very peers that the handle lists, in their order', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const writers = [writerOf(channel), writerOf(channel), writerOf(channel)];
		await reader.whenConnected(3);
		expect(reader.stats.peers.map(({ peer }) => peer)).toEqual(reader.peers);
		for (const [index, { peer }] of reader.stats.peers.entries()) expect(peer).toBe(reader.peers[index]);
		for (const writer of writers) {
			await writer.whenConnected();
			expect(writer.stats.peers[0]?.peer).toBe(writer.peers[0]);
		}
		expectTypeOf(reader.stats.peers).toEqualTypeOf<readonly PeerStats[]>();
	});

	it('a reader counts each writer apart, and they make up its totals when nothing is left', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const writers = [writerOf(channel), writerOf(channel), writerOf(channel)];
		await reader.whenConnected(3);
		const sent = new Map<string, number>();
		for (const [index, writer] of writers.entries()) {
			await writer.whenConnected();
			for (let i = 0; i < 10 * (index + 1); i++) writer.tryWrite(i);
		}
		for (const { id } of reader.peers) sent.set(id, 0);
		let taken = 0;
		while (taken < 60) taken += reader.readBatch().length;
		expect(reader.tryRead()).toBe(undefined);
		const { stats } = reader;
		expect(messagesOf(stats).sort((a, b) => a - b)).toEqual([10, 20, 30]);
		expect(sum(stats.peers.map(({ bytes }) => bytes))).toBe(stats.bytes);
		expect(sum(messagesOf(stats))).toBe(stats.messages);
	});

	it('a reader counts what the consumer was given in all, and what was copied out of the ring for each', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2, 3]);
		expect(reader.tryRead()).toBe(1);
		expect(reader.stats.messages).toBe(1);
		expect(messagesOf(reader.stats)).toEqual([3]);
	});

	it('losses are counted for the writer whose messages were lost', async () => {
		const channel = numbers({ ...tiny, overflow: 'drop-oldest' });
		const reader = readerOf(channel);
		const fast = writerOf(channel);
		const slow = writerOf(channel);
		await reader.whenConnected(2);
		for (let i = 0; i < 100; i++) fast.tryWrite(i);
		slow.tryWrite(0);
		await until(() => {
			reader.readBatch();
			return reader.stats.messages + reader.stats.lost === 101;
		});
		const lost = reader.stats.peers.map((peer) => peer.lost).sort((a, b) => a - b);
		expect(lost).toEqual([0, reader.stats.lost]);
		expect(sum(messagesOf(reader.stats)) + sum(lost)).toBe(101);
	});

	it('the stats of a writer count the messages that each of its readers has read', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const [first, second] = [readerOf(channel), readerOf(channel)];
		await writer.whenConnected(2);
		await Promise.all([first.whenConnected(), second.whenConnected()]);
		writer.tryWriteBatch([1, 2, 3, 4]);
		first.readBatch();
		expect(first.tryRead()).toBe(undefined);
		await turns(3);
		expect(messagesOf(writer.stats).sort()).toEqual([0, 4]);
		expect(writer.stats.peers.every(({ bytes, lost }) => bytes === 0 && lost === 0)).toBe(true);
	});

	it('are gone with the peer, while the totals stay', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const child = new ChildPeer();
		await child.ask({ do: 'open writer', name: channel.name, connected: true });
		await child.ask({ do: 'write', from: 0, count: 5 });
		for (let i = 0; i < 5; i++) await reader.read();
		expect(messagesOf(reader.stats)).toEqual([5]);
		const waiting = reader.read();
		await child.kill();
		await until(() => reader.peers.length === 0);
		expect(reader.stats.peers).toEqual([]);
		expect(reader.stats.messages).toBe(5);
		await reader.close();
		await expect(waiting).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
	});

	it('are frozen as they were when the handle left', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2]);
		expect(reader.readBatch()).toEqual([1, 2]);
		const [peer] = reader.peers;
		await reader.close();
		const { stats } = reader;
		expect(stats.peers).toMatchObject([{ peer, messages: 2 }]);
		expect(reader.stats).toBe(stats);
		expect([stats, stats.peers, stats.peers[0]].every((object) => Object.isFrozen(object))).toBe(true);
		await writer.close();
		expect(reader.stats).toBe(stats);
	});
});
