import type { Overflow, Writer } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from './support/outcome.js';
import { fill, numbers, pairOf, tiny, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

/** Each operation, and what it answers: a value, a code, or 'waits'. */
const operations = {
	tryWrite: (writer: Writer<number>) => writer.tryWrite(7),
	tryWriteBatch: (writer: Writer<number>) => writer.tryWriteBatch([7, 8]),
	write: (writer: Writer<number>) => writer.write(7),
	writeSync: (writer: Writer<number>) => writer.writeSync(7, { timeoutMs: 0 }),
	flush: (writer: Writer<number>) => writer.flush(),
	end: (writer: Writer<number>) => writer.end(),
	close: (writer: Writer<number>) => writer.close({ lingerMs: 0 }),
	free: (writer: Writer<number>) => writer.free > 0,
	whenConnected: (writer: Writer<number>) => writer.whenConnected(),
	shutdown: (writer: Writer<number>) => writer.shutdown(),
	dispose: (writer: Writer<number>) => writer[Symbol.dispose](),
	asyncDispose: (writer: Writer<number>) => writer[Symbol.asyncDispose](),
	ref: (writer: Writer<number>) => writer.ref() === writer,
	unref: (writer: Writer<number>) => writer.unref() === writer,
};

type Operation = keyof typeof operations;

async function open(overflow: Overflow): Promise<Writer<number>> {
	return (await pairOf(numbers({ overflow, ...tiny }))).writer;
}

const states: Record<string, () => Promise<Writer<number>>> = {
	'open and empty': () => open('block'),
	closed: async () => {
		const writer = await open('block');
		await writer.close();
		return writer;
	},
	'busy: a write waits': async () => {
		const writer = await open('block');
		fill(writer);
		writer.write(-1).catch(() => {});
		return writer;
	},
	full: async () => {
		const writer = await open('block');
		fill(writer);
		return writer;
	},
	'full, drop-newest': async () => {
		const writer = await open('drop-newest');
		fill(writer);
		return writer;
	},
	'lapping, drop-oldest': async () => {
		const writer = await open('drop-oldest');
		for (let i = 0; i < 10; i++) writer.tryWrite(i);
		return writer;
	},
	'without a reader, unread': async () => {
		const writer = writerOf(numbers(tiny));
		writer.tryWrite(1);
		return writer;
	},
	ended: async () => {
		const writer = await open('block');
		writer.end();
		return writer;
	},
	'shut down': async () => {
		const writer = await open('block');
		writer.shutdown();
		return writer;
	},
};

const all = { shutdown: undefined, dispose: undefined, ref: true, unref: true } as const;
const closed = { unread: 0, readers: 1 };

const laws: Record<string, Partial<Record<Operation, unknown>>> = {
	'open and empty': {
		...{ tryWrite: true, tryWriteBatch: 2, write: undefined, writeSync: undefined, flush: undefined },
		...{ end: undefined, close: closed, free: true, whenConnected: undefined, asyncDispose: undefined, ...all },
	},
	closed: {
		...{ tryWrite: 'CLOSED', tryWriteBatch: 'CLOSED', write: 'CLOSED', writeSync: 'CLOSED', flush: 'CLOSED' },
		...{ end: 'CLOSED', close: closed, free: false, whenConnected: 'CLOSED', asyncDispose: undefined, ...all },
	},
	'busy: a write waits': {
		...{ tryWrite: false, tryWriteBatch: 0, write: 'BUSY', writeSync: 'BUSY', flush: 'waits' },
		...{ end: undefined, close: { unread: 2, readers: 1 }, free: false, whenConnected: undefined, ...all },
	},
	full: {
		...{ tryWrite: false, tryWriteBatch: 0, write: 'waits', writeSync: 'TIMEOUT', flush: 'waits' },
		...{ end: undefined, close: { unread: 2, readers: 1 }, free: false, whenConnected: undefined, ...all },
	},
	'full, drop-newest': {
		...{ tryWrite: false, tryWriteBatch: 0, write: undefined, writeSync: undefined, flush: 'waits' },
		...{ end: undefined, close: { unread: 2, readers: 1 }, asyncDispose: undefined, free: false, ...all },
	},
	'lapping, drop-oldest': {
		...{ tryWrite: true, tryWriteBatch: 2, write: undefined, writeSync: undefined, flush: undefined },
		...{ end: undefined, close: closed, free: true, whenConnected: undefined, asyncDispose: undefined, ...all },
	},
	'without a reader, unread': {
		...{ tryWrite: true, tryWriteBatch: 1, write: undefined, writeSync: undefined, flush: 'waits' },
		...{ end: undefined, close: { unread: 1, readers: 0 }, free: true, whenConnected: 'waits', ...all },
	},
	ended: {
		...{ tryWrite: 'CLOSED', tryWriteBatch: 'CLOSED', write: 'CLOSED', writeSync: 'CLOSED', flush: undefined },
		...{ end: undefined, close: closed, whenConnected: undefined, asyncDispose: undefined, ...all },
	},
	'shut down': {
		...{ tryWrite: 'CLOSED', tryWriteBatch: 'CLOSED', write: 'CLOSED', writeSync: 'CLOSED', flush: 'CLOSED' },
		...{ end: 'CLOSED', close: closed, free: false, whenConnected: 'CLOSED', asyncDispose: undefined, ...all },
	},
};

describe.each(Object.entries(laws))('a writer that is %s', (state, outcomes) => {
	test.each(Object.entries(outcomes))('%s: %j', async (operation, expected) => {
		const writer = await states[state]?.();
		if (writer === undefined) throw new Error(`there is no state ${state}`);
		const outcome = await outcomeOf(() => operations[operation as Operation](writer));
		expect(outcome).toEqual(expected);
	});
});

describe.each(['write', 'flush', 'whenConnected'] as const)('%s with an aborted signal', (operation) => {
	const reason = new Error('enough');
	const run = (writer: Writer<number>, signal: AbortSignal) => {
		if (operation === 'write') return writer.write(99, { signal });
		return operation === 'flush' ? writer.flush({ signal }) : writer.whenConnected(2, { signal });
	};

	test('rejects with the reason without having begun', async () => {
		const { writer, reader } = await pairOf(numbers(tiny));
		await expect(run(writer, AbortSignal.abort(reason))).rejects.toBe(reason);
		expect(reader.available).toBe(0);
	});

	test('rejects with the reason while it waits, and the writer goes on', async () => {
		const { writer, reader } = await pairOf(numbers(tiny));
		const count = fill(writer);
		const abort = new AbortController();
		const pending = run(writer, abort.signal);
		abort.abort(reason);
		await expect(pending).rejects.toBe(reason);
		expect(reader.readBatch()).toEqual([...Array(count).keys()]);
		await writer.write(5);
		expect(await reader.read()).toBe(5);
		expect(reader.available).toBe(0);
	});
});

test('a write that waits is rejected by end, close, dispose, shutdown and the abort of the writer', async () => {
	const reason = new Error('enough');
	const abort = new AbortController();
	const enders: ((writer: Writer<number>) => unknown)[] = [
		(writer) => writer.end(),
		(writer) => writer.close({ lingerMs: 0 }),
		(writer) => writer[Symbol.dispose](),
		(writer) => writer.shutdown(),
	];
	for (const ender of enders) {
		const writer = await open('block');
		fill(writer);
		const pending = writer.write(-1);
		ender(writer);
		await expect(pending).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
	}
	const writer = writerOf(numbers(tiny), { signal: abort.signal });
	fill(writer);
	const pending = writer.write(-1);
	abort.abort(reason);
	await expect(pending).rejects.toBe(reason);
	expect(writer.closed).toBe(true);
	await expect(writer.write(1)).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED', cause: reason });
});
