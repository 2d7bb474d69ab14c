import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Duplex as NodeDuplex, PassThrough, Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { connect, type Duplex, defineDuplex, json, listen } from 'ringwire';
import { createDuplexStream, createWebDuplex } from 'ringwire/streams';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { codeOf, turns } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

const small = { codec: json<number>(), capacity: 64 * 1024 };
const talk = () => defineDuplex({ name: uniqueName(), toServer: small, toClient: small });

/** Both ends of one connection, closed at the end of the test at the latest. */
async function pairOf<A, B, C, D>(duplex: Duplex<A, B, C, D>) {
	const server = listen(duplex);
	onTestFinished(() => server[Symbol.dispose]());
	const connecting = connect(duplex);
	for await (const accepted of server) {
		const connection = await connecting;
		onTestFinished(() => connection[Symbol.dispose]());
		return { client: connection, server: accepted };
	}
	throw new Error('the server is closed');
}

/** All chunks up to its end; unlike `toArray` and iteration this leaves the other direction open. */
async function collect(stream: NodeDuplex): Promise<unknown[]> {
	const chunks: unknown[] = [];
	stream.on('data', (chunk) => chunks.push(chunk));
	await once(stream, 'end');
	return chunks;
}

/** The code of the error that the stream ends with, or undefined. */
function endOf(stream: NodeDuplex): Promise<unknown> {
	return codeOf(() => finished(stream));
}

describe('createDuplexStream', () => {
	it('bytes that go through it and back are the same', async () => {
		const { client, server } = await pairOf(
			defineDuplex({ name: uniqueName(), toServer: { capacity: 64 * 1024 } }),
		);
		const echo = createDuplexStream(server);
		echo.pipe(echo);
		const sent = randomBytes(3_000_000);
		const chunks: Buffer[] = [];
		await pipeline(
			Readable.from([sent.subarray(0, 1), sent.subarray(1)]),
			createDuplexStream(client),
			async (back) => {
				for await (const chunk of back) chunks.push(chunk);
			},
		);
		expect(Buffer.concat(chunks).equals(sent)).toBe(true);
		expect(await client.whenClosed()).toBe('closed');
		expect(await server.whenClosed()).toBe('closed');
	});

	it('each side is a byte stream or in object mode by its own codec', async () => {
		const { client, server } = await pairOf(defineDuplex({ name: uniqueName(), toServer: small }));
		const [toServer, toClient] = [createDuplexStream(client), createDuplexStream(server)];
		expect([toServer.writableObjectMode, toServer.readableObjectMode]).toEqual([true, false]);
		expect([toClient.writableObjectMode, toClient.readableObjectMode]).toEqual([false, true]);
		expect(toServer.connection).toBe(client);
		toServer.end(7);
		toClient.end('seven');
		expect(await collect(toClient)).toEqual([7]);
		expect(String(await collect(toServer))).toBe('seven');
	});

	it('is half open: each direction ends by itself, and the connection closes after the second', async () => {
		const { client, server } = await pairOf(talk());
		const [a, b] = [createDuplexStream(client), createDuplexStream(server)];
		a.end(1);
		expect(await collect(b)).toEqual([1]);
		await turns(10);
		expect([a.destroyed, b.destroyed, client.closed, server.closed]).toEqual([false, false, false, false]);
		b.write(2);
		b.end(3);
		expect(await collect(a)).toEqual([2, 3]);
		await until(() => a.destroyed && b.destroyed);
		expect([a.errored, b.errored]).toEqual([null, null]);
		expect(await Promise.all([client.whenClosed(), server.whenClosed()])).toEqual(['closed', 'closed']);
		expect(client.writer.closed && client.reader.closed).toBe(true);
	});

	it('keepOpen leaves the connection open and its writer unended', async () => {
		const { client, server } = await pairOf(talk());
		const stream = createDuplexStream(client, { keepOpen: true });
		stream.end(1);
		await once(stream, 'finish');
		stream.destroy();
		await once(stream, 'close');
		expect(client.closed).toBe(false);
		client.writer.tryWrite(2);
		expect([await server.reader.read(), await server.reader.read()]).toEqual([1, 2]);
	});

	it('a consumer that does not read is backpressure on the other side', async () => {
		const { client, server } = await pairOf(talk());
		const stream = createDuplexStream(server);
		let written = 0;
		for (let idle = 0; idle < 50; idle++) {
			while (client.writer.tryWrite(written)) {
				written++;
				idle = 0;
			}
			await turns();
		}
		expect(written).toBeLessThanOrEqual(8192);
		expect(stream.readableLength).toBeLessThanOrEqual(16);
		client.writer.end();
		const read: number[] = [];
		stream.on('data', (number) => read.push(number));
		await once(stream, 'end');
		expect(read).toEqual([...Array(written).keys()]);
	});

	it('destroyed on one side, it never looks complete on the other, which consumes the earlier messages first', async () => {
		const { client, server } = await pairOf(talk());
		const [a, b] = [createDuplexStream(client), createDuplexStream(server)];
		for (let i = 0; i < 100; i++) a.write(i);
		await until(() => a.writableLength === 0);
		a.destroy();
		const read: number[] = [];
		const code = await codeOf(async () => {
			for await (const number of b) read.push(number);
		});
		expect(read).toEqual([...Array(100).keys()]);
		expect(code).toBe('ERR_RINGWIRE_PEER_DIED');
	});

	it('end() succeeds after the peer has closed, if the peer had read everything', async () => {
		const { client, server } = await pairOf(talk());
		const stream = createDuplexStream(client);
		stream.write(1);
		expect(await server.reader.read()).toBe(1);
		server.writer.tryWrite(2);
		server.writer.end();
		await server.close({ lingerMs: 0 });
		expect(await collect(stream)).toEqual([2]);
		stream.end();
		expect(await endOf(stream)).toBe(undefined);
	});

	it('end() after the peer has closed fails with CLOSED, if the peer had not read everything', async () => {
		const { client, server } = await pairOf(talk());
		const stream = createDuplexStream(client);
		const ended = codeOf(() => finished(stream, { readable: false }));
		stream.write(1);
		server.writer.end();
		stream.resume();
		await once(stream, 'end');
		server[Symbol.dispose]();
		expect(await client.whenClosed()).toBe('closed');
		stream.end();
		expect(await ended).toBe('ERR_RINGWIRE_CLOSED');
	});

	it('a write after the peer has closed fails with CLOSED', async () => {
		const { client, server } = await pairOf(talk());
		const stream = createDuplexStream(client);
		server.writer.end();
		stream.resume();
		await once(stream, 'end');
		server[Symbol.dispose]();
		await client.whenClosed();
		stream.on('error', () => {});
		stream.write(1);
		expect(await endOf(stream)).toBe('ERR_RINGWIRE_CLOSED');
	});

	it.each(['shutdown', 'close'] as const)('%s under it destroys it with CLOSED', async (how) => {
		const { client } = await pairOf(talk());
		const stream = createDuplexStream(client);
		stream.resume();
		const ended = endOf(stream);
		await client[how]();
		expect(await ended).toBe('ERR_RINGWIRE_CLOSED');
	});

	it('a shutdown by the other side destroys it with CLOSED, after the earlier messages', async () => {
		const { client, server } = await pairOf(talk());
		const stream = createDuplexStream(client);
		server.writer.tryWriteBatch([1, 2, 3]);
		server.shutdown();
		await client.whenClosed();
		const read: number[] = [];
		stream.on('data', (number) => read.push(number));
		expect(await endOf(stream)).toBe('ERR_RINGWIRE_CLOSED');
		expect(read).toEqual([1, 2, 3]);
	});

	it('an error of one direction ends both', async () => {
		const { client, server } = await pairOf(talk());
		const stream = createDuplexStream(client);
		stream.resume();
		stream.write(10n);
		expect(await endOf(stream)).toBe('ERR_RINGWIRE_ENCODE');
		await server.whenClosed();
	});

	it('is destroyed with the reason of its signal', async () => {
		const { client } = await pairOf(talk());
		const abort = new AbortController();
		const stream = createDuplexStream(client, { signal: abort.signal });
		const mistake = new Error('enough');
		const ended = finished(stream).catch((error: unknown) => error);
		abort.abort(mistake);
		expect(await ended).toBe(mistake);
		expect(() => createDuplexStream(client, { signal: abort.signal })).toThrow(mistake);
	});

	it.each([[undefined], [null], [{}], [new PassThrough()]])('%o is no connection', (connection) => {
		expect(() => Reflect.apply(createDuplexStream, undefined, [connection])).toThrow('connection: got');
	});
});

describe('createDuplexStream, the other side is killed', () => {
	const party = async (says: number) => {
		const duplex = talk();
		const program = startProgram('duplex-party', { channel: duplex.name, role: 'server', says, echoes: false });
		const connection = await connect(duplex);
		onTestFinished(() => connection[Symbol.dispose]());
		if (says > 0) await program.received('said');
		return { connection, program };
	};

	it('its messages are consumed first, then PEER_DIED, also when a write has failed before', async () => {
		const { connection, program } = await party(1000);
		const stream = createDuplexStream(connection);
		const read: number[] = [];
		const failed = codeOf(async () => {
			for await (const number of stream) {
				read.push(number);
				if (read.length === 1) {
					await program.kill();
					await connection.whenClosed();
					stream.write(1);
				}
				await turns();
			}
		});
		expect(await failed).toBe('ERR_RINGWIRE_PEER_DIED');
		expect(read).toEqual([...Array(1000).keys()]);
	});

	it('a write that waits for room fails at once if the stream is not read', async () => {
		const { connection, program } = await party(10);
		const stream = createDuplexStream(connection);
		const writing = codeOf(() =>
			pipeline(
				(function* () {
					for (;;) yield 1;
				})(),
				stream,
			),
		);
		await until(() => connection.writer.free === 0);
		await program.kill();
		expect(await writing).toBe('ERR_RINGWIRE_PEER_DIED');
	});

	it('a stream that was written, and is neither written nor read when it happens, is destroyed', async () => {
		const { connection, program } = await party(10);
		const stream = createDuplexStream(connection);
		stream.write(1);
		const ended = endOf(stream);
		await program.kill();
		expect(await ended).toBe('ERR_RINGWIRE_PEER_DIED');
	});

	it('end() fails with PEER_DIED, also before its messages are read', async () => {
		const { connection, program } = await party(10);
		const stream = createDuplexStream(connection);
		const ended = codeOf(() => finished(stream, { readable: false }));
		await program.kill();
		await connection.whenClosed();
		stream.end();
		expect(await ended).toBe('ERR_RINGWIRE_PEER_DIED');
	});

	it('a consumer that begins to read only then still gets everything first', async () => {
		const { connection, program } = await party(10);
		const stream = createDuplexStream(connection);
		await program.kill();
		await connection.whenClosed();
		await turns(5);
		const read: number[] = [];
		stream.on('data', (number) => read.push(number));
		expect(await endOf(stream)).toBe('ERR_RINGWIRE_PEER_DIED');
		expect(read).toEqual([...Array(10).keys()]);
	});
});

describe('createWebDuplex', () => {
	it('is both directions as Web streams', async () => {
		const { client, server } = await pairOf(talk());
		const { readable, writable } = createWebDuplex(client);
		const echo = createDuplexStream(server);
		echo.pipe(echo);
		const writer = writable.getWriter();
		const read: number[] = [];
		const reading = (async () => {
			for await (const number of readable) read.push(number);
		})();
		for (let i = 0; i < 500; i++) await writer.write(i);
		await writer.close();
		await reading;
		expect(read).toEqual([...Array(500).keys()]);
		await client.whenClosed();
	});
});
