import {
	type Codec,
	defineChannel,
	defineDuplex,
	json,
	type Overflow,
	type Writer,
	type WriterOptions,
} from 'ringwire';
import { describe, expect, test } from 'vitest';
import { accept, clientOf, connected, serverOf } from './support/connected.js';
import { outcomeOf } from './support/outcome.js';
import { codeOf, fill, numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

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
		...{ end: undefined, close: closed, free: false, whenConnected: 'CLOSED', asyncDispose: undefined, ...all },
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
		...{ end: undefined, close: closed, free: false, whenConnected: 'CLOSED', asyncDispose: undefined, ...all },
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

describe('while its own codec encodes a message', () => {
	/** A writer whose codec acts when it encodes 2, and a reader of its channel. */
	async function acting(act: (writer: Writer<number>) => void, options?: WriterOptions, overflow?: Overflow) {
		const { encode, ...codec } = json<number>();
		const reentering: Codec<number> = {
			...codec,
			encode(message) {
				if (message === 2) act(writer);
				return encode(message);
			},
		};
		const channel = defineChannel({ name: uniqueName(), codec: reentering, ...(overflow && { overflow }) });
		const writer = writerOf(channel, options);
		const reader = readerOf(channel);
		await Promise.all([writer.whenConnected(), reader.whenConnected()]);
		return { writer, reader };
	}

	/** Every way to write 2. A batch has a message before it and one after it. */
	const ways: Record<string, (writer: Writer<number>) => unknown> = {
		tryWrite: (writer) => writer.tryWrite(2),
		write: (writer) => writer.write(2),
		writeSync: (writer) => writer.writeSync(2),
		tryWriteBatch: (writer) => writer.tryWriteBatch([1, 2, 3]),
	};
	const enders = ['end', 'close', 'dispose', 'asyncDispose', 'shutdown'] as const;

	describe.each(['tryWrite', 'tryWriteBatch', 'write', 'writeSync', 'flush'] as const)('%s is BUSY', (name) => {
		test.each(Object.entries(ways))('within %s, which goes on', async (way, write) => {
			let outcome: Promise<unknown> | undefined;
			const { writer, reader } = await acting((self) => {
				outcome = outcomeOf(() => operations[name](self));
			});
			await write(writer);
			expect(await outcome).toBe('BUSY');
			expect(reader.readBatch()).toEqual(way === 'tryWriteBatch' ? [1, 2, 3] : [2]);
			expect(await operations[name](writer)).toEqual(laws['open and empty']?.[name]);
		});
	});

	describe.each(enders)('%s takes effect when the codec has returned', (name) => {
		test.each(Object.entries(ways))('and %s fails with CLOSED', async (way, write) => {
			let wasOpen = false;
			let outcome: unknown;
			const { writer, reader } = await acting((self) => {
				outcome = operations[name](self);
				wasOpen = !self.closed && self.free > 0;
			});
			const accepted = way === 'tryWriteBatch' ? { accepted: 1 } : {};
			await expect((async () => write(writer))()).rejects.toMatchObject({
				code: 'ERR_RINGWIRE_CLOSED',
				...accepted,
			});
			expect(wasOpen).toBe(true);
			expect(await codeOf(() => writer.tryWrite(1))).toBe('ERR_RINGWIRE_CLOSED');
			expect(writer.closed).toBe(name !== 'end');
			// The message is not written. Those of its batch that came before it are.
			expect(reader.readBatch()).toEqual(way === 'tryWriteBatch' ? [1] : []);
			const unread = way === 'tryWriteBatch' ? 1 : 0;
			expect(await outcome).toEqual(name === 'close' ? { unread, readers: 1 } : undefined);
		});
	});

	test.each(['block', 'drop-newest', 'drop-oldest', 'latest'] as const)(
		'a batch with %s that its codec ends has everything before that message written, small and large',
		async (overflow) => {
			const large = 10 ** 300;
			const { writer } = await acting((self) => self.end(), {}, overflow);
			const write = () => writer.tryWriteBatch([1, large, 1, 2, 3]);
			expect(write).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED', accepted: 3 }));
			expect(writer.stats.messages).toBe(3);
		},
	);

	test('a close that lingers lets nothing more be written', async () => {
		const { writer } = await acting((self) => void self.close({ lingerMs: 2 ** 31 - 1 }));
		writer.tryWrite(1);
		expect(() => writer.tryWrite(2)).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED' }));
		expect(writer.stats.messages).toBe(1);
	});

	test('an abort of its signal takes effect when the codec has returned', async () => {
		const abort = new AbortController();
		const reason = new Error('enough');
		const { writer } = await acting(() => abort.abort(reason), { signal: abort.signal });
		await expect(writer.write(2)).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED', cause: reason });
		expect(writer.closed).toBe(true);
	});

	test('a codec that throws the BUSY of its own call loses its message only', async () => {
		const { writer, reader } = await acting((self) => void self.tryWrite(9));
		const error = { code: 'ERR_RINGWIRE_ENCODE', cause: expect.objectContaining({ code: 'ERR_RINGWIRE_BUSY' }) };
		expect(() => writer.tryWrite(2)).toThrow(expect.objectContaining(error));
		expect(() => writer.tryWriteBatch([1, 2, 3])).toThrow(expect.objectContaining({ ...error, accepted: 1 }));
		expect(writer.tryWrite(3)).toBe(true);
		expect(reader.readBatch()).toEqual([1, 3]);
	});

	describe.each(['block', 'drop-newest'] as const)(
		'if it waits for its connection (%s), which is gone then',
		(overflow) => {
			test.each(Object.entries(ways))('%s fails, and no event but close follows', async (way, write) => {
				const { encode, ...codec } = json<number>();
				const waiting: Codec<number> = {
					...codec,
					encode(message) {
						if (message === 2) expect(connection.reader.readSync({ timeoutMs: 20_000 })).toBe(undefined);
						return encode(message);
					},
				};
				const toServer = { codec: waiting, overflow };
				const duplex = defineDuplex({ name: uniqueName(), toServer, toClient: { codec: json<number>() } });
				const server = serverOf(duplex);
				const [connection, other] = await Promise.all([clientOf(duplex), accept(server)]);
				const { writer } = connection;
				const events: string[] = [];
				for (const type of ['disconnect', 'space', 'close'] as const) writer.on(type, () => events.push(type));
				other[Symbol.dispose]();
				await expect((async () => write(writer))()).rejects.toMatchObject({
					code: 'ERR_RINGWIRE_CLOSED',
					message: expect.stringContaining('has closed the connection'),
					...(way === 'tryWriteBatch' ? { accepted: 0 } : {}),
				});
				await turns(5);
				expect(events).toEqual(['disconnect', 'close']);
				expect(writer.stats.messages).toBe(0);
			});
		},
	);
});

describe('a writer whose only peer is gone', () => {
	/** The reading side of the connection learns of it first. */
	async function abandoned(before: (writer: Writer<number>) => unknown) {
		const { client, other } = await connected();
		client.writer.tryWrite(1);
		const result = before(client.writer);
		other[Symbol.dispose]();
		expect(client.reader.readSync({ timeoutMs: 20_000 })).toBe(undefined);
		return { writer: client.writer, result };
	}

	test.each([
		['was open', () => {}, 'has closed the connection'],
		['had ended', (writer: Writer<number>) => writer.end(), 'the writer has ended'],
		['lingered', (writer: Writer<number>) => writer.close({ lingerMs: 2 ** 31 - 1 }), 'the writer is closed'],
	])('states the first cause, and reports no reader: it %s', async (_, before, text) => {
		const { writer, result } = await abandoned(before);
		expect(() => writer.tryWrite(2)).toThrow(text);
		expect(await writer.close()).toEqual({ unread: 1, readers: 0 });
		if (result !== undefined) expect(await Promise.resolve(result)).toEqual({ unread: 1, readers: 0 });
	});
});

test('an abort while close lingers fails what waits with the reason', async () => {
	const abort = new AbortController();
	const reason = new Error('enough');
	const writer = writerOf(numbers(), { signal: abort.signal });
	writer.tryWrite(1);
	const flushing = writer.flush();
	const closing = writer.close({ lingerMs: 2 ** 31 - 1 });
	abort.abort(reason);
	await expect(flushing).rejects.toBe(reason);
	expect(await closing).toEqual({ unread: 1, readers: 0 });
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
