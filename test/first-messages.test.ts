/** The first messages of a writer go to all readers that were open before it, whichever of them is linked first. */
import { expect, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { numbers, readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

test('two readers in processes of their own get everything of a writer that does not wait for them, from its first message on', async () => {
	const count = 20_000; // more than a lane has room for
	for (let life = 0; life < 4; life++) {
		const { name } = numbers();
		const readers = [new ChildPeer(), new ChildPeer()];
		for (const reader of readers) await reader.ask({ do: 'open reader', name });
		const read = readers.map((reader) => reader.ask({ do: 'read', count }));
		const writer = new ChildPeer();
		await writer.ask({ do: 'open writer', name });
		await writer.ask({ do: 'write', from: 0, count });
		for (const messages of await Promise.all(read)) expect(messages).toEqual([...Array(count).keys()]);
		for (const peer of [...readers, writer]) await peer.kill();
	}
});

test('a reader that opens after three writers have ended gets all of their messages before it ends', async () => {
	const channel = numbers();
	const writers = [0, 1, 2].map((index) => {
		const writer = writerOf(channel);
		writer.tryWriteBatch([10 * index, 10 * index + 1]);
		writer.end();
		return writer;
	});
	const messages: number[] = [];
	for await (const message of readerOf(channel)) messages.push(message);
	expect([...messages].sort((one, other) => one - other)).toEqual([0, 1, 10, 11, 20, 21]);
	expect(writers.every(({ stats }) => stats.peers.length <= 1)).toBe(true);
});
