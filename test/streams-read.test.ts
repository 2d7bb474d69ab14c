import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { bytes, defineChannel, json, listChannels, openReader, openWriter, structured, utf8 } from 'ringwire';
import { createDuplexStream, createReadStream, createWriteStream } from 'ringwire/streams';
import { afterEach, describe, expect, it } from 'vitest';
import { connected } from './support/connected.js';
import { codeOf, numbers, pairOf, readerOf, turns, writerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import type { StreamWriterReport, StreamWriterTask } from './support/stream-task.js';
import type { WriterTask } from './support/tasks.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

/** The chunks until the stream ended or failed, and the code of its failure. */
async function outcomeOf<T>(readable: Readable): Promise<{ chunks: T[]; code: unknown }> {
	const chunks: T[] = [];
	const code = await codeOf(async () => {
		for await (const chunk of readable) chunks.push(chunk);
	});
	return { chunks, code };
}

const writerTask = (channel: string, task: Partial<WriterTask> = {}): WriterTask => ({
	channel,
	overflow: 'block',
	label: 'w',
	count: 2000,
	padding: 64,
	readers: 0,
	capacity: 256 * 1024,
	depth: 4096,
	hang: true,
	...task,
});

describe('the two modes', () => {
	it('a channel of bytes is a byte stream', async () => {
		const readable = createReadStream(defineChannel({ name: uniqueName() }));
		expect(readable.readableObjectMode).toBe(false);
		readable.destroy();
	});

	it.each([utf8(), json(), structured()])('a channel of another codec is a stream of objects', (codec) => {
		const readable = createReadStream(defineChannel<never, unknown>({ name: uniqueName(), codec }));
		expect(readable.readableObjectMode).toBe(true);
		readable.destroy();
	});

	it.each([null, undefined])('the message %s, which would look like the end, fails the stream', async (message) => {
		const channel = defineChannel<unknown>({ name: uniqueName(), codec: structured() });
		const writer = writerOf(channel);
		const readable = createReadStream(channel);
		writer.tryWriteBatch(['before', message, 'after']);
		writer.end();
		expect(await outcomeOf(readable)).toEqual({ chunks: ['before'], code: 'ERR_RINGWIRE_UNSUPPORTED' });
	});
});

describe('a truncated transfer never looks complete', () => {
	it('a killed writer: everything that it published is delivered, then PEER_DIED', async () => {
		const name = uniqueName();
		const writer = startProgram('writer', writerTask(name));
		await writer.received('written');
		const readable = createReadStream(defineChannel({ name, codec: utf8() }));
		await readable.reader.whenConnected();
		await writer.kill();
		const { chunks, code } = await outcomeOf<string>(readable);
		expect(code).toBe('ERR_RINGWIRE_PEER_DIED');
		expect(chunks.map((text) => Number(text.split(' ')[1]))).toEqual([...Array(2000).keys()]);
	});

	it('the same through pipeline into a sink that is slow', async () => {
		const name = uniqueName();
		const writer = startProgram('writer', writerTask(name, { count: 300 }));
		await writer.received('written');
		const readable = createReadStream(defineChannel({ name, codec: utf8() }));
		await readable.reader.whenConnected();
		await writer.kill();
		let count = 0;
		const sink = new Writable({
			objectMode: true,
			highWaterMark: 1,
			write(_chunk, _encoding, callback) {
				count++;
				setImmediate(callback);
			},
		});
		expect(await codeOf(() => pipeline(readable, sink))).toBe('ERR_RINGWIRE_PEER_DIED');
		// pipeline destroys the sink, whose buffer still has one chunk.
		expect(count).toBeGreaterThanOrEqual(299);
	});

	it('one of several writers killed: that is enough, whatever the others do', async () => {
		const name = uniqueName();
		const channel = defineChannel({ name, codec: utf8() });
		const program = startProgram('writer', writerTask(name, { count: 10 }));
		await program.received('written');
		const other = writerOf(channel);
		const readable = createReadStream(channel);
		await readable.reader.whenConnected(2);
		other.tryWrite('other 0');
		await program.kill();
		const { chunks, code } = await outcomeOf<string>(readable);
		expect(code).toBe('ERR_RINGWIRE_PEER_DIED');
		expect(chunks.filter((text) => text.startsWith('w '))).toHaveLength(10);
	});

	it('a writer that leaves without end: the same', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const readable = createReadStream(channel);
		await writer.whenConnected();
		writer.tryWriteBatch([1, 2, 3]);
		await writer.close({ lingerMs: 0 });
		expect(await outcomeOf(readable)).toEqual({ chunks: [1, 2, 3], code: 'ERR_RINGWIRE_PEER_DIED' });
	});

	it('with onPeerDeath "event" the stream goes on with the next writer', async () => {
		const channel = numbers();
		const first = writerOf(channel);
		const readable = createReadStream(channel, { onPeerDeath: 'event' });
		await first.whenConnected();
		first.tryWrite(1);
		const received: unknown[] = [];
		readable.on('data', (message) => received.push(message));
		await first.close({ lingerMs: 0 });
		await until(() => received.length === 1 && readable.reader.peers.length === 0);
		writerOf(channel).tryWrite(2);
		await until(() => received.length === 2);
		expect(received).toEqual([1, 2]);
		expect(readable.destroyed).toBe(false);
		readable.destroy();
	});

	it('a shutdown before the writers have ended fails with CLOSED when all is delivered', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const readable = createReadStream(channel);
		await writer.whenConnected();
		writer.tryWriteBatch([1, 2]);
		writer.shutdown();
		expect(await outcomeOf(readable)).toEqual({ chunks: [1, 2], code: 'ERR_RINGWIRE_CLOSED' });
	});

	it('a reader that is closed under the stream fails it with CLOSED', async () => {
		const readable = createReadStream(numbers());
		readable.resume();
		await turns();
		void readable.reader.close();
		expect(await codeOf(() => finished(readable))).toBe('ERR_RINGWIRE_CLOSED');
	});

	it('the messages before a failure are consumed first, however late', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const readable = createReadStream(channel);
		await writer.whenConnected();
		writer.tryWriteBatch([1, 2, 3]);
		readable.read(0);
		await until(() => readable.readableLength === 3);
		await writer.close({ lingerMs: 0 });
		await until(() => readable.reader.peers.length === 0);
		await turns(3);
		expect(readable.destroyed).toBe(false);
		expect([readable.read(), readable.read()]).toEqual([1, 2]);
		expect(readable.destroyed).toBe(false);
		expect(readable.read()).toBe(3);
		const [error] = await once(readable, 'error');
		expect(error.code).toBe('ERR_RINGWIRE_PEER_DIED');
	});
});

describe('a consumer that asks for more bytes than there are', () => {
	const open = async () => {
		const channel = defineChannel({ name: uniqueName() });
		const writer = writerOf(channel);
		const readable = createReadStream(channel);
		const failed = once(readable, 'error');
		await writer.whenConnected();
		writer.tryWrite(Buffer.from('1234'));
		readable.read(0);
		await until(() => readable.readableLength === 4);
		return { writer, readable, failed };
	};

	it('gets the failure that happens while it waits for them', async () => {
		const { writer, readable, failed } = await open();
		expect(readable.read(8)).toBe(null);
		await writer.close({ lingerMs: 0 });
		expect(await failed).toMatchObject([{ code: 'ERR_RINGWIRE_PEER_DIED' }]);
	});

	it('gets the failure that has happened before', async () => {
		const { writer, readable, failed } = await open();
		await writer.close({ lingerMs: 0 });
		await until(() => readable.reader.peers.length === 0);
		expect(String(readable.read(2))).toBe('12');
		expect(readable.read(8)).toBe(null);
		expect(await failed).toMatchObject([{ code: 'ERR_RINGWIRE_PEER_DIED' }]);
	});

	it('gets them when they arrive', async () => {
		const { writer, readable } = await open();
		expect(readable.read(8)).toBe(null);
		writer.tryWrite(Buffer.from('5678'));
		await until(() => readable.readableLength === 8);
		expect(String(readable.read(8))).toBe('12345678');
		readable.destroy();
	});
});

describe('a complete transfer ends', () => {
	it.each(['exit', 'kill'] as const)(
		'also when the writing process is gone by %s once its stream has finished',
		async (after) => {
			const task: StreamWriterTask = { channel: uniqueName(), chunks: 100, chunkBytes: 30_000, after };
			const program = startProgram('stream-writer', task);
			const readable = createReadStream(defineChannel({ name: task.channel }));
			// Nothing is read before the writer is gone: its messages must outlive it in our mapping.
			const { sha256 } = await program.received<StreamWriterReport>('finished');
			await program.exit;
			const hash = createHash('sha256');
			await pipeline(readable, hash);
			expect(hash.digest('hex')).toBe(sha256);
		},
	);
});

describe('failing and leaving', () => {
	it('a message that cannot be decoded fails with DECODE after those before it', async () => {
		const name = uniqueName();
		const readable = createReadStream(defineChannel({ name, codec: json<number>() }));
		const writer = writerOf(defineChannel({ name, codec: { ...utf8(), id: 'json' } }));
		writer.tryWriteBatch(['1', '2', '{', '3']);
		expect(await outcomeOf(readable)).toEqual({ chunks: [1, 2], code: 'ERR_RINGWIRE_DECODE' });
	});

	it('a refused link fails the stream with its error, but not while another writer is connected', async () => {
		const name = uniqueName();
		const good = writerOf(defineChannel({ name, codec: json<number>() }));
		const lonely = createReadStream(defineChannel({ name, codec: utf8() }));
		expect((await outcomeOf(lonely)).code).toBe('ERR_RINGWIRE_MISMATCH');
		const readable = createReadStream(defineChannel({ name, codec: json<number>() }));
		await readable.reader.whenConnected();
		const refused = new Promise((resolve) => readable.reader.once('error', resolve));
		writerOf(defineChannel({ name, codec: utf8() }));
		await refused;
		good.tryWrite(1);
		good.end();
		expect(await outcomeOf(readable)).toEqual({ chunks: [1], code: undefined });
	});

	it('an abort destroys with the reason, also while it waits', async () => {
		const aborting = new AbortController();
		const readable = createReadStream(numbers(), { signal: aborting.signal });
		readable.resume();
		await turns();
		const reason = new Error('enough');
		aborting.abort(reason);
		await expect(finished(readable)).rejects.toBe(reason);
		expect(readable.reader.closed).toBe(true);
	});

	it('a signal that is aborted already is thrown, and nothing is opened', () => {
		expect(() => createReadStream(numbers(), { signal: AbortSignal.abort('no') })).toThrow('no');
	});

	it('a given reader is closed by destroy, unless it is to stay open; then it goes on where the stream was', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([...Array(100).keys()]);
		const readable = createReadStream(reader, { keepOpen: true, highWaterMark: 1 });
		for await (const chunk of readable) if (chunk === 9) break;
		expect(readable.destroyed).toBe(true);
		expect(reader.closed).toBe(false);
		const next = await reader.read();
		// The stream may have held one more.
		expect([10, 11]).toContain(next);
		const another = createReadStream(reader);
		another.destroy();
		await once(another, 'close');
		expect(reader.closed).toBe(true);
	});

	it('wrong arguments are thrown at once', () => {
		const channel = numbers();
		expect(() => createReadStream(writerOf(channel) as never)).toThrow(TypeError);
		expect(() => createReadStream(undefined as never)).toThrow(TypeError);
		expect(() => createReadStream(readerOf(channel), { lossy: true })).toThrow(/lossy.*open already/);
		expect(() => createReadStream(channel, { onPeerDeath: 'ignore' as never })).toThrow(RangeError);
	});

	it.each([-1, 1.5, Number.NaN])(
		'a highWaterMark of %j is thrown at once, and opens nothing',
		async (highWaterMark) => {
			const channel = defineChannel({ name: uniqueName() });
			expect(() => createReadStream(channel, { highWaterMark })).toThrow(/^highWaterMark: got/);
			expect(() => createWriteStream(channel, { highWaterMark })).toThrow(/^highWaterMark: got/);
			expect(listChannels().map(({ name }) => name)).not.toContain(channel.name);
			const { client } = await connected();
			expect(() => createDuplexStream(client, { readableHighWaterMark: highWaterMark })).toThrow(/^readableHigh/);
			expect(() => createDuplexStream(client, { writableHighWaterMark: highWaterMark })).toThrow(/^writableHigh/);
		},
	);
});

it('with the policy latest at most one older message waits in the buffer of the stream', async () => {
	const channel = numbers({ overflow: 'latest' });
	const writer = writerOf(channel);
	const readable = createReadStream(channel);
	await writer.whenConnected();
	const iterator = readable[Symbol.asyncIterator]();
	for (const newest of [5, 10, 15]) {
		for (let message = newest - 4; message <= newest; message++) {
			writer.tryWrite(message);
			await turns(5);
		}
		const received = [(await iterator.next()).value];
		if (received[0] !== newest) received.push((await iterator.next()).value);
		expect(received.at(-1)).toBe(newest);
	}
	readable.destroy();
});

it('the event loop has its turns while the stream flows', async () => {
	const channel = defineChannel({ name: uniqueName(), codec: bytes(), capacity: 1024 * 1024, depth: 16_384 });
	const writer = openWriter(channel);
	const readable = createReadStream(openReader(channel));
	await writer.whenConnected();
	while (writer.tryWrite(Buffer.alloc(16)));
	writer.end();
	let passed = 0;
	const count = () => {
		passed++;
		if (!readable.destroyed) setImmediate(count);
	};
	setImmediate(count);
	let length = 0;
	readable.on('data', (chunk: Buffer) => {
		length += chunk.length;
	});
	await finished(readable);
	await writer.close();
	expect(length).toBe(16_384 * 16);
	expect(passed).toBeGreaterThanOrEqual(16);
});
