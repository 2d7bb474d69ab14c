import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { bytes, type Channel, createPool, defineChannel, json, structured, utf8 } from 'ringwire';
import { createReadStream, createWriteStream } from 'ringwire/streams';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf, numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import type { ReaderTask } from './support/tasks.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

const byteChannel = (sizes = {}) => defineChannel({ name: uniqueName(), codec: bytes(), ...sizes });

async function allOf<T>(channel: Channel<T>): Promise<T[]> {
	const messages: T[] = [];
	for await (const message of readerOf(channel)) messages.push(message);
	return messages;
}

/** Whether the stream has finished, now and later. */
function watch(writable: Writable) {
	const state = { finished: false };
	writable.on('finish', () => {
		state.finished = true;
	});
	return state;
}

describe('the end', () => {
	it('does not finish before a first reader is connected', async () => {
		const channel = numbers();
		const writable = createWriteStream(channel);
		const state = watch(writable);
		for (let i = 0; i < 10; i++) writable.write(i);
		writable.end();
		await turns(20);
		expect(state.finished).toBe(false);
		const received = allOf(channel);
		await once(writable, 'finish');
		expect(await received).toEqual([...Array(10).keys()]);
		expect(writable.writer.closed).toBe(true);
	});

	it('of an empty stream reaches the reader, too', async () => {
		const channel = byteChannel();
		const writable = createWriteStream(channel);
		const state = watch(writable);
		writable.end();
		await turns(20);
		expect(state.finished).toBe(false);
		expect(await allOf(channel)).toEqual([]);
		await until(() => state.finished);
	});

	it('does not wait for a reader to read: its mapping outlives us', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const writable = createWriteStream(channel);
		await pipeline(Readable.from([1, 2, 3]), writable);
		expect(reader.stats.messages).toBe(0);
		const received: number[] = [];
		for await (const message of reader) received.push(message);
		expect(received).toEqual([1, 2, 3]);
	});

	it('waits for no reader if readers that are gone have read everything', async () => {
		const channel = numbers();
		const writable = createWriteStream(channel);
		writable.write(1);
		const reader = readerOf(channel);
		await Promise.all([writable.writer.whenConnected(), reader.whenConnected()]);
		expect(await reader.read()).toBe(1);
		// Only messages that were handed out before the close count as read.
		await reader.close();
		await until(() => writable.writer.peers.length === 0);
		writable.end();
		await once(writable, 'finish');
	});

	it('fails with TIMEOUT when no reader connects in time, and names the number of unread messages', async () => {
		const writable = createWriteStream(numbers(), { readerTimeoutMs: 5 });
		for (let i = 0; i < 7; i++) writable.write(i);
		writable.end();
		const [error] = await once(writable, 'error');
		expect(error).toMatchObject({
			code: 'ERR_RINGWIRE_TIMEOUT',
			message: expect.stringMatching(/5 ms.*7 messages/),
		});
		expect(writable.writer.closed).toBe(true);
	});

	it('a given writer that stays open never writes the message for which the destroyed stream waited', async () => {
		const channel = numbers(tiny);
		const writer = writerOf(channel);
		const writable = createWriteStream(writer, { keepOpen: true });
		for (let i = 0; i < 3; i++) writable.write(i);
		await turns();
		writable.destroy();
		await once(writable, 'close');
		const reader = readerOf(channel);
		expect([await reader.read(), await reader.read()]).toEqual([0, 1]);
		await writer.write(10);
		expect(await reader.read()).toBe(10);
	});

	it('leaves a given writer open that is to stay open', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const reader = readerOf(channel);
		await pipeline(Readable.from([1]), createWriteStream(writer, { keepOpen: true }));
		await pipeline(Readable.from([2]), createWriteStream(writer));
		expect(writer.closed).toBe(true);
		expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([1, 2, undefined]);
	});
});

describe('when the ring is full', () => {
	it('block: write returns false, drain is emitted when there is room, and nothing is lost', async () => {
		const channel = numbers(tiny);
		const writable = createWriteStream(channel, { highWaterMark: 1 });
		const reader = readerOf(channel);
		await reader.whenConnected();
		let written = 0;
		let calledBack = 0;
		const count = () => {
			calledBack++;
		};
		for (let full = false; !full; ) full = !writable.write(written++, count) && calledBack < written - 1;
		await turns(20);
		expect(calledBack).toBeLessThan(written);
		for (let i = 0; i < written; i++) expect(await reader.read()).toBe(i);
		await until(() => calledBack === written);
		writable.destroy();
	});

	it('a batch that does not fit arrives in order', async () => {
		const channel = numbers({ capacity: 64 * 1024, depth: 16 });
		const writable = createWriteStream(channel);
		const received = allOf(channel);
		await writable.writer.whenConnected();
		writable.cork();
		for (let i = 0; i < 1000; i++) writable.write(i);
		writable.uncork();
		writable.end();
		await finished(writable);
		expect(await received).toEqual([...Array(1000).keys()]);
	});

	it('drop-newest: a message that does not fit is dropped and counted, and the stream goes on', async () => {
		const channel = numbers({ ...tiny, overflow: 'drop-newest' });
		const writable = createWriteStream(channel);
		const reader = readerOf(channel);
		await reader.whenConnected();
		for (let i = 0; i < 10; i++) writable.write(i);
		writable.end();
		await finished(writable);
		const received: number[] = [];
		for await (const message of reader) received.push(message);
		expect(received).toEqual([0, 1]);
		expect(writable.writer.stats).toMatchObject({ messages: 2, dropped: 8 });
	});
});

describe('sizes', () => {
	it('a chunk of bytes larger than messageMax arrives whole, in pieces', async () => {
		const channel = byteChannel({ capacity: 64 * 1024, messageMax: 1000 });
		const sent = randomBytes(123_456);
		const readable = createReadStream(channel);
		const transfer = pipeline(
			Readable.from([sent, Buffer.alloc(0), sent.subarray(0, 1000)]),
			createWriteStream(channel),
		);
		const received: Buffer[] = [];
		for await (const chunk of readable) received.push(chunk);
		await transfer;
		expect(Buffer.concat(received).equals(Buffer.concat([sent, sent.subarray(0, 1000)]))).toBe(true);
		expect(readable.reader.stats.messages).toBe(125);
	});

	it('a large file through a small lane', async () => {
		const channel = byteChannel({ capacity: 64 * 1024 });
		const sent = randomBytes(8 * 1024 * 1024);
		const chunks = Array.from({ length: 100 }, (_, i) =>
			sent.subarray((i * sent.length) / 100, ((i + 1) * sent.length) / 100),
		);
		const transfer = pipeline(Readable.from(chunks), createWriteStream(channel));
		const received: Buffer[] = [];
		for await (const chunk of createReadStream(channel)) received.push(chunk);
		await transfer;
		expect(Buffer.concat(received).equals(sent)).toBe(true);
	});

	it('an object larger than messageMax fails the stream with TOO_LARGE, one that cannot be encoded with ENCODE', async () => {
		const texts = createWriteStream(defineChannel({ name: uniqueName(), codec: utf8(), messageMax: 10 }));
		texts.write('short');
		texts.write('much too long');
		expect(await codeOf(() => finished(texts))).toBe('ERR_RINGWIRE_TOO_LARGE');
		const objects = createWriteStream(defineChannel<unknown>({ name: uniqueName(), codec: structured() }));
		objects.write(() => {});
		expect(await codeOf(() => finished(objects))).toBe('ERR_RINGWIRE_ENCODE');
		expect([texts.writer.closed, objects.writer.closed]).toEqual([true, true]);
	});

	it('a string is bytes in its encoding', async () => {
		const channel = byteChannel();
		const writable = createWriteStream(channel);
		writable.write('68c3a9', 'hex');
		writable.end('llo');
		expect(Buffer.concat(await allOf(channel)).toString()).toBe('héllo');
	});
});

describe('failing and leaving', () => {
	const readerTask = (channel: string): ReaderTask => ({
		channel,
		overflow: 'block',
		lossy: false,
		order: 'lane',
		pauseEvery: 0,
	});

	it('destroy does not look like the end to the reader', async () => {
		const channel = numbers();
		const writable = createWriteStream(channel);
		const readable = createReadStream(channel);
		await writable.writer.whenConnected();
		writable.write(1);
		writable.destroy(new Error('the source failed'));
		await once(writable, 'error');
		const received: unknown[] = [];
		const code = await codeOf(async () => {
			for await (const message of readable) received.push(message);
		});
		expect({ received, code }).toEqual({ received: [1], code: 'ERR_RINGWIRE_PEER_DIED' });
	});

	it('the last reader is killed: onPeerDeath "error" fails with PEER_DIED', async () => {
		const channel = defineChannel({ name: uniqueName(), codec: utf8() });
		const writable = createWriteStream(channel, { onPeerDeath: 'error' });
		const program = startProgram('reader', readerTask(channel.name));
		await writable.writer.whenConnected();
		const failed = codeOf(() => finished(writable));
		await program.kill();
		expect(await failed).toBe('ERR_RINGWIRE_PEER_DIED');
	});

	it('the last reader is killed: by default the next one gets the unread messages', async () => {
		const channel = defineChannel({ name: uniqueName(), codec: utf8() });
		const writable = createWriteStream(channel);
		const program = startProgram('reader', readerTask(channel.name));
		await writable.writer.whenConnected();
		program.child.kill('SIGSTOP');
		for (let i = 0; i < 10; i++) writable.write(`w ${i}`);
		await turns(5);
		await program.kill();
		await until(() => writable.writer.peers.length === 0);
		writable.end();
		const received = await allOf(channel);
		expect(received.at(-1)).toBe('w 9');
		await finished(writable);
	});

	it('a refused link while no reader is connected fails with MISMATCH', async () => {
		const name = uniqueName();
		const writable = createWriteStream(defineChannel({ name, codec: json<number>() }));
		readerOf(defineChannel({ name, codec: utf8() })).on('error', () => {});
		expect(await codeOf(() => finished(writable))).toBe('ERR_RINGWIRE_MISMATCH');
	});

	it('a shutdown fails with CLOSED, also while it waits for room', async () => {
		const channel = numbers(tiny);
		const writable = createWriteStream(channel);
		const reader = readerOf(channel);
		await reader.whenConnected();
		for (let i = 0; i < 10; i++) writable.write(i);
		await turns();
		reader.shutdown();
		expect(await codeOf(() => finished(writable))).toBe('ERR_RINGWIRE_CLOSED');
	});

	it.each(['for room', 'for a reader at the end'])(
		'an abort destroys with the reason while it waits %s',
		async (where) => {
			const aborting = new AbortController();
			const writable = createWriteStream(numbers(tiny), { signal: aborting.signal });
			if (where === 'for room') for (let i = 0; i < 10; i++) writable.write(i);
			else writable.end();
			await turns();
			const reason = new Error('enough');
			aborting.abort(reason);
			await expect(finished(writable)).rejects.toBe(reason);
			expect(writable.writer.closed).toBe(true);
		},
	);

	it('wrong arguments are thrown at once', () => {
		const channel = numbers();
		expect(() => createWriteStream(readerOf(channel) as never)).toThrow(TypeError);
		expect(() => createWriteStream(writerOf(channel), { depth: 2 })).toThrow(/depth.*open already/);
		expect(() => createWriteStream(channel, { readerTimeoutMs: -1 })).toThrow(/readerTimeoutMs/);
		expect(() => createWriteStream(channel, { onPeerDeath: 'event' as never })).toThrow(/wait, error/);
	});
});

it('the event loop has its turns while a source that never waits is written', async () => {
	const channel = numbers({ capacity: 1024 * 1024, depth: 16_384 });
	const reader = readerOf(channel);
	const writable = createWriteStream(channel);
	await reader.whenConnected();
	let passed = 0;
	const count = () => {
		passed++;
		if (!writable.writableFinished) setImmediate(count);
	};
	setImmediate(count);
	await pipeline(Readable.from(Array(16_000).keys()), writable);
	expect(passed).toBeGreaterThanOrEqual(15);
});

describe('with a pool', () => {
	const lane = { capacity: 64 * 1024, depth: 64 };
	const content = randomBytes(1_000_000);
	const chunks = [
		content.subarray(0, 100),
		content.subarray(100, 600_000),
		content.subarray(600_000, 620_000),
		content.subarray(620_000),
	];

	it.each(['block', 'drop-oldest'] as const)(
		'%s: a chunk that does not fit into the lane is one message, in its place',
		async (overflow) => {
			const channel = byteChannel({ ...lane, overflow });
			const reader = readerOf(channel);
			const writable = createWriteStream(channel, { pool: createPool({ bytes: 2_000_000 }) });
			await writable.writer.whenConnected();
			writable.cork();
			for (const chunk of chunks) writable.write(chunk);
			writable.uncork();
			await once(writable.end(), 'finish');
			const read: Buffer[] = [];
			for await (const message of reader) read.push(message);
			expect(read.map(({ length }) => length)).toEqual(chunks.map(({ length }) => length));
			expect(Buffer.concat(read).equals(content)).toBe(true);
		},
	);

	it('latest: chunks that have more than half of the pool are divided for the lane, and do not wait', async () => {
		const channel = byteChannel({ ...lane, overflow: 'latest' });
		const writable = createWriteStream(channel, { pool: createPool({ bytes: 400_000 }) });
		const reader = readerOf(channel);
		await writable.writer.whenConnected();
		writable.write(content.subarray(0, 300_000));
		await once(writable.end(content.subarray(300_000, 600_000)), 'finish');
		let last: Buffer | undefined;
		for await (const message of reader) last = message;
		expect(last?.equals(content.subarray(600_000 - (last?.length ?? 0), 600_000))).toBe(true);
	});

	it('drop-newest: chunks are divided for the lane, where each part is dropped and counted or not', async () => {
		const channel = byteChannel({ ...lane, overflow: 'drop-newest' });
		const writable = createWriteStream(channel, { pool: createPool({ bytes: 2_000_000 }) });
		const reader = readerOf(channel);
		await writable.writer.whenConnected();
		writable.write(content.subarray(0, 200_000));
		await turns(3);
		const { messages, dropped } = writable.writer.stats;
		expect([messages + dropped, messages > 0]).toEqual([Math.ceil(200_000 / 32_768), true]);
		expect(reader.tryRead()?.length).toBe(32_768);
		writable.destroy();
	});

	it('a destroyed stream ends the wait for room in the pool', async () => {
		const channel = byteChannel(lane);
		const writable = createWriteStream(channel, { pool: createPool({ bytes: 400_000 }) });
		readerOf(channel);
		await writable.writer.whenConnected();
		writable.on('error', () => {});
		const first = new Promise((resolve) => writable.write(Buffer.alloc(300_000), resolve));
		const second = new Promise((resolve) => writable.write(Buffer.alloc(300_000), resolve));
		expect(await first).toBeFalsy();
		writable.destroy(new Error('enough'));
		expect(String(await second)).toContain('enough');
	});
});
