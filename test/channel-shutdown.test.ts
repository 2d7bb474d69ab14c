import { type Channel, defineChannel, type Handle, json, listChannels } from 'ringwire';
import { channelEvents, fromChannel } from 'ringwire/observables';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { codeOf, fill, numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { startThread } from './support/threads.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

// No test here reads a clock: a call that does not end in bounded time never ends, and fails the test by its time-out.
const small = () => defineChannel({ name: uniqueName(), codec: json<number>(), capacity: 64 * 1024, depth: 4 });

/** The endpoint that shuts the channel down: one that the test does not use otherwise. */
const initiators = {
	'by another writer': (channel: Channel<number>) => writerOf(channel),
	'by another reader': (channel: Channel<number>) => readerOf(channel),
};

const closedCode = 'ERR_RINGWIRE_CLOSED';

describe.each(Object.entries(initiators))('shutdown %s', (_, openInitiator) => {
	/** A writer and a reader that know each other, and how to shut the channel down from outside once both know that one too. */
	async function scene(channel = small()) {
		const { writer, reader } = await pairOf(channel);
		const initiator = openInitiator(channel);
		await initiator.whenConnected();
		await turns(2);
		return { channel, writer, reader, shutdown: () => initiator.shutdown() };
	}

	it('idle: every endpoint leaves', async () => {
		const { writer, reader, shutdown } = await scene();
		shutdown();
		await until(() => writer.closed && reader.closed);
		expect(await reader.read()).toBe(undefined);
		expect(await codeOf(() => writer.write(1))).toBe(closedCode);
	});

	it('waiting: a read resolves at the end, an iterator finishes, an Observable completes', async () => {
		const { channel, reader, shutdown } = await scene();
		const iterated = readerOf(channel);
		await iterated.whenConnected();
		const observed = lastValueFrom(fromChannel(channel).pipe(toArray()));
		await turns(5);
		const waiting = [reader.read(), iterated[Symbol.asyncIterator]().next()];
		shutdown();
		expect(await Promise.all(waiting)).toEqual([undefined, { value: undefined, done: true }]);
		expect(await observed).toEqual([]);
	});

	it('waiting: a write on a full ring and a flush reject with CLOSED, and readers drain what is there', async () => {
		const { writer, reader, shutdown } = await scene();
		const count = fill(writer);
		const writing = codeOf(() => writer.write(count));
		const flushing = codeOf(() => writer.flush());
		shutdown();
		expect(await writing).toBe(closedCode);
		expect(await flushing).toBe(closedCode);
		const read: number[] = [];
		for await (const message of reader) read.push(message);
		expect(read).toEqual([...Array(count).keys()]);
	});

	it('waiting for more peers: whenConnected rejects with CLOSED', async () => {
		const { writer, reader, shutdown } = await scene();
		const waiting = [codeOf(() => writer.whenConnected(99)), codeOf(() => reader.whenConnected(99))];
		shutdown();
		expect(await Promise.all(waiting)).toEqual([closedCode, closedCode]);
	});

	it('lingering: close resolves with the number of unread messages', async () => {
		const { writer, reader, shutdown } = await scene();
		const count = fill(writer);
		const closing = writer.close({ lingerMs: 2 ** 31 - 1 });
		shutdown();
		expect((await closing).unread).toBe(count);
		expect(reader.readBatch().length).toBe(count);
	});

	it('blocked in readSync: it answers undefined', async () => {
		const channel = small();
		const thread = startThread({ channel: channel.name, depth: 4, does: 'readSync', count: 0 });
		const { shutdown } = await scene(channel);
		await thread.connected;
		shutdown();
		expect(await thread.done).toMatchObject({ code: undefined, read: [], events: ['shutdown', 'end'] });
	});

	it('blocked in writeSync on a full ring: it throws CLOSED', async () => {
		const channel = small();
		const reader = readerOf(channel);
		const thread = startThread({ channel: channel.name, depth: 4, does: 'writeSync', count: 1000 });
		await thread.connected;
		const initiator = openInitiator(channel);
		await initiator.whenConnected();
		await until(() => reader.available === 4);
		initiator.shutdown();
		expect(await thread.done).toMatchObject({ code: closedCode, events: ['shutdown'] });
	});

	it('in another process: a read that waits there ends', async () => {
		const { channel, writer, shutdown } = await scene();
		const child = new ChildPeer();
		await child.ask({ do: 'open reader', name: channel.name, connected: true });
		await writer.whenConnected(2);
		const reading = child.ask({ do: 'read', count: 1 });
		shutdown();
		expect(await reading).toEqual([null]); // undefined, as JSON has it
	});
});

describe('shutdown, handshake in progress', () => {
	const orders: [string, (channel: Channel<number>) => [Handle, Handle]][] = [
		['the first by who came second', (channel) => [readerOf(channel), writerOf(channel)]],
		['the second by who came first', (channel) => [writerOf(channel), readerOf(channel)]],
	];
	it.each(orders)('of %s: both leave, however far they are', async (_, open) => {
		for (let gone = 0; gone < 12; gone++) {
			const [first, second] = open(numbers());
			await turns(gone);
			second.shutdown();
			await until(() => first.closed);
			const [third, fourth] = open(numbers());
			await turns(gone);
			third.shutdown();
			await until(() => fourth.closed);
		}
	});
});

describe('shutdown, handshake in progress with another process', () => {
	it.each(['reader', 'writer'] as const)(
		'a %s that was stopped in the middle of it gets the shutdown when it continues',
		async (role) => {
			const channel = numbers();
			const child = new ChildPeer();
			await child.ask({ do: role === 'reader' ? 'open reader' : 'open writer', name: channel.name });
			child.signal('SIGSTOP');
			const handle = role === 'reader' ? writerOf(channel) : readerOf(channel);
			await turns(20);
			expect(handle.peers).toEqual([]);
			handle.shutdown();
			child.signal('SIGCONT');
			if (role === 'reader') expect(await child.ask({ do: 'read', count: 1 })).toEqual([null]);
			else await expect(child.ask({ do: 'connected' })).rejects.toThrow('shut down');
		},
	);
});

describe('after a shutdown', () => {
	it('an endpoint that is opened later starts afresh under the same name, while others still drain', async () => {
		const channel = numbers(tiny);
		const { writer, reader } = await pairOf(channel);
		expect(fill(writer)).toBe(2);
		writer.shutdown();
		// The reader has no news of it, and the next endpoints connect to it.
		const next = await pairOf(channel);
		next.writer.tryWrite(7);
		expect(await next.reader.read()).toBe(7);
		expect(next.reader.peers.length).toBe(1);
		const read: number[] = [];
		for await (const message of reader) read.push(message);
		expect(read).toEqual([0, 1]);
		expect(next.reader.closed || next.writer.closed).toBe(false);
	});

	it('nothing is left in the run-time folder', async () => {
		const { writer, reader } = await pairOf(numbers());
		reader.shutdown();
		await until(() => writer.closed);
		expect(listChannels()).toEqual([]);
	});

	it('it is emitted once, whichever peers pass it on, and after the end only close comes', async () => {
		const channel = numbers();
		const readers = [readerOf(channel), readerOf(channel), readerOf(channel)];
		const writers = [writerOf(channel), writerOf(channel), writerOf(channel)];
		for (const handle of [...readers, ...writers]) await handle.whenConnected(3);
		const told = readers.map((reader) => {
			const types: string[] = [];
			channelEvents(reader).subscribe(({ type }) => types.push(type));
			return types;
		});
		writers[0]?.shutdown();
		await until(() => [...readers, ...writers].every(({ closed }) => closed));
		await turns();
		for (const types of told) {
			expect(types.filter((type) => type === 'shutdown').length).toBe(1);
			expect(types.slice(-2)).toEqual(['end', 'close']);
		}
	});

	it('shutdown again, or of a closed handle, does nothing', async () => {
		const channel = numbers();
		const { writer, reader } = await pairOf(channel);
		await writer.close();
		writer.shutdown();
		const other = writerOf(channel);
		await other.whenConnected();
		await turns(5);
		expect(reader.closed || other.closed).toBe(false);
		reader.shutdown();
		reader.shutdown();
		await until(() => other.closed);
	});
});
