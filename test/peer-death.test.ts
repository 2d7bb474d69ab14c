import {
	type Channel,
	type ChannelEventOf,
	type ChannelEventType,
	defineChannel,
	type Handle,
	json,
	type Overflow,
	type Reader,
} from 'ringwire';
import { describe, expect, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { codeOf, fill, numbers, readerOf, tiny, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** A writer in another process that has written 0, 1 and 2. */
async function writtenThree(channel: Channel<number>): Promise<ChildPeer> {
	const child = new ChildPeer();
	await child.ask({ do: 'open writer', name: channel.name });
	await child.ask({ do: 'connected' });
	await child.ask({ do: 'write', from: 0, count: 3 });
	return child;
}

function once<K extends ChannelEventType>(handle: Handle, type: K): Promise<ChannelEventOf<K>> {
	return new Promise((resolve) => handle.once(type, resolve));
}

describe('a writer that was killed', () => {
	test('is drained, then reported, and the reader stays open', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const child = await writtenThree(channel);
		const disconnected = once(reader, 'disconnect');
		let reported = false;
		reader.on('disconnect', () => {
			reported = true;
		});
		await child.kill();
		for (const expected of [0, 1, 2]) {
			expect(reported).toBe(false);
			expect(await reader.read()).toBe(expected);
		}
		const pending = reader.read();
		expect(await disconnected).toMatchObject({ reason: 'died', peer: { pid: child.pid, role: 'writer' } });
		expect(reader.peers).toEqual([]);
		writerOf(channel).tryWrite(7);
		expect(await pending).toBe(7);
	});

	test('makes reads fail only when the messages of the other writers have been read, however many turns that takes', async () => {
		const channel = numbers({ capacity: 2 ** 20 });
		const reader = readerOf(channel, { onPeerDeath: 'error' });
		const other = writerOf(channel);
		const child = new ChildPeer();
		await child.ask({ do: 'open writer', name: channel.name });
		await child.ask({ do: 'connected' });
		await reader.whenConnected(2);
		const sent = [...Array(3000).keys()];
		reader.once('disconnect', () => other.tryWriteBatch(sent));
		const iterator = reader.iterate();
		const first = iterator.next();
		await child.kill();
		const received = [(await first).value];
		let failure: unknown;
		try {
			for await (const message of iterator) received.push(message);
		} catch (error) {
			failure = error;
		}
		expect(failure).toMatchObject({ code: 'ERR_RINGWIRE_PEER_DIED', peer: { pid: child.pid } });
		expect(received).toEqual(sent);
	});

	test('makes reads fail with PEER_DIED after draining, if asked', async () => {
		const channel = numbers();
		const reader = readerOf(channel, { onPeerDeath: 'error' });
		const child = await writtenThree(channel);
		await child.kill();
		const died = { code: 'ERR_RINGWIRE_PEER_DIED', channel: channel.name, peer: { pid: child.pid } };
		expect(await reader.read()).toBe(0);
		expect(await reader.read()).toBe(1);
		expect(await reader.read()).toBe(2);
		await expect(reader.read()).rejects.toMatchObject(died);
		await expect(reader.read()).rejects.toMatchObject(died);
		expect(() => reader.tryRead()).toThrow(expect.objectContaining({ code: died.code }));
		expect(() => reader.readBatch()).toThrow(expect.objectContaining({ code: died.code }));
		expect(() => reader.readSync()).toThrow(expect.objectContaining({ code: died.code }));
		expect(reader.closed).toBe(false);
	});

	test('makes a read that waits and an iterator that waits fail, if asked', async () => {
		for (const wait of ['read', 'iterator'] as const) {
			const channel = numbers();
			const reader = readerOf(channel, { onPeerDeath: 'error' });
			const child = await writtenThree(channel);
			const iterator = reader.iterate();
			for (let i = 0; i < 3; i++) await iterator.next();
			const pending = wait === 'read' ? reader.read() : iterator.next();
			const rejected = expect(pending).rejects.toMatchObject({ code: 'ERR_RINGWIRE_PEER_DIED' });
			await child.kill();
			await rejected;
			expect(reader.closed).toBe(wait === 'iterator');
		}
	});

	test('is emitted while the reader is still open, also if a listener closes it, and then the loop over it fails', async () => {
		for (const answer of [() => {}, (reader: Reader<number>) => void reader.close()]) {
			const channel = numbers();
			const reader = readerOf(channel, { onPeerDeath: 'error' });
			const told: unknown[] = [];
			reader.on('disconnect', ({ reason }) => {
				told.push([reason, reader.closed]);
				answer(reader);
			});
			const child = await writtenThree(channel);
			const seen: number[] = [];
			const iterating = codeOf(async () => {
				for await (const message of reader) seen.push(message);
			});
			await until(() => seen.length === 3);
			await child.kill();
			expect(await iterating).toBe('ERR_RINGWIRE_PEER_DIED');
			expect(told).toEqual([['died', false]]);
			expect(reader.closed).toBe(true);
		}
	});

	test('after its end is a clean end', async () => {
		const channel = numbers();
		const reader = readerOf(channel, { onPeerDeath: 'error' });
		const child = await writtenThree(channel);
		await child.ask({ do: 'end' });
		await child.kill();
		const seen: number[] = [];
		for await (const message of reader) seen.push(message);
		expect(seen).toEqual([0, 1, 2]);
	});

	test('does not end a reader, even when every other writer has ended', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const ended: unknown[] = [];
		reader.on('end', (event) => ended.push(event));
		const child = await writtenThree(channel);
		const disconnected = once(reader, 'disconnect');
		await child.kill();
		expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([0, 1, 2]);
		const pending = reader.read();
		await disconnected;
		const other = writerOf(channel);
		await other.write(3);
		other.end();
		expect(await pending).toBe(3);
		const disconnectedAgain = once(reader, 'disconnect');
		const still = reader.read();
		await other.close();
		await disconnectedAgain;
		expect(ended).toEqual([]);
		await reader.close();
		await expect(still).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
	});
});

describe('a writer that closes without an end', () => {
	test('is reported as closed after it was drained, and does not end the reader', async () => {
		const channel = numbers();
		const reader = readerOf(channel, { onPeerDeath: 'error' });
		const child = await writtenThree(channel);
		const disconnected = once(reader, 'disconnect');
		const closing = child.ask({ do: 'close' });
		expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([0, 1, 2]);
		const pending = reader.read();
		expect(await closing).toMatchObject({ unread: 0 });
		expect(await disconnected).toMatchObject({ reason: 'closed' });
		writerOf(channel).tryWrite(4);
		expect(await pending).toBe(4);
	});
});

describe.each(['block', 'drop-newest'] satisfies Overflow[])('a reader that was killed, with %s', (overflow) => {
	const fullWithChild = async () => {
		const channel = numbers({ ...tiny, overflow });
		const writer = writerOf(channel);
		const child = new ChildPeer();
		await child.ask({ do: 'open reader', name: channel.name, overflow });
		await Promise.all([writer.whenConnected(), child.ask({ do: 'connected' })]);
		expect(fill(writer)).toBe(2);
		return { channel, writer, child };
	};

	test('is reported, and the messages that it did not read are kept for the next one', async () => {
		const { channel, writer, child } = await fullWithChild();
		const disconnected = once(writer, 'disconnect');
		await child.kill();
		expect(await disconnected).toMatchObject({ reason: 'died', peer: { pid: child.pid, role: 'reader' } });
		expect(writer.peers).toEqual([]);
		expect(writer.tryWrite(9)).toBe(false);
		const next = readerOf(channel);
		await Promise.all([next.whenConnected(), writer.whenConnected()]);
		expect([await next.read(), await next.read()]).toEqual([0, 1]);
		await writer.write(2);
		expect(await next.read()).toBe(2);
	});

	test('does not settle a flush while messages are unread', async () => {
		const { channel, writer, child } = await fullWithChild();
		const disconnected = once(writer, 'disconnect');
		let flushed = false;
		const flushing = writer.flush().then(() => {
			flushed = true;
		});
		await child.kill();
		await disconnected;
		expect(flushed).toBe(false);
		const next = readerOf(channel);
		expect([await next.read(), await next.read()]).toEqual([0, 1]);
		await flushing;
	});

	test('does not hold back a writer any more that has another reader', async () => {
		const { channel, writer, child } = await fullWithChild();
		const other = readerOf(channel);
		await writer.whenConnected(2);
		expect([await other.read(), await other.read()]).toEqual([0, 1]);
		expect(writer.tryWrite(9)).toBe(false);
		const space = once(writer, 'space');
		writer.tryWrite(9);
		await child.kill();
		await space;
		expect(writer.tryWrite(2)).toBe(true);
	});
});

test('a write that waits goes on when the reader that held it back is killed and another one reads', async () => {
	const channel = numbers(tiny);
	const writer = writerOf(channel);
	const child = new ChildPeer();
	await child.ask({ do: 'open reader', name: channel.name });
	await writer.whenConnected();
	fill(writer);
	const pending = writer.write(2);
	await child.kill();
	const next = readerOf(channel);
	expect([await next.read(), await next.read(), await next.read()]).toEqual([0, 1, 2]);
	await pending;
});

describe('a mismatch is refused on both sides', () => {
	test.each([
		['codec', { codec: 'other' }],
		['overflow', { overflow: 'latest' }],
	] as const)('%s: whenConnected rejects, and error events name both values', async (field, differs) => {
		const channel = defineChannel({ name: `mismatch-${field}-${process.pid}`, codec: json<number>() });
		const reader = readerOf(channel);
		const told = once(reader, 'error');
		const mismatch = expect.objectContaining({ code: 'ERR_RINGWIRE_MISMATCH', channel: channel.name });
		const refused = expect(reader.whenConnected()).rejects.toEqual(mismatch);
		const child = new ChildPeer();
		const opening = child.ask({ do: 'open writer', name: channel.name, connected: true, ...differs });
		await expect(opening).rejects.toThrow(field);
		await refused;
		const { error } = await told;
		expect(error).toEqual(mismatch);
		expect(error.message).toContain(field);
		for (const value of field === 'codec' ? ['json', 'other'] : ['block', 'latest']) {
			expect(error.message).toContain(value);
		}
		expect(error.message).toMatch(
			new RegExp(`^channel "${channel.name}", writer \\w{16} \\(pid ${child.pid}\\): the peer's ${field}`),
		);
		expect(reader.peers).toEqual([]);
	});
});
