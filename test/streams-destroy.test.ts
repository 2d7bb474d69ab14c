/** `destroy()` while a write waits for room. Each law is tried on a socket of Node 20 too. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createDuplexStream, createWriteStream } from 'ringwire/streams';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connected } from './support/connected.js';
import { codeOf, numbers, pairOf, readerOf, tiny, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

const folder = useTemporaryFolder();

interface Subject {
	readonly stream: Writable;
	readonly chunk: unknown;
}

/** A stream whose other side is connected and does not read. */
const subjects: Record<string, () => Promise<Subject>> = {
	// The same laws for a socket of Node 20. A socket of Node 22 and newer calls back with ECANCELED for writes that wait or are queued.
	...(Number.parseInt(process.versions.node, 10) < 22 && {
		'net.Socket': async () => ({ stream: await unreadSocket(), chunk: Buffer.alloc(4 * 1024 * 1024) }),
	}),
	createWriteStream: async () => {
		const channel = numbers(tiny);
		readerOf(channel);
		const stream = createWriteStream(channel);
		await stream.writer.whenConnected();
		return { stream, chunk: 1 };
	},
	'createWriteStream of a given writer, keepOpen': async () => {
		const { writer } = await pairOf(numbers(tiny));
		return { stream: createWriteStream(writer, { keepOpen: true }), chunk: 1 };
	},
	createDuplexStream: async () => ({ stream: createDuplexStream((await connected()).client), chunk: 1 }),
	'createDuplexStream, keepOpen': async () => ({
		stream: createDuplexStream((await connected()).client, { keepOpen: true }),
		chunk: 1,
	}),
};

async function unreadSocket(): Promise<Socket> {
	const path = join(folder, uniqueName());
	const server = createServer({ pauseOnConnect: true }).listen(path);
	onTestFinished(() => void server.close());
	await once(server, 'listening');
	const accepted = once(server, 'connection');
	const socket = connect(path);
	const [other] = await accepted;
	onTestFinished(() => void other.destroy());
	await until(() => !socket.connecting);
	return socket;
}

const gone = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'];

describe.each(Object.entries(subjects))('%s, destroyed while a write waits for room', (name, open) => {
	/** Six writes, of which some are done, one waits for room, and the rest is queued. */
	async function full(how: (stream: Writable, chunk: unknown, settle: (outcome: unknown) => void) => void) {
		const { stream, chunk } = await open();
		stream.on('error', () => {});
		const outcomes: unknown[] = [];
		how(stream, chunk, (outcome) => outcomes.push(outcome));
		await turns(10);
		return { stream, outcomes };
	}

	const writeSix = (stream: Writable, chunk: unknown, settle: (outcome: unknown) => void) => {
		for (let i = 0; i < 6; i++) stream.write(chunk, (error) => settle(outcomeOf(error)));
	};

	it('each callback of a write that waits or is queued gets ERR_STREAM_DESTROYED', async () => {
		const { stream, outcomes } = await full(writeSix);
		const done = outcomes.length;
		expect(done).toBeLessThan(5);
		stream.destroy();
		await once(stream, 'close');
		await turns(2);
		const [waiting, ...queued] = outcomes.slice(done);
		expect(queued).toEqual(Array(5 - done).fill('ERR_STREAM_DESTROYED'));
		// A socket reports success of the write that waits, although nothing was sent. We do not.
		expect(waiting).toBe(name === 'net.Socket' ? 'success' : 'ERR_STREAM_DESTROYED');
	});

	it('the same for writes that were put together', async () => {
		const { stream, outcomes } = await full((stream, chunk, settle) => {
			stream.cork();
			writeSix(stream, chunk, settle);
			stream.uncork();
		});
		expect(outcomes).toEqual([]);
		stream.destroy();
		await once(stream, 'close');
		await turns(2);
		expect(outcomes).toEqual(Array(6).fill(name === 'net.Socket' ? 'success' : 'ERR_STREAM_DESTROYED'));
	});

	it('with a reason, each of them gets this reason, and so does finished', async () => {
		const reason = new Error('mine');
		const { stream, outcomes } = await full((stream, chunk, settle) => {
			for (let i = 0; i < 6; i++) stream.write(chunk, (error) => settle(error ?? 'success'));
		});
		const done = outcomes.length;
		const ended = finished(stream).catch((error: unknown) => error);
		stream.destroy(reason);
		expect(await ended).toBe(reason);
		await turns(2);
		const [waiting, ...queued] = outcomes.slice(done);
		expect(queued).toEqual(Array(5 - done).fill(reason));
		expect(waiting).toBe(name === 'net.Socket' ? 'success' : reason);
	});

	it('finished reports a premature close, and no abort', async () => {
		const { stream } = await full(writeSix);
		const ended = codeOf(() => finished(stream, { readable: false }));
		stream.destroy();
		expect(gone).toContain(await ended);
		expect(gone).toContain(await codeOf(() => finished(stream, { readable: false })));
	});

	it('pipeline reports a premature close, and no abort', async () => {
		const { stream, chunk } = await open();
		const ended = codeOf(() =>
			pipeline(async function* () {
				for (;;) yield chunk;
			}, stream),
		);
		await until(() => stream.writableNeedDrain);
		await turns(5);
		stream.destroy();
		expect(gone).toContain(await ended);
	});

	it('the callback of an end behind them gets ERR_STREAM_DESTROYED', async () => {
		const outcomes: unknown[] = [];
		const { stream } = await full((stream, chunk) => {
			stream.write(chunk);
			stream.write(chunk);
			stream.write(chunk);
			stream.end((error?: Error | null) => outcomes.push(outcomeOf(error)));
		});
		const ended = codeOf(() => finished(stream, { readable: false }));
		stream.destroy();
		// A socket counts the write that waits as done, so its end looks complete to Node. Ours does not.
		expect([...gone, name === 'net.Socket' ? undefined : gone[0]]).toContain(await ended);
		await turns(2);
		expect(outcomes).toEqual(['ERR_STREAM_DESTROYED']);
	});

	it('no error event is emitted', async () => {
		const { stream } = await full(writeSix);
		const errors: unknown[] = [];
		stream.on('error', (error) => errors.push(error));
		stream.destroy();
		await once(stream, 'close');
		await turns(2);
		expect(errors).toEqual([]);
	});
});

describe('an end that waits for a first reader, destroyed', () => {
	it('is reported by finished and by the callback', async () => {
		const stream = createWriteStream(numbers());
		const outcomes: unknown[] = [];
		stream.write(1);
		stream.end((error?: Error | null) => outcomes.push(outcomeOf(error)));
		await turns(5);
		const ended = codeOf(() => finished(stream));
		stream.destroy();
		expect(gone).toContain(await ended);
		await turns(2);
		expect(outcomes).toEqual(['ERR_STREAM_DESTROYED']);
	});

	it('is reported by pipeline', async () => {
		const stream = createWriteStream(numbers());
		const ended = codeOf(() => pipeline([1, 2, 3], stream));
		await until(() => stream.writableEnded);
		await turns(5);
		stream.destroy();
		expect(gone).toContain(await ended);
	});

	it('does not end the process when no listener waits for an error', async () => {
		const uncaught = captureUncaught();
		const stream = createWriteStream(numbers());
		stream.end(1);
		await turns(5);
		stream.destroy();
		await new Promise((resolve) => stream.on('close', resolve));
		await turns(2);
		expect(uncaught).toEqual([]);
	});
});

it('a writer that stays open gets no message of a stream after its destroy', async () => {
	const channel = numbers({ capacity: 64 * 1024, depth: 4 });
	const { writer, reader } = await pairOf(channel);
	const stream = createWriteStream(writer, { keepOpen: true });
	stream.on('error', () => {});
	stream.cork();
	for (let i = 0; i < 20; i++) stream.write(i);
	stream.uncork();
	await turns(5);
	expect(writer.stats.messages).toBe(4);
	// The `space` event is emitted when the write that waited is in the ring, and its promise has not called the stream back yet.
	writer.once('space', () => stream.destroy());
	expect(writer.tryWrite(99)).toBe(false);
	while (reader.tryRead() !== undefined);
	await until(() => stream.destroyed);
	const written = writer.stats.messages;
	await turns(5);
	expect(written).toBe(5);
	expect(writer.stats.messages).toBe(written);
	expect(writer.closed).toBe(false);
});

function outcomeOf(error: Error | null | undefined): unknown {
	if (error === null || error === undefined) return 'success';
	return 'code' in error ? error.code : error;
}
