import type { Connection } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { connected, connectedToChild } from './support/connected.js';
import { outcomeOf } from './support/outcome.js';
import { fill, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

type Numbers = Connection<number, number>;

/** Each operation, whose result is a value, a code, or 'waits'. */
const operations = {
	write: ({ writer }: Numbers) => writer.write(7),
	tryWrite: ({ writer }: Numbers) => writer.tryWrite(7),
	tryWriteBatch: ({ writer }: Numbers) => writer.tryWriteBatch([7, 8]),
	writeSync: ({ writer }: Numbers) => writer.writeSync(7, { timeoutMs: 0 }),
	flush: ({ writer }: Numbers) => writer.flush(),
	end: ({ writer }: Numbers) => writer.end(),
	read: ({ reader }: Numbers) => reader.read(),
	tryRead: ({ reader }: Numbers) => reader.tryRead(),
	readBatch: ({ reader }: Numbers) => reader.readBatch().length,
	readSync: ({ reader }: Numbers) => reader.readSync({ timeoutMs: 0 }),
	next: ({ reader }: Numbers) =>
		reader[Symbol.asyncIterator]()
			.next()
			.then(({ done }) => (done ? 'done' : 'message')),
	closed: ({ closed }: Numbers) => closed,
	closeReason: ({ closeReason }: Numbers) => closeReason,
	whenClosed: (connection: Numbers) => connection.whenClosed(),
	close: (connection: Numbers) => connection.close({ lingerMs: 0 }).then(({ unread }) => unread),
	shutdown: (connection: Numbers) => connection.shutdown(),
	dispose: (connection: Numbers) => connection[Symbol.dispose](),
	asyncDispose: (connection: Numbers) => connection[Symbol.asyncDispose](),
	ref: (connection: Numbers) => connection.ref() === connection,
	unref: (connection: Numbers) => connection.unref() === connection,
};

type Operation = keyof typeof operations;

async function open(): Promise<{ connection: Numbers; other: Numbers }> {
	const { client, other } = await connected();
	return { connection: client, other };
}

/** One message is unread where the other side leaves. */
const states: Record<string, () => Promise<Numbers>> = {
	'open and empty': async () => (await open()).connection,
	'full, with a message to read': async () => {
		const { connection, other } = await open();
		fill(connection.writer);
		other.writer.tryWrite(5);
		return connection;
	},
	'busy: a write and a read wait': async () => {
		const { connection } = await open();
		fill(connection.writer);
		connection.writer.write(-1).catch(() => {});
		connection.reader.read().catch(() => {});
		return connection;
	},
	'ended on this side': async () => {
		const { connection } = await open();
		connection.writer.end();
		return connection;
	},
	'ended on the other side': async () => {
		const { connection, other } = await open();
		other.writer.end();
		await turns(20);
		return connection;
	},
	closed: async () => {
		const { connection } = await open();
		await connection.close();
		return connection;
	},
	'closed by the other side, with a message to read': async () => {
		const { connection, other } = await open();
		other.writer.tryWrite(5);
		other[Symbol.dispose]();
		await connection.whenClosed();
		return connection;
	},
	'closed by the other side': async () => {
		const { connection, other } = await open();
		other[Symbol.dispose]();
		await connection.whenClosed();
		await turns(20);
		return connection;
	},
	'without its peer, which died, with a message to read': async () => {
		const { child, client } = await connectedToChild();
		await child.ask({ do: 'write', from: 5, count: 1 });
		await child.kill();
		await client.whenClosed();
		return client;
	},
	'without its peer, which died': async () => {
		const { child, client } = await connectedToChild();
		await child.kill();
		await client.whenClosed();
		await turns(20);
		return client;
	},
	'shut down': async () => {
		const { connection } = await open();
		connection.shutdown();
		return connection;
	},
	'shut down by the other side': async () => {
		const { connection, other } = await open();
		other.shutdown();
		await connection.whenClosed();
		await turns(20);
		return connection;
	},
};

const quiet = { shutdown: undefined, dispose: undefined, asyncDispose: undefined, ref: true, unref: true } as const;
const isOpen = { closed: false, closeReason: undefined, whenClosed: 'waits', ...quiet } as const;
const isClosed = { closed: true, closeReason: 'closed', whenClosed: 'closed', ...quiet } as const;
const isDead = { closed: true, closeReason: 'died', whenClosed: 'died', ...quiet } as const;
const noWrite = (code: string) => ({ write: code, tryWrite: code, tryWriteBatch: code, writeSync: code, flush: code });
const noRead = (code: string) => ({ read: code, tryRead: code, readBatch: code, readSync: code });
const canWrite = { write: undefined, tryWrite: true, tryWriteBatch: 2, writeSync: undefined, flush: undefined };
const canRead = { read: 5, tryRead: 5, readBatch: 1, readSync: 5, next: 'message' };
const readsEnd = { read: undefined, tryRead: undefined, readBatch: 0, readSync: undefined, next: 'done' };
const readsWait = { read: 'waits', tryRead: undefined, readBatch: 0, readSync: 'TIMEOUT', next: 'waits' };

const laws: Record<string, Partial<Record<Operation, unknown>>> = {
	'open and empty': { ...canWrite, ...readsWait, end: undefined, close: 0, ...isOpen },
	'full, with a message to read': {
		...{ write: 'waits', tryWrite: false, tryWriteBatch: 0, writeSync: 'TIMEOUT', flush: 'waits', end: undefined },
		...{ ...canRead, close: 2, ...isOpen, asyncDispose: 'waits' },
	},
	'busy: a write and a read wait': {
		...{ write: 'BUSY', tryWrite: false, tryWriteBatch: 0, writeSync: 'BUSY', flush: 'waits', end: undefined },
		...{ ...noRead('BUSY'), next: 'BUSY', close: 2, ...isOpen, asyncDispose: 'waits' },
	},
	'ended on this side': { ...noWrite('CLOSED'), flush: undefined, end: undefined, ...readsWait, close: 0, ...isOpen },
	'ended on the other side': { ...canWrite, ...readsEnd, end: undefined, close: 0, ...isOpen },
	closed: { ...noWrite('CLOSED'), end: undefined, ...noRead('CLOSED'), next: 'done', close: 0, ...isClosed },
	'closed by the other side, with a message to read': {
		...{ ...noWrite('CLOSED'), end: undefined, ...canRead, close: 0, ...isClosed },
	},
	'closed by the other side': { ...noWrite('CLOSED'), end: undefined, ...readsEnd, close: 0, ...isClosed },
	'without its peer, which died, with a message to read': {
		...{ ...noWrite('PEER_DIED'), end: undefined, ...canRead, close: 0, ...isDead },
	},
	'without its peer, which died': {
		...{
			...noWrite('PEER_DIED'),
			end: undefined,
			...noRead('PEER_DIED'),
			next: 'PEER_DIED',
			close: 0,
			...isDead,
		},
	},
	'shut down': { ...noWrite('CLOSED'), end: undefined, ...readsEnd, close: 0, ...isClosed },
	'shut down by the other side': { ...noWrite('CLOSED'), end: undefined, ...readsEnd, close: 0, ...isClosed },
};

describe.each(Object.entries(laws))('a connection that is %s', (state, outcomes) => {
	test.each(Object.entries(outcomes))('%s: %j', async (operation, expected) => {
		const connection = await states[state]?.();
		if (connection === undefined) throw new Error(`there is no state ${state}`);
		expect(await outcomeOf(() => operations[operation as Operation](connection))).toEqual(expected);
	});
});

test.each(['write', 'read', 'flush'] as const)(
	'%s rejects with the reason of its signal, and the connection stays open',
	async (what) => {
		const { connection, other } = await open();
		fill(connection.writer);
		const reason = new Error('enough');
		const run = (signal: AbortSignal): Promise<unknown> => {
			if (what === 'read') return connection.reader.read({ signal });
			return what === 'write' ? connection.writer.write(1, { signal }) : connection.writer.flush({ signal });
		};
		await expect(run(AbortSignal.abort(reason))).rejects.toBe(reason);
		const abort = new AbortController();
		const pending = run(abort.signal);
		abort.abort(reason);
		await expect(pending).rejects.toBe(reason);
		expect(connection.closed).toBe(false);
		expect([await other.reader.read(), await other.reader.read()]).toEqual([0, 1]);
		await connection.writer.write(3);
		expect(await other.reader.read()).toBe(3);
	},
);
