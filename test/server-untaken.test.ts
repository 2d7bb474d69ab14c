import { type Connection, connect, type ListenOptions, type Server } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientOf, numbersBothWays, serverOf } from './support/connected.js';
import { codeOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

// Connections that wait in the queue of a server's iterators.
useTemporaryFolder();

/** A server of numbers, for as long as the test. */
function listening(options?: ListenOptions<number, number>) {
	const duplex = numbersBothWays({ depth: 16 }, { depth: 16 });
	return { duplex, server: serverOf(duplex, options) };
}

/** Closes the server and counts what was left in it. */
async function countUntaken(server: Server<number, number>, most: number): Promise<number> {
	const iterator = server[Symbol.asyncIterator]();
	const results = Array.from({ length: most }, () => iterator.next());
	await server.close();
	return (await Promise.all(results)).filter(({ done }) => !done).length;
}

describe('the connections that wait to be taken', () => {
	test('are never more than clientsMax, also if their clients leave at once', async () => {
		const { duplex, server } = listening({ clientsMax: 3 });
		server.on('error', () => {});
		for (let i = 0; i < 30; i++) {
			const client = await connect(duplex).catch(() => undefined);
			client?.[Symbol.dispose]();
			await turns(3);
		}
		expect(await codeOf(() => connect(duplex))).toBe('ERR_RINGWIRE_LIMIT');
		expect(await countUntaken(server, 30)).toBe(3);
	});

	test('do not include closed ones that a listener got, although there is an iterator', async () => {
		const { duplex, server } = listening({ clientsMax: 3 });
		server.on('connection', ({ connection }) => connection[Symbol.dispose]());
		const iterator = server[Symbol.asyncIterator]();
		onTestFinished(() => void iterator.return?.());
		for (let i = 0; i < 10; i++) await (await connect(duplex)).whenClosed();
		expect(await countUntaken(server, 10)).toBe(0);
	});

	test('do not include closed ones that onConnection got', async () => {
		const { duplex, server } = listening({ clientsMax: 3, onConnection: (connection) => connection.close() });
		server[Symbol.asyncIterator]();
		for (let i = 0; i < 10; i++) await (await connect(duplex)).whenClosed();
		expect(await countUntaken(server, 10)).toBe(0);
	});
});

describe('a connection that a listener got and an iterator has not returned', () => {
	async function heard() {
		const { duplex, server } = listening();
		const connections: Connection<number, number>[] = [];
		server.on('connection', ({ connection }) => connections.push(connection));
		server[Symbol.asyncIterator]();
		const client = await clientOf(duplex);
		await until(() => connections.length === 1);
		const [connection] = connections;
		if (connection === undefined) throw new Error('nobody came');
		return { server, connection, client };
	}

	test('is closed by the server as any other: its messages are still read', async () => {
		const { server, connection, client } = await heard();
		connection.writer.tryWriteBatch([1, 2, 3]);
		client.writer.tryWrite(7);
		const closing = server.close({ lingerMs: 30_000 });
		expect(await connection.reader.read()).toBe(7);
		expect(await client.reader.read()).toBe(1);
		expect([await client.reader.read(), await client.reader.read()]).toEqual([2, 3]);
		await closing;
		expect(await client.whenClosed()).toBe('closed');
	});

	test('can be read to its end after a shutdown', async () => {
		const { server, connection, client } = await heard();
		client.writer.tryWriteBatch([1, 2]);
		server.shutdown();
		expect(await connection.reader.read()).toBe(1);
		expect(await connection.reader.read()).toBe(2);
		expect(await connection.reader.read()).toBe(undefined);
	});

	test('is closed at once with its server if neither a listener nor an iterator got it', async () => {
		const { duplex, server } = listening();
		const client = await clientOf(duplex);
		await until(() => server.connections.length === 1);
		const [other] = server.connections;
		other?.writer.tryWrite(1);
		await server.close({ lingerMs: 30_000 });
		expect(await client.whenClosed()).toBe('closed');
	});
});
