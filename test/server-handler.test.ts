import {
	type Connection,
	connect,
	defineDuplex,
	defineService,
	json,
	type ListenOptions,
	listen,
	RingwireError,
	serve,
} from 'ringwire';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DuplexChild } from './support/child-peer.js';
import { accept, clientOf, numbersBothWays, serverOf } from './support/connected.js';
import { turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

type Handler = NonNullable<ListenOptions<number, number>['onConnection']>;

/** A server with that handler, and the errors that it emits. */
function handling(onConnection: Handler) {
	const duplex = numbersBothWays();
	const server = serverOf(duplex, { onConnection });
	const errors: RingwireError[] = [];
	server.on('error', ({ error }) => errors.push(error));
	return { duplex, server, errors };
}

const cause = new Error('on purpose');
const failing: Record<string, Handler> = {
	throws: () => {
		throw cause;
	},
	rejects: () => Promise.reject(cause),
	'rejects later': async ({ reader }) => {
		await reader.read();
		throw cause;
	},
};

describe.each(Object.entries(failing))('an onConnection handler that %s', (_, handler) => {
	test('closes its connection and is an error event of the server, which goes on', async () => {
		let fails = true;
		const { duplex, server, errors } = handling((connection) => (fails ? handler(connection) : undefined));
		const client = await clientOf(duplex);
		client.writer.tryWrite(1);
		expect(await client.whenClosed()).toBe('closed');
		await until(() => errors.length === 1);
		expect(errors[0]).toBeInstanceOf(RingwireError);
		expect(errors[0]).toMatchObject({
			...{
				code: 'ERR_RINGWIRE_HANDLER',
				cause,
				channel: duplex.name,
				peer: { role: 'client', pid: process.pid },
			},
			message: expect.stringMatching(/^channel ".+": onConnection failed for client .+: on purpose$/),
		});
		fails = false;
		const next = await clientOf(duplex);
		await until(() => server.connections.length === 1);
		expect([next.closed, server.closed, errors.length]).toEqual([false, false, 1]);
	});
});

test('a handler that fails on a server without error listeners is a process warning', async () => {
	const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
	onTestFinished(() => void vi.restoreAllMocks());
	const duplex = numbersBothWays();
	const server = serverOf(duplex, { onConnection: () => Promise.reject(cause) });
	await (await clientOf(duplex)).whenClosed();
	await until(() => warn.mock.calls.length > 0);
	expect(warn).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_RINGWIRE_HANDLER', cause }));
	expect(server.closed).toBe(false);
});

test('messages that the handler wrote before it failed still arrive', async () => {
	const { duplex } = handling(async ({ writer }) => {
		await writer.write(7);
		throw cause;
	});
	const client = await clientOf(duplex);
	expect([await client.reader.read(), await client.reader.read()]).toEqual([7, undefined]);
});

test('a connection stays open when its handler has returned', async () => {
	const { duplex, server } = handling(async ({ reader, writer }) => {
		await writer.write(((await reader.read()) ?? 0) + 1);
	});
	const client = await clientOf(duplex);
	await client.writer.write(1);
	expect(await client.reader.read()).toBe(2);
	await turns(20);
	expect([client.closed, server.connections.length]).toEqual([false, 1]);
});

test('the obvious chat server survives the death of a client', async () => {
	const { duplex, server, errors } = handling(async ({ reader }) => {
		for await (const line of reader) {
			for (const { writer } of server.connections) await writer.write(line);
		}
	});
	const uncaught = captureUncaught();
	const child = new DuplexChild();
	await child.ask({ do: 'connect', name: duplex.name });
	const client = await clientOf(duplex);
	await until(() => server.connections.length === 2);
	await child.kill();
	await until(() => errors.length === 1);
	expect(errors[0]).toMatchObject({
		...{ code: 'ERR_RINGWIRE_HANDLER', peer: { pid: child.pid } },
		cause: { code: 'ERR_RINGWIRE_PEER_DIED' },
	});
	await client.writer.write(5);
	expect(await client.reader.read()).toBe(5);
	expect(uncaught).toEqual([]);
});

describe('when several ways are used', () => {
	test('listeners get a connection first, then the handler, then an iterator', async () => {
		const order: string[] = [];
		const { duplex, server } = handling(() => order.push('onConnection'));
		server.on('connection', () => order.push('connection'));
		const accepted = accept(server).then(() => order.push('iterator'));
		await clientOf(duplex);
		await accepted;
		expect(order).toEqual(['connection', 'onConnection', 'iterator']);
	});

	test('an iterator that is made later gets no connection that the handler got', async () => {
		let handled = 0;
		const { duplex, server } = handling(() => handled++);
		await clientOf(duplex);
		await until(() => handled === 1);
		const next = server[Symbol.asyncIterator]().next();
		await turns(20);
		await server.close();
		expect(await next).toEqual({ value: undefined, done: true });
	});

	test('an iterator gets no connection that the handler got and that has closed meanwhile', async () => {
		const { duplex, server } = handling((connection: Connection<number, number>) => connection.close());
		const iterator = server[Symbol.asyncIterator]();
		const first = iterator.next();
		await (await clientOf(duplex)).whenClosed();
		await first;
		await (await clientOf(duplex)).whenClosed();
		const last = await clientOf(duplex);
		await last.whenClosed();
		await turns(20);
		const second = iterator.next();
		await server.close();
		expect(await second).toEqual({ value: undefined, done: true });
	});
});

test('a handler whose connection closes with its server is no error; one that fails otherwise is, before close', async () => {
	const events: string[] = [];
	const { duplex, server } = handling(async ({ reader }) => {
		await reader.read();
		await reader.read();
		throw cause;
	});
	server.on('error', ({ error }) => events.push(error.code));
	server.on('close', () => events.push('close'));
	await clientOf(duplex);
	const other = handling(async ({ reader }) => {
		for await (const _ of reader);
		reader.tryRead();
	});
	await clientOf(other.duplex);
	await until(() => server.connections.length === 1 && other.server.connections.length === 1);
	await Promise.all([server.close(), other.server.close()]);
	await turns(20);
	expect(events.at(-1)).toBe('close');
	expect(other.errors).toEqual([]);
});

test('a handler that fails after its server has closed is a process warning, as close is the last event', async () => {
	const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
	onTestFinished(() => void vi.restoreAllMocks());
	let fail = (_: unknown) => {};
	const { duplex, server, errors } = handling(
		() =>
			new Promise((_, reject) => {
				fail = reject;
			}),
	);
	await clientOf(duplex);
	await until(() => server.connections.length === 1);
	const closed = new Promise((resolve) => server.on('close', resolve));
	server[Symbol.dispose]();
	await closed;
	fail(cause);
	await until(() => warn.mock.calls.length > 0);
	expect(warn).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_RINGWIRE_HANDLER', cause }));
	expect(errors).toEqual([]);
});

test('onConnection must be a function, and only listen has it', async () => {
	const duplex = defineDuplex({ name: uniqueName(), toServer: { codec: json<number>() } });
	const wrong: unknown = { onConnection: 'handler' };
	expect(() => listen(duplex, wrong as ListenOptions<number, Buffer>)).toThrow(
		/^onConnection: got .*handler.*, must be a function$/,
	);
	const service = defineService({ name: uniqueName() });
	expect(() => serve(service, (bytes) => bytes, { onConnection() {} } as object)).toThrow(
		'options.onConnection: no such option',
	);
	await expect(connect(duplex, { onConnection() {} } as object)).rejects.toThrow(
		'options.onConnection: no such option',
	);
});
