import type { Connection, DepartureReason } from 'ringwire';
import { describe, expect, test, vi } from 'vitest';
import { DuplexChild } from './support/child-peer.js';
import { accept, clientOf, connected, connectedToChild, numbersBothWays, serverOf } from './support/connected.js';
import { codeOf, fill, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** The events of the end of a connection, in order. */
function record(connection: Connection<number, number>): string[] {
	const events: string[] = [];
	connection.on('shutdown', () => events.push('shutdown'));
	connection.on('disconnect', ({ reason }) => events.push(`disconnect ${reason}`));
	connection.reader.on('disconnect', ({ reason }) => events.push(`reader disconnect ${reason}`));
	connection.reader.on('end', () => events.push('reader end'));
	return events;
}

describe('when the process at the other side is killed', () => {
	test('its messages are read first, and then reads fail with PEER_DIED', async () => {
		const { child, client } = await connectedToChild();
		const events = record(client);
		await child.ask({ do: 'write', from: 0, count: 2 });
		await child.kill();
		expect(await client.whenClosed()).toBe('died');
		expect(events).toEqual(['disconnect died']);
		expect([await client.reader.read(), await client.reader.read()]).toEqual([0, 1]);
		const died = { code: 'ERR_RINGWIRE_PEER_DIED', peer: { pid: child.pid, role: 'server' } };
		await expect(client.reader.read()).rejects.toMatchObject(died);
		await expect(client.reader.read()).rejects.toMatchObject(died);
		expect(events).toEqual(['disconnect died', 'reader disconnect died']);
		expect(client.reader.closed).toBe(true);
		expect(client.peer.pid).toBe(child.pid);
	});

	test('an iteration drains and then fails, and a read that waits fails', async () => {
		const { child, client } = await connectedToChild();
		await child.ask({ do: 'write', from: 0, count: 2 });
		const seen: number[] = [];
		const iterating = codeOf(async () => {
			for await (const message of client.reader) seen.push(message);
		});
		await until(() => seen.length === 2);
		await child.kill();
		expect(await iterating).toBe('ERR_RINGWIRE_PEER_DIED');
		expect(seen).toEqual([0, 1]);
	});

	test('a write that waits is rejected with PEER_DIED, and so is every later one', async () => {
		const { child, client } = await connectedToChild();
		expect(fill(client.writer)).toBe(2);
		const pending = client.writer.write(9);
		const flushing = codeOf(() => client.writer.flush());
		const died = { code: 'ERR_RINGWIRE_PEER_DIED', peer: { pid: child.pid } };
		const rejected = expect(pending).rejects.toMatchObject(died);
		await child.kill();
		await rejected;
		expect(await flushing).toBe('ERR_RINGWIRE_PEER_DIED');
		await expect(client.writer.write(1)).rejects.toMatchObject(died);
		expect(() => client.writer.tryWrite(1)).toThrow(expect.objectContaining({ code: died.code }));
		expect(() => client.writer.writeSync(1)).toThrow(expect.objectContaining({ code: died.code }));
		expect(client.writer.closed).toBe(true);
		expect(await client.close()).toEqual({ unread: 2, readers: 0 });
	});

	test('a write is refused already in a listener to disconnect', async () => {
		for (let i = 0; i < 3; i++) {
			const { child, client } = await connectedToChild();
			const told = new Promise((resolve) => {
				client.on('disconnect', () => resolve(codeOf(() => client.writer.tryWrite(1))));
			});
			const reading = codeOf(() => client.reader.read());
			await child.kill();
			expect(await told).toBe('ERR_RINGWIRE_PEER_DIED');
			expect(await reading).toBe('ERR_RINGWIRE_PEER_DIED');
		}
	});

	test("the server's connection emits disconnect, and the server goes on", async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const child = new DuplexChild();
		const [other] = await Promise.all([accept(server), child.ask({ do: 'connect', name: duplex.name })]);
		const events = record(other);
		await child.kill();
		expect(await other.whenClosed()).toBe('died');
		await turns(5);
		expect(events.sort()).toEqual(['disconnect died', 'reader disconnect died']);
		expect(server.connections).toEqual([]);
		await clientOf(duplex);
		expect((await accept(server)).closed).toBe(false);
	});

	test('an exit with a status other than 0 is a death, and an exit with 0 is a close', async () => {
		for (const [code, reason] of [
			[1, 'died'],
			[0, 'closed'],
		] as const) {
			const { child, client } = await connectedToChild();
			child.ask({ do: 'exit', code }).catch(() => {});
			expect(await client.whenClosed()).toBe(reason);
		}
	});
});

describe('when the other side closes', () => {
	test('its messages are read first, and then reads end', async () => {
		const { child, client } = await connectedToChild();
		const events = record(client);
		await child.ask({ do: 'write', from: 0, count: 2 });
		const closing = child.ask({ do: 'close' });
		const seen: number[] = [];
		for await (const message of client.reader) seen.push(message);
		expect(seen).toEqual([0, 1]);
		expect(await closing).toMatchObject({ unread: 0 });
		expect(await client.whenClosed()).toBe('closed');
		expect([...events].sort()).toEqual(['disconnect closed', 'reader disconnect closed', 'reader end']);
		expect(await client.reader.read()).toBe(undefined);
		expect(await codeOf(() => client.writer.write(1))).toBe('ERR_RINGWIRE_CLOSED');
	});

	test('a write that waits is rejected with CLOSED', async () => {
		const { child, client } = await connectedToChild();
		fill(client.writer);
		const pending = codeOf(() => client.writer.write(9));
		await child.ask({ do: 'dispose' });
		expect(await pending).toBe('ERR_RINGWIRE_CLOSED');
		await expect(client.writer.write(1)).rejects.toMatchObject({
			message: expect.stringContaining('closed the connection'),
		});
	});

	test('closing its reader closes the connection, as leaving a loop does', async () => {
		const { child, client } = await connectedToChild();
		await child.ask({ do: 'close reader' });
		expect(await client.whenClosed()).toBe('closed');
		expect(await client.reader.read()).toBe(undefined);
	});
});

describe('one direction', () => {
	test('ends by itself, and the other direction goes on until it ends too', async () => {
		const { client, other } = await connected();
		const events = { client: record(client), other: record(other) };
		client.writer.tryWrite(1);
		client.writer.end();
		expect([await other.reader.read(), await other.reader.read()]).toEqual([1, undefined]);
		await turns(20);
		expect([client.closed, other.closed]).toEqual([false, false]);
		for (let i = 0; i < 10; i++) {
			await other.writer.write(i);
			expect(await client.reader.read()).toBe(i);
		}
		other.writer.end();
		expect(await client.reader.read()).toBe(undefined);
		expect([await client.whenClosed(), await other.whenClosed()]).toEqual(['closed', 'closed']);
		await turns(5);
		expect(events.client).toContain('disconnect closed');
		expect(events.other).toContain('disconnect closed');
	});

	test('that has ended does not hide the death of the peer', async () => {
		const { child, client } = await connectedToChild();
		client.writer.end();
		expect(await child.ask({ do: 'read', count: 1 })).toEqual([null]);
		await turns(20);
		expect(client.closed).toBe(false);
		await child.kill();
		expect(await client.whenClosed()).toBe('died');
		expect(await codeOf(() => client.reader.read())).toBe('ERR_RINGWIRE_PEER_DIED');
	});

	test('settles a flush when the peer has read everything and left', async () => {
		const { client, other } = await connected();
		client.writer.tryWrite(1);
		client.writer.end();
		const flushed = client.writer.flush();
		expect([await other.reader.read(), await other.reader.read()]).toEqual([1, undefined]);
		await flushed;
	});
});

describe('closing', () => {
	test('waits until everything has been read, at most lingerMs, and reports the rest; twice is once', async () => {
		const { client, other } = await connected();
		client.writer.tryWrite(1);
		const closing = client.close();
		expect(client.close({ lingerMs: 5 })).toBe(closing);
		expect([client.closed, client.closeReason]).toEqual([true, 'closed']);
		await turns(5);
		expect(await other.reader.read()).toBe(1);
		expect(await closing).toMatchObject({ unread: 0 });
		client[Symbol.dispose]();
		await client[Symbol.asyncDispose]();
		const second = await connected();
		second.client.writer.tryWrite(1);
		expect(await second.client.close({ lingerMs: 0 })).toMatchObject({ unread: 1, readers: 1 });
		expect(await second.other.reader.read()).toBe(1);
	});

	test('is not emitted on the side that closes', async () => {
		const { client } = await connected();
		const events = record(client);
		await client.close();
		await turns(10);
		expect(events).toEqual([]);
	});

	test('happens when a loop over the reader is left, unless it keeps it open', async () => {
		const { client, other } = await connected();
		other.writer.tryWrite(1);
		for await (const _ of client.reader.iterate({ keepOpen: true })) break;
		expect(client.closed).toBe(false);
		other.writer.tryWrite(2);
		for await (const _ of client.reader) break;
		expect(client.closed).toBe(true);
		expect(await other.whenClosed()).toBe('closed');
	});

	test('by shutdown ends both directions, and both sides read all messages', async () => {
		const { client, other } = await connected();
		const events = record(other);
		client.writer.tryWrite(1);
		other.writer.tryWrite(2);
		client.shutdown();
		expect([await other.reader.read(), await other.reader.read()]).toEqual([1, undefined]);
		expect([await client.reader.read(), await client.reader.read()]).toEqual([2, undefined]);
		expect(events.filter((event) => !event.startsWith('reader'))).toEqual(['shutdown', 'disconnect closed']);
		expect(events[0]).toBe('shutdown');
		expect(await codeOf(() => other.writer.write(1))).toBe('ERR_RINGWIRE_CLOSED');
	});

	test('through one of the two handles closes both', async () => {
		for (const close of [
			({ writer }: Connection<number, number>) => writer.close(),
			({ reader }: Connection<number, number>) => reader.close(),
			async ({ writer }: Connection<number, number>) => writer.shutdown(),
		]) {
			const { client, other } = await connected();
			await close(client);
			expect(client.closed).toBe(true);
			await until(() => client.writer.closed && client.reader.closed);
			expect(await other.whenClosed()).toBe('closed');
		}
	});
});

test('a listener that throws does not prevent the other listeners from being called', async () => {
	const { client, other } = await connected();
	const uncaught = vi.fn();
	const others = process.listeners('uncaughtException');
	process.removeAllListeners('uncaughtException');
	process.once('uncaughtException', uncaught);
	const reasons: DepartureReason[] = [];
	client.on('disconnect', () => {
		throw new Error('on purpose');
	});
	client.on('disconnect', ({ reason }) => reasons.push(reason));
	other[Symbol.dispose]();
	await until(() => reasons.length === 1);
	await turns(2);
	for (const listener of others) process.on('uncaughtException', listener);
	expect(uncaught).toHaveBeenCalledOnce();
});

test('the report of close counts the connected reader, also when the writer was closed first', async () => {
	const { client } = await connected();
	client.writer.tryWrite(1);
	const reports = [client.writer.close({ lingerMs: 0 }), client.close()];
	const known = { unread: 1, readers: 1 };
	expect(await Promise.all(reports)).toEqual([known, known]);
});
