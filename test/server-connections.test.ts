import {
	type Connection,
	connect,
	defineChannel,
	defineDuplex,
	json,
	listen,
	openWriter,
	RingwireError,
	utf8,
} from 'ringwire';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DuplexConnection } from '../src/connection/connection.js';
import { DuplexChild } from './support/child-peer.js';
import { accept, clientOf, connected, numbersBothWays, serverOf } from './support/connected.js';
import { codeOf, tiny, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

describe('a client and a server in two processes', () => {
	test('connect in either order, and messages pass both ways', async () => {
		for (const first of ['client', 'server'] as const) {
			const duplex = numbersBothWays();
			const child = new DuplexChild();
			let connecting: Promise<Connection<number, number>> | undefined;
			if (first === 'client') {
				connecting = connect(duplex);
				await turns(50);
			}
			await child.ask({ do: 'listen', name: duplex.name });
			connecting ??= connect(duplex);
			const pid = child.ask({ do: 'accept' });
			const client = await connecting;
			onTestFinished(() => client[Symbol.dispose]());
			expect(await pid).toBe(process.pid);
			expect(client.peer).toMatchObject({ pid: child.pid, role: 'server' });
			const received = child.ask({ do: 'read', count: 100 });
			for (let i = 0; i < 100; i++) await client.writer.write(i);
			expect(await received).toEqual([...Array(100).keys()]);
			const sending = child.ask({ do: 'write', from: 0, count: 100 });
			for (let i = 0; i < 100; i++) expect(await client.reader.read()).toBe(i);
			await sending;
		}
	});

	test('messages that a client writes before its connection is taken are delivered', async () => {
		const { client, server } = await (async () => {
			const duplex = numbersBothWays();
			const server = serverOf(duplex);
			return { client: await clientOf(duplex), server };
		})();
		client.writer.tryWrite(7);
		const other = await accept(server);
		expect(await other.reader.read()).toBe(7);
	});
});

describe('a second server of the same name', () => {
	test('is refused with EXISTS while the first lives, in this process and in another', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const exists = { code: 'ERR_RINGWIRE_EXISTS', channel: duplex.name };
		expect(() => listen(duplex)).toThrow(expect.objectContaining(exists));
		const holder = `listening already: process ${process.pid}, endpoint`;
		await expect(new DuplexChild().ask({ do: 'listen', name: duplex.name })).rejects.toThrow(holder);
		await server.close();
		const second = serverOf(duplex);
		await clientOf(duplex);
		expect(second.closed).toBe(false);
	});

	test('works at once when the first was killed', async () => {
		const duplex = numbersBothWays();
		const child = new DuplexChild();
		await child.ask({ do: 'listen', name: duplex.name });
		expect(await codeOf(() => listen(duplex))).toBe('ERR_RINGWIRE_EXISTS');
		await child.kill();
		const server = serverOf(duplex);
		const [client] = await Promise.all([clientOf(duplex), accept(server)]);
		expect(client.peer.pid).toBe(process.pid);
	});

	test('is refused while the first one is stopped', async () => {
		const duplex = numbersBothWays();
		const child = new DuplexChild();
		await child.ask({ do: 'listen', name: duplex.name });
		if (child.pid === undefined) throw new Error('no child');
		process.kill(child.pid, 'SIGSTOP');
		expect(await codeOf(() => listen(duplex))).toBe('ERR_RINGWIRE_EXISTS');
		expect(await codeOf(() => connect(duplex, { timeoutMs: 30 }))).toBe('ERR_RINGWIRE_TIMEOUT');
	});
});

describe('connect', () => {
	test('rejects with TIMEOUT when no server listens', async () => {
		const duplex = numbersBothWays();
		await expect(connect(duplex, { timeoutMs: 15 })).rejects.toMatchObject({
			code: 'ERR_RINGWIRE_TIMEOUT',
			channel: duplex.name,
			message: expect.stringContaining('no server has answered within 15 ms'),
		});
	});

	test('rejects with the reason of its signal, before and while it waits, and leaves nothing', async () => {
		const reason = new Error('enough');
		const duplex = numbersBothWays();
		await expect(connect(duplex, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
		const abort = new AbortController();
		const connecting = connect(duplex, { signal: abort.signal });
		await turns(5);
		abort.abort(reason);
		await expect(connecting).rejects.toBe(reason);
		const server = serverOf(duplex);
		await turns(50);
		expect(server.connections).toEqual([]);
	});

	test('is not ended by its signal once it is connected', async () => {
		const duplex = numbersBothWays();
		serverOf(duplex);
		const abort = new AbortController();
		const client = await connect(duplex, { signal: abort.signal });
		onTestFinished(() => client[Symbol.dispose]());
		abort.abort();
		expect(client.closed).toBe(false);
		expect(client.writer.tryWrite(1)).toBe(true);
	});

	test.each([
		['toServer', 'codec', { toServer: { codec: utf8(), ...tiny }, toClient: { codec: json(), ...tiny } }],
		['toClient', 'codec', { toServer: { codec: json(), ...tiny }, toClient: { codec: utf8(), ...tiny } }],
		['toServer', 'overflow', { toServer: { codec: json(), overflow: 'latest' }, toClient: { codec: json() } }],
		['toClient', 'overflow', { toServer: { codec: json() }, toClient: { codec: json(), overflow: 'latest' } }],
	] as const)(
		'is refused with MISMATCH when %s has another %s, and both sides get an error',
		async (direction, field, differs) => {
			const duplex = numbersBothWays();
			const server = serverOf(duplex);
			const told = new Promise<{ message: string }>((resolve) =>
				server.once('error', ({ error }) => resolve(error)),
			);
			const other = defineDuplex({ ...differs, name: duplex.name });
			await expect(connect(other)).rejects.toMatchObject({ code: 'ERR_RINGWIRE_MISMATCH', channel: duplex.name });
			const { message } = await told;
			expect(message).toContain(field);
			expect(message).toContain(direction === 'toServer' ? 'to the server' : 'to the client');
			await clientOf(duplex);
		},
	);

	test('is refused with LIMIT beyond clientsMax, until a place is free again', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex, { clientsMax: 2 });
		const errors: string[] = [];
		server.on('error', ({ error }) => errors.push(error.code));
		server.on('connection', () => {});
		const [first] = [await clientOf(duplex), await clientOf(duplex)];
		await expect(connect(duplex)).rejects.toMatchObject({
			code: 'ERR_RINGWIRE_LIMIT',
			message: expect.stringContaining('no more than 2 clients'),
		});
		expect(errors).toEqual(['ERR_RINGWIRE_LIMIT']);
		await first?.close();
		await until(() => server.connections.length === 1);
		await clientOf(duplex);
		await until(() => server.connections.length === 2);
	});
});

describe('a name that is in use by a channel of the other kind', () => {
	test('is refused with MISMATCH, and the message names a remedy', async () => {
		const mismatch = { code: 'ERR_RINGWIRE_MISMATCH', message: expect.stringContaining('choose another name') };
		const duplex = numbersBothWays();
		const oneWay = defineChannel({ name: duplex.name, codec: json<number>() });
		const writer = openWriter(oneWay);
		onTestFinished(() => writer[Symbol.dispose]());
		expect(() => listen(duplex)).toThrow(expect.objectContaining(mismatch));
		await expect(connect(duplex)).rejects.toMatchObject(mismatch);
		writer[Symbol.dispose]();
		const server = serverOf(duplex);
		expect(() => openWriter(oneWay)).toThrow(expect.objectContaining(mismatch));
		await server.close();
	});
});

describe('iterating over a server', () => {
	test('returns every connection once, also earlier ones, in order', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const clients = [await clientOf(duplex), await clientOf(duplex), await clientOf(duplex)];
		for (const [i, client] of clients.entries()) client.writer.tryWrite(i);
		const seen: unknown[] = [];
		for await (const { reader } of server) {
			seen.push(await reader.read());
			if (seen.length === 3) break;
		}
		expect(seen).toEqual([0, 1, 2]);
		expect(server.closed).toBe(false);
	});

	test('gives a connection that is closed already, with its messages and its disconnect', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const client = await clientOf(duplex);
		await until(() => server.connections.length === 1);
		client.writer.tryWrite(5);
		client[Symbol.dispose]();
		await until(() => server.connections.length === 0);
		const connection = await accept(server);
		expect(connection.closed).toBe(true);
		const events: string[] = [];
		connection.on('disconnect', ({ type, reason }) => events.push(`${type} ${reason}`));
		connection.on('close', ({ type, reason }) => events.push(`${type} ${reason}`));
		await until(() => events.length === 2);
		expect(events).toEqual(['disconnect closed', 'close closed']);
		expect(await connection.reader.read()).toBe(5);
		expect(await connection.reader.read()).toBe(undefined);
	});

	test('gives the events of a connection that closes within the turn in which it is returned, close last', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const client = await clientOf(duplex);
		await until(() => server.connections.length === 1);
		const [connection] = server.connections;
		client[Symbol.dispose]();
		expect(connection?.reader.readSync()).toBe(undefined);
		expect(connection?.closed).toBe(true);
		const accepting = accept(server);
		const events: string[] = [];
		connection?.on('disconnect', ({ type }) => events.push(type)).on('close', ({ type }) => events.push(type));
		expect(await accepting).toBe(connection);
		await until(() => events.length === 2);
		expect(events).toEqual(['disconnect', 'close']);
	});

	test('counts a connection against clientsMax until an iterator returns it', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex, { clientsMax: 1 });
		server.on('error', () => {});
		const client = await clientOf(duplex);
		await until(() => server.connections.length === 1);
		client[Symbol.dispose]();
		await until(() => server.connections.length === 0);
		expect(await codeOf(() => connect(duplex))).toBe('ERR_RINGWIRE_LIMIT');
		await accept(server);
		await clientOf(duplex);
	});

	test('finishes when the server is closed, also while it waits, and by return', async () => {
		const server = serverOf(numbersBothWays());
		const iterators = [server[Symbol.asyncIterator](), server[Symbol.asyncIterator]()] as const;
		const pending = iterators.map((iterator) => iterator.next());
		await iterators[0].return?.();
		expect(await pending[0]).toEqual({ value: undefined, done: true });
		await server.close();
		expect(await pending[1]).toEqual({ value: undefined, done: true });
		expect(await server[Symbol.asyncIterator]().next()).toEqual({ value: undefined, done: true });
	});

	test('and listening both get every connection', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const heard: unknown[] = [];
		server.on('connection', ({ connection }) => heard.push(connection));
		const iterator = server[Symbol.asyncIterator]();
		const waiting = iterator.next();
		await clientOf(duplex);
		const first = await waiting;
		await clientOf(duplex);
		await until(() => heard.length === 2);
		expect([first.value, (await iterator.next()).value]).toEqual(heard);
	});
});

describe('a server that closes', () => {
	test('closes its connections for both sides, and frees the name', async () => {
		const { server, client, other } = await connected();
		other.writer.tryWrite(1);
		const closing = server.close();
		expect(server.closed).toBe(true);
		expect(await client.reader.read()).toBe(1);
		await closing;
		expect(await client.whenClosed()).toBe('closed');
		expect(other.closed).toBe(true);
		expect(server.connections).toEqual([]);
		await expect(client.writer.write(1)).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
		expect(await server.close()).toBe(undefined);
		server[Symbol.dispose]();
	});

	test('does so when its signal aborts, at once', async () => {
		const abort = new AbortController();
		const duplex = numbersBothWays();
		const server = serverOf(duplex, { signal: abort.signal });
		const client = await clientOf(duplex);
		abort.abort();
		expect(server.closed).toBe(true);
		expect(await client.whenClosed()).toBe('closed');
		const reason = new Error('enough');
		expect(() => listen(duplex, { signal: AbortSignal.abort(reason) })).toThrow(reason);
	});

	test('by shutdown ends its clients, which get all messages', async () => {
		const { server, client, other } = await connected();
		const events: string[] = [];
		client.on('shutdown', ({ type }) => events.push(type));
		client.on('disconnect', ({ type }) => events.push(type));
		other.writer.tryWrite(3);
		server.shutdown();
		expect(await client.reader.read()).toBe(3);
		expect(await client.reader.read()).toBe(undefined);
		expect(await client.whenClosed()).toBe('closed');
		expect(events).toEqual(['shutdown', 'disconnect']);
	});
});

describe('an exception while a client is taken in', () => {
	const { take } = DuplexConnection;

	/** The next client cannot be taken in: its connection fails with `exception`. */
	function failNext(exception: unknown): void {
		vi.spyOn(DuplexConnection, 'take').mockImplementationOnce((...args) => {
			take(...args)?.[Symbol.dispose]();
			throw exception;
		});
		onTestFinished(() => void vi.restoreAllMocks());
	}

	test('is an uncaught exception if it is not ours, and the server goes on', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex, { clientsMax: 1 });
		const uncaught = captureUncaught();
		const client = new DuplexChild();
		const bug = new TypeError('a bug');
		failNext(bug);
		const connecting = client.ask({ do: 'connect', name: duplex.name });
		const connection = await accept(server);
		await connecting;
		expect(uncaught).toEqual([bug]);
		expect(connection.peer.pid).toBe(client.pid);
	});

	test('is uncaught or an error event also while the lanes are linked; a client that leaves is neither', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const uncaught = captureUncaught();
		const errors: unknown[] = [];
		server.on('error', ({ error }) => errors.push(error));
		const bug = new TypeError('a bug');
		const failures = [bug, ...['LIMIT', 'CLOSED', 'PEER_DIED'].map((code) => ringwireError(code))];
		onTestFinished(() => void vi.restoreAllMocks());
		const { whenLinked } = DuplexConnection.prototype;
		const linking = vi.spyOn(DuplexConnection.prototype, 'whenLinked');
		linking.mockImplementation(function (this: DuplexConnection<unknown, unknown>) {
			const failure = this.peer.role === 'client' ? failures.shift() : undefined;
			return failure === undefined ? whenLinked.call(this) : Promise.reject(failure);
		});
		while (failures.length > 0) (await connect(duplex))[Symbol.dispose]();
		await Promise.all([accept(server), clientOf(duplex)]);
		expect([failures, uncaught]).toEqual([[], [bug]]);
		expect(errors).toMatchObject([{ code: 'ERR_RINGWIRE_LIMIT' }]);
	});

	test('is an error event if it is a RingwireError', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex, { clientsMax: 1 });
		const errors: unknown[] = [];
		server.on('error', ({ error }) => errors.push(error));
		const client = new DuplexChild();
		const limit = new RingwireError('ERR_RINGWIRE_LIMIT', 'no memory');
		failNext(limit);
		await Promise.all([accept(server), client.ask({ do: 'connect', name: duplex.name })]);
		expect(errors).toEqual([limit]);
	});
});

function ringwireError(code: string): RingwireError {
	return new RingwireError(`ERR_RINGWIRE_${code}` as 'ERR_RINGWIRE_LIMIT', 'on purpose');
}

test('wrong arguments are refused, and the error names the option', async () => {
	const duplex = numbersBothWays();
	expect(() => listen(duplex, { clientsMax: 0 })).toThrow(/^clientsMax: got 0/);
	expect(() => listen(duplex, { spinMicros: -1 })).toThrow(/^spinMicros: got -1/);
	await expect(connect(duplex, { pauseMs: 0 })).rejects.toThrow(/^pauseMs: got 0/);
	await expect(connect(duplex, { pauseMs: 50, pauseMsMax: 20 })).rejects.toThrow(/^pauseMsMax: got 20/);
	await expect(connect(duplex, { timeoutMs: -1 })).rejects.toThrow(/^timeoutMs: got -1/);
	const server = serverOf(duplex);
	expect(() => server.on('connexion' as 'connection', () => {})).toThrow(/^event: got string .connexion./);
	await expect(server.close({ lingerMs: -1 })).rejects.toThrow(/^lingerMs: got -1/);
	expect(server.closed).toBe(false);
	const lane = { codec: json<number>(), depth: 3 };
	expect(() => defineDuplex({ name: uniqueName(), toServer: lane })).toThrow(/^toServer.depth: got 3/);
	expect(() => defineDuplex({ name: '', toServer: lane })).toThrow(/^name: got/);
	const codec = { ...json<number>(), id: '' };
	expect(() => defineDuplex({ name: uniqueName(), toClient: { codec } })).toThrow(/^toClient.codec.id: got/);
});
