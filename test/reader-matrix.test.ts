import { defineChannel, json, type Reader, type Writer } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from './support/outcome.js';
import { codeOf, numbers, pairOf, readerOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const operations = {
	tryRead: (reader: Reader<number>) => reader.tryRead(),
	readBatch: (reader: Reader<number>) => reader.readBatch(),
	read: (reader: Reader<number>) => reader.read(),
	readSync: (reader: Reader<number>) => reader.readSync({ timeoutMs: 0 }),
	next: (reader: Reader<number>) => reader[Symbol.asyncIterator]().next(),
	tryLease: (reader: Reader<number>) => reader.tryLease()?.message,
	lease: async (reader: Reader<number>) => (await reader.lease())?.message,
	nextLease: async (reader: Reader<number>) => {
		const { done, value } = await reader.leases()[Symbol.asyncIterator]().next();
		return { done, value: value?.message };
	},
	available: (reader: Reader<number>) => reader.available,
	close: (reader: Reader<number>) => reader.close(),
	dispose: (reader: Reader<number>) => reader[Symbol.dispose](),
	asyncDispose: (reader: Reader<number>) => reader[Symbol.asyncDispose](),
	shutdown: (reader: Reader<number>) => reader.shutdown(),
	whenConnected: (reader: Reader<number>) => reader.whenConnected(),
	ref: (reader: Reader<number>) => reader.ref() === reader,
	unref: (reader: Reader<number>) => reader.unref() === reader,
};

type Operation = keyof typeof operations;

const states: Record<string, () => Promise<Reader<number>>> = {
	'given three messages': async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2, 3]);
		return reader;
	},
	empty: async () => (await pairOf(numbers())).reader,
	alone: async () => readerOf(numbers()),
	'busy: a read waits': async () => {
		const { reader } = await pairOf(numbers());
		reader.read().catch(() => {});
		return reader;
	},
	closed: async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWrite(1);
		await reader.close();
		return reader;
	},
	ended: async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.end();
		await reader.read();
		return reader;
	},
	'ended, then closed': async () => {
		const reader = await states.ended?.();
		if (reader === undefined) throw new Error('unreachable');
		await reader.close();
		return reader;
	},
	'shut down with one message left': async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWrite(1);
		writer.shutdown();
		await new Promise((resolve) => reader.on('shutdown', resolve));
		return reader;
	},
};

const rest = {
	close: undefined,
	dispose: undefined,
	asyncDispose: undefined,
	shutdown: undefined,
	ref: true,
	unref: true,
};
const done = { done: true, value: undefined };

const laws: Record<string, Partial<Record<Operation, unknown>>> = {
	'given three messages': {
		...{ tryRead: 1, readBatch: [1, 2, 3], read: 1, readSync: 1, next: { done: false, value: 1 } },
		...{ tryLease: 1, lease: 1, nextLease: { done: false, value: 1 } },
		...{ available: 3, whenConnected: undefined, ...rest },
	},
	empty: {
		...{ tryRead: undefined, readBatch: [], read: 'waits', readSync: 'TIMEOUT', next: 'waits' },
		...{ tryLease: undefined, lease: 'waits', nextLease: 'waits' },
		...{ available: 0, whenConnected: undefined, ...rest },
	},
	alone: {
		...{ tryRead: undefined, readBatch: [], read: 'waits', readSync: 'TIMEOUT', next: 'waits' },
		...{ tryLease: undefined, lease: 'waits', nextLease: 'waits' },
		...{ available: 0, whenConnected: 'waits', ...rest },
	},
	'busy: a read waits': {
		...{ tryRead: 'BUSY', readBatch: 'BUSY', read: 'BUSY', readSync: 'BUSY', next: 'BUSY' },
		...{ tryLease: 'BUSY', lease: 'BUSY', nextLease: 'BUSY' },
		...{ available: 0, whenConnected: undefined, ...rest },
	},
	closed: {
		...{ tryRead: 'CLOSED', readBatch: 'CLOSED', read: 'CLOSED', readSync: 'CLOSED', next: done },
		...{ tryLease: 'CLOSED', lease: 'CLOSED', nextLease: done },
		...{ available: 0, whenConnected: 'CLOSED', ...rest },
	},
	ended: {
		...{ tryRead: undefined, readBatch: [], read: undefined, readSync: undefined, next: done },
		...{ tryLease: undefined, lease: undefined, nextLease: done },
		...{ available: 0, whenConnected: 'CLOSED', ...rest },
	},
	'ended, then closed': {
		...{ tryRead: 'CLOSED', readBatch: 'CLOSED', read: 'CLOSED', readSync: 'CLOSED', next: done, ...rest },
		...{ tryLease: 'CLOSED', lease: 'CLOSED', nextLease: done },
	},
	'shut down with one message left': {
		...{ tryRead: 1, readBatch: [1], read: 1, readSync: 1, next: { done: false, value: 1 }, ...rest },
		...{ tryLease: 1, lease: 1, nextLease: { done: false, value: 1 } },
	},
};

describe.each(Object.entries(laws))('a reader that is %s', (state, outcomes) => {
	test.each(Object.entries(outcomes))('%s: %j', async (operation, expected) => {
		const reader = await states[state]?.();
		if (reader === undefined) throw new Error(`there is no state ${state}`);
		expect(await outcomeOf(() => operations[operation as Operation](reader))).toEqual(expected);
	});
});

describe('while its own codec decodes a message', () => {
	/** Calls the operation within `decode` of the second of three messages; resolves with its outcome. */
	async function within(operation: (reader: Reader<number>) => unknown, read: (reader: Reader<number>) => unknown) {
		let outcome: Promise<unknown> | undefined;
		const { decode, ...codec } = json<number>();
		const reentering = {
			...codec,
			decode(bytes: Buffer) {
				const message = decode(bytes);
				if (message === 2) outcome = outcomeOf(() => operation(reader));
				return message;
			},
		};
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: reentering }));
		writer.tryWriteBatch([1, 2, 3]);
		const result = read(reader);
		return { reader, result, outcome: await outcome };
	}

	const batch = (reader: Reader<number>) => reader.readBatch();

	test.each(['tryRead', 'readBatch', 'read', 'readSync', 'next', 'tryLease', 'lease', 'nextLease'] as const)(
		'%s is BUSY',
		async (name) => {
			const { reader, result, outcome } = await within(operations[name], batch);
			expect(outcome).toBe('BUSY');
			expect(result).toEqual([1, 2, 3]);
			expect(reader.closed).toBe(false);
		},
	);

	test.each(['close', 'dispose', 'asyncDispose'] as const)(
		'%s takes effect when the codec has returned, and undecoded messages stay in the ring',
		async (name) => {
			const { reader, result, outcome } = await within(operations[name], batch);
			expect(outcome).toBe(undefined);
			expect(result).toEqual([1, 2]);
			expect(reader.closed).toBe(true);
			expect(reader.stats.messages).toBe(2);
			expect(await codeOf(() => reader.tryRead())).toBe('ERR_RINGWIRE_CLOSED');
			const next = readerOf(defineChannel({ name: reader.name, codec: json<number>() }));
			expect(await next.read()).toBe(3);
		},
	);

	test('shutdown takes effect when the codec has returned; published messages are still delivered', async () => {
		const { reader, result } = await within(operations.shutdown, batch);
		expect(result).toEqual([1, 2]);
		expect(reader.readBatch()).toEqual([3]);
		expect(reader.tryRead()).toBe(undefined);
	});

	test('an abort of its signal takes effect when the codec has returned', async () => {
		const abort = new AbortController();
		const reason = new Error('enough');
		const { decode, ...codec } = json<number>();
		const aborting = {
			...codec,
			decode(bytes: Buffer) {
				abort.abort(reason);
				return decode(bytes);
			},
		};
		const channel = defineChannel({ name: uniqueName(), codec: aborting });
		const { writer, reader } = await pairOf(channel, { signal: abort.signal });
		writer.tryWrite(1);
		expect(await reader.read()).toBe(1);
		expect(reader.closed).toBe(true);
		await expect(reader.read()).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED', cause: reason });
	});

	test('a read that waits resolves with its message, though the codec aborts its signal', async () => {
		const abort = new AbortController();
		const { decode, ...codec } = json<number>();
		const aborting = {
			...codec,
			decode(bytes: Buffer) {
				abort.abort(new Error('enough'));
				return decode(bytes);
			},
		};
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: aborting }));
		const pending = reader.read({ signal: abort.signal });
		writer.tryWrite(1);
		expect(await pending).toBe(1);
	});

	test('a codec that throws the BUSY of its own call loses its message only', async () => {
		const { decode, ...codec } = json<number>();
		const greedy = {
			...codec,
			decode(bytes: Buffer) {
				const message = decode(bytes);
				if (message === 2) reader.tryRead();
				return message;
			},
		};
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: greedy }));
		writer.tryWriteBatch([1, 2, 3]);
		expect(reader.readBatch()).toEqual([1]);
		expect(() => reader.readBatch()).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_DECODE' }));
		expect(reader.readBatch()).toEqual([3]);
		expect(reader.stats.messages).toBe(3);
	});
});

test('a new iterator over a reader that its signal has closed is finished', async () => {
	const abort = new AbortController();
	const { reader } = await pairOf(numbers(), { signal: abort.signal });
	abort.abort(new Error('enough'));
	expect(await reader.iterate().next()).toEqual(done);
});

describe('aborting a read', () => {
	const reason = new Error('enough');

	test('before it begins takes no message', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWrite(1);
		await expect(reader.read({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
		expect(await reader.read()).toBe(1);
	});

	test('while it waits loses no message, even one that comes in the same turn', async () => {
		const { writer, reader } = await pairOf(numbers());
		const abort = new AbortController();
		const pending = reader.read({ signal: abort.signal });
		writer.tryWrite(1);
		abort.abort(reason);
		await expect(pending).rejects.toBe(reason);
		expect(await reader.read()).toBe(1);
	});

	test('frees the place for the next read, which is woken', async () => {
		const { writer, reader } = await pairOf(numbers());
		const abort = new AbortController();
		const first = reader.read({ signal: abort.signal });
		abort.abort(reason);
		const second = reader.read();
		await expect(first).rejects.toBe(reason);
		await turns(20);
		writer.tryWrite(1);
		expect(await second).toBe(1);
	});
});

describe('a read that waits', () => {
	const waiting = async (): Promise<{
		reader: Reader<number>;
		writer: Writer<number>;
		pending: Promise<unknown>;
	}> => {
		const pair = await pairOf(numbers());
		return { ...pair, pending: pair.reader.read() };
	};

	test('gets the next message', async () => {
		const { writer, pending } = await waiting();
		writer.tryWrite(1);
		expect(await pending).toBe(1);
	});

	test('resolves undefined at the end', async () => {
		const { writer, reader, pending } = await waiting();
		writer.end();
		expect(await pending).toBe(undefined);
		expect(reader.closed).toBe(true);
	});

	test('resolves undefined when the channel is shut down by the other side, and by this one', async () => {
		const other = await waiting();
		other.writer.shutdown();
		expect(await other.pending).toBe(undefined);
		const own = await waiting();
		own.reader.shutdown();
		expect(await own.pending).toBe(undefined);
	});

	test('is rejected with CLOSED by close and by dispose', async () => {
		const one = await waiting();
		await one.reader.close();
		expect(await codeOf(() => one.pending)).toBe('ERR_RINGWIRE_CLOSED');
		const other = await waiting();
		other.reader[Symbol.dispose]();
		expect(await codeOf(() => other.pending)).toBe('ERR_RINGWIRE_CLOSED');
	});

	test('is rejected with the reason when the signal of the reader aborts', async () => {
		const abort = new AbortController();
		const reason = new Error('enough');
		const reader = readerOf(numbers(), { signal: abort.signal });
		const pending = reader.read();
		abort.abort(reason);
		await expect(pending).rejects.toBe(reason);
		expect(reader.closed).toBe(true);
		expect(() => reader.tryRead()).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED', cause: reason }));
	});
});
