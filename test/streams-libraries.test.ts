/** Functions of Node and of popular packages that take streams, with the streams of this package. */
import { once } from 'node:events';
import * as nodeStreams from 'node:stream';
import {
	addAbortSignal,
	Duplex,
	PassThrough,
	pipeline as pipelineCallback,
	Readable,
	Transform,
	Writable,
	finished as whenFinished,
} from 'node:stream';
import { text } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { TransformStream } from 'node:stream/web';
import { createGunzip, createGzip } from 'node:zlib';
import { type Channel, defineChannel, defineDuplex, json } from 'ringwire';
import {
	createDuplexStream,
	createReadStream,
	createWebDuplex,
	createWebReadable,
	createWebWritable,
	createWriteStream,
} from 'ringwire/streams';
import { describe, expect, it } from 'vitest';
import { accept, clientOf, connected, numbersBothWays, serverOf } from './support/connected.js';
import { codeOf, numbers, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** `compose` of node:stream, which its types lack. */
const compose: (...streams: unknown[]) => Duplex = Reflect.get(nodeStreams, 'compose');

const upTo = (count: number) => [...Array(count).keys()];

/** A Readable of the numbers 0, 1, 2... that ends after `count`. */
function readableOf(count: number, channel: Channel<number> = numbers()) {
	const stream = createReadStream(channel);
	const writer = writerOf(channel);
	void (async () => {
		for (let i = 0; i < count; i++) await writer.write(i);
		writer.end();
	})().catch(() => {});
	return stream;
}

const wide = () =>
	defineDuplex({ name: uniqueName(), toServer: { codec: json<number>() }, toClient: { codec: json<number>() } });

async function duplexPair() {
	const duplex = wide();
	const server = serverOf(duplex);
	const [client, other] = await Promise.all([clientOf(duplex), accept(server)]);
	return { client: createDuplexStream(client), other: createDuplexStream(other) };
}

describe('the methods of Readable', () => {
	it('toArray', async () => expect(await readableOf(300).toArray()).toEqual(upTo(300)));

	it('map and filter', async () => {
		const stream = readableOf(100)
			.map(async (n: number) => 2 * n, { concurrency: 4 })
			.filter((n: number) => n % 4 === 0);
		expect(await stream.toArray()).toEqual(upTo(50).map((n) => 4 * n));
	});

	it('take ends, and closes the reader', async () => {
		const stream = readableOf(100);
		expect(await stream.take(3).toArray()).toEqual([0, 1, 2]);
		await until(() => stream.reader.closed);
		expect(stream.destroyed).toBe(true);
	});

	it('drop, flatMap, reduce, some, every, find, forEach', async () => {
		expect(await readableOf(10).drop(7).toArray()).toEqual([7, 8, 9]);
		expect(
			await readableOf(3)
				.flatMap((n: number) => [n, n])
				.toArray(),
		).toEqual([0, 0, 1, 1, 2, 2]);
		expect(await readableOf(5).reduce((sum: number, n: number) => sum + n, 0)).toBe(10);
		const some = readableOf(1000);
		expect(await some.some((n: number) => n === 5)).toBe(true);
		await until(() => some.reader.closed);
		expect(await readableOf(5).every((n: number) => n < 5)).toBe(true);
		expect(await readableOf(50).find((n: number) => n > 10)).toBe(11);
		const seen: number[] = [];
		await readableOf(5).forEach((n: number) => void seen.push(n));
		expect(seen).toEqual(upTo(5));
	});

	it('an error in map destroys the stream and closes the reader', async () => {
		const stream = readableOf(100);
		const mine = new Error('mine');
		const mapped = stream.map(() => {
			throw mine;
		});
		await expect(mapped.toArray()).rejects.toBe(mine);
		await until(() => stream.reader.closed);
	});

	it('a signal given to a method aborts it with the next message, as Node does, and closes the reader', async () => {
		const aborting = new AbortController();
		const channel = numbers();
		const writer = writerOf(channel);
		const stream = createReadStream(channel);
		const array = stream.toArray({ signal: aborting.signal });
		await writer.whenConnected();
		aborting.abort();
		writer.tryWrite(1);
		expect(await codeOf(() => array)).toBe('ABORT_ERR');
		await until(() => stream.reader.closed);
	});

	it('iterator({ destroyOnReturn: false }) leaves the stream open, and another loop goes on', async () => {
		const stream = readableOf(10);
		const read: unknown[] = [];
		for await (const n of stream.iterator({ destroyOnReturn: false })) {
			read.push(n);
			if (n === 4) break;
		}
		expect(stream.destroyed).toBe(false);
		for await (const n of stream) read.push(n);
		expect(read).toEqual(upTo(10));
	});

	it('setEncoding never splits a character, wherever the messages are cut', async () => {
		const channel = defineChannel({ name: uniqueName() });
		const writer = writerOf(channel);
		const stream = createReadStream(channel).setEncoding('utf8');
		const bytes = Buffer.from('grüße, 世界 🦀');
		for (const byte of bytes) writer.tryWrite(Buffer.of(byte));
		writer.end();
		const chunks: unknown[] = [];
		for await (const chunk of stream) chunks.push(chunk);
		expect(chunks.every((chunk) => typeof chunk === 'string')).toBe(true);
		expect(chunks.join('')).toBe('grüße, 世界 🦀');
	});

	it('setEncoding: the text before a failure is delivered first', async () => {
		const channel = defineChannel({ name: uniqueName() });
		const writer = writerOf(channel);
		const stream = createReadStream(channel).setEncoding('latin1');
		await writer.whenConnected();
		writer.tryWrite(Buffer.from('all that there is'));
		writer[Symbol.dispose]();
		const chunks: unknown[] = [];
		const code = await codeOf(async () => {
			for await (const chunk of stream) chunks.push(chunk);
		});
		expect([chunks.join(''), code]).toEqual(['all that there is', 'ERR_RINGWIRE_PEER_DIED']);
	});

	it('unshift gives a chunk back', async () => {
		const stream = readableOf(3);
		await once(stream, 'readable');
		const first: unknown = stream.read();
		stream.unshift(first);
		expect(await stream.toArray()).toEqual([0, 1, 2]);
	});

	it('paused mode: readable and read() give all, then end', async () => {
		const stream = readableOf(200);
		const read: unknown[] = [];
		stream.on('readable', () => {
			for (let n: unknown = stream.read(); n !== null; n = stream.read()) read.push(n);
		});
		await once(stream, 'end');
		expect(read).toEqual(upTo(200));
	});

	it('pause and resume, between any two messages', async () => {
		const stream = readableOf(100);
		const read: unknown[] = [];
		stream.on('data', (n) => {
			read.push(n);
			stream.pause();
			setImmediate(() => stream.resume());
		});
		await once(stream, 'end');
		expect(read).toEqual(upTo(100));
	});

	it('text of node:stream/consumers', async () => {
		const channel = defineChannel({ name: uniqueName() });
		const writer = writerOf(channel);
		const whole = text(createReadStream(channel));
		for (const word of ['one ', 'two ', 'three']) writer.tryWrite(Buffer.from(word));
		writer.end();
		expect(await whole).toBe('one two three');
	});
});

describe('pipe', () => {
	it('unpipe holds the rest back, and another pipe goes on', async () => {
		const stream = readableOf(100);
		const first: unknown[] = [];
		const sink = new Writable({
			objectMode: true,
			highWaterMark: 1,
			write(n, _encoding, callback) {
				first.push(n);
				if (first.length === 10) stream.unpipe(sink);
				setImmediate(callback);
			},
		});
		stream.pipe(sink);
		await until(() => first.length >= 10 && stream.readableFlowing === false);
		await turns(5);
		sink.end();
		await finished(sink);
		const rest: unknown[] = [];
		const second = new PassThrough({ objectMode: true });
		stream.pipe(second);
		for await (const n of second) rest.push(n);
		expect([...first, ...rest]).toEqual(upTo(100));
	});

	it('to two sinks at once, each gets all', async () => {
		const stream = readableOf(200);
		const sinks = [new PassThrough({ objectMode: true }), new PassThrough({ objectMode: true })];
		for (const sink of sinks) stream.pipe(sink);
		expect(await Promise.all(sinks.map((sink) => sink.toArray()))).toEqual([upTo(200), upTo(200)]);
	});

	it('with end: false leaves a Writable open for the next source', async () => {
		const channel = numbers();
		const read = createReadStream(channel).toArray();
		const sink = createWriteStream(channel);
		const source = Readable.from([0, 1]);
		source.pipe(sink, { end: false });
		await once(source, 'end');
		Readable.from([2, 3]).pipe(sink);
		expect(await read).toEqual([0, 1, 2, 3]);
	});

	it('from channel to channel, with a ring that is full again and again', async () => {
		const from = numbers();
		const to = numbers(tiny);
		const read = createReadStream(to).toArray();
		readableOf(500, from).pipe(createWriteStream(to));
		expect(await read).toEqual(upTo(500));
	});
});

describe('pipeline and compose', () => {
	it('the callback version, with a generator in between', async () => {
		const channel = numbers();
		const read = createReadStream(channel).toArray();
		const error = await new Promise((resolve) =>
			pipelineCallback(
				readableOf(50),
				async function* (source: AsyncIterable<number>) {
					for await (const n of source) yield n + 1;
				},
				createWriteStream(channel),
				resolve,
			),
		);
		expect(error ?? undefined).toBe(undefined);
		expect(await read).toEqual(upTo(50).map((n) => n + 1));
	});

	it('gzip and back, through two channels', async () => {
		const channel = defineChannel({ name: uniqueName(), capacity: 64 * 1024 });
		const sent = 'all work and no play '.repeat(20_000);
		const whole = text(createReadStream(channel).pipe(createGunzip()));
		await pipeline(Readable.from([Buffer.from(sent)]), createGzip(), createWriteStream(channel));
		expect(await whole).toBe(sent);
	});

	it('a failing transform ends both ends, and the reader of the other side sees no end', async () => {
		const to = numbers();
		const behind = createReadStream(to);
		const [source, sink] = [readableOf(50), createWriteStream(to)];
		await sink.writer.whenConnected();
		const mine = new Error('mine');
		const broken = new Transform({ objectMode: true, transform: (_chunk, _encoding, callback) => callback(mine) });
		await expect(pipeline(source, broken, sink)).rejects.toBe(mine);
		expect(await codeOf(() => behind.toArray())).toBe('ERR_RINGWIRE_PEER_DIED');
		await until(() => source.reader.closed && sink.writer.closed);
	});

	it('an abort of pipeline closes both handles', async () => {
		const aborting = new AbortController();
		const [source, sink] = [createReadStream(numbers()), createWriteStream(numbers())];
		const ended = codeOf(() => pipeline(source, sink, { signal: aborting.signal }));
		await turns(3);
		aborting.abort();
		expect(await ended).toBe('ABORT_ERR');
		await until(() => source.reader.closed && sink.writer.closed);
	});

	it('compose(source, transform) is a stream', async () => {
		const doubled = compose(readableOf(20), async function* (source: AsyncIterable<number>) {
			for await (const n of source) yield 2 * n;
		});
		expect(await doubled.toArray()).toEqual(upTo(20).map((n) => 2 * n));
	});

	it('a composed sink: compose(transform, createWriteStream)', async () => {
		const channel = numbers();
		const read = createReadStream(channel).toArray();
		const sink = compose(async function* (source: AsyncIterable<number>) {
			for await (const n of source) yield n + 1;
		}, createWriteStream(channel));
		await pipeline(Readable.from(upTo(20)), sink);
		expect(await read).toEqual(upTo(20).map((n) => n + 1));
	});

	it('Duplex.from({ readable, writable }) joins two channels', async () => {
		const [to, from] = [numbers(), numbers()];
		const echo = pipeline(createReadStream(to), createWriteStream(from));
		const joined = Duplex.from({ readable: createReadStream(from), writable: createWriteStream(to) });
		const read: unknown[] = [];
		joined.on('data', (n) => read.push(n));
		for (const n of upTo(100)) joined.write(n);
		joined.end();
		await once(joined, 'end');
		await echo;
		expect(read).toEqual(upTo(100));
	});

	it('Readable.from(stream) and Readable.from(stream.iterator())', async () => {
		expect(await Readable.from(readableOf(10)).toArray()).toEqual(upTo(10));
	});

	it('a duplex stream through a transform and back to itself', async () => {
		const { client, other } = await duplexPair();
		const double = new Transform({
			objectMode: true,
			transform: (n, _encoding, callback) => callback(null, 2 * n),
		});
		const echo = pipeline(other, double, other);
		const read: unknown[] = [];
		client.on('data', (n) => read.push(n));
		await Promise.all([pipeline(Readable.from(upTo(100)), client, { end: true }), once(client, 'end')]);
		await echo;
		expect(read).toEqual(upTo(100).map((n) => 2 * n));
	});
});

describe('abort and finished', () => {
	it.each(['Readable', 'Writable', 'Duplex'] as const)(
		'addAbortSignal destroys a %s and closes its handle',
		async (kind) => {
			const aborting = new AbortController();
			const { client } = await connected();
			const opened = {
				Readable: () => createReadStream(numbers()),
				Writable: () => createWriteStream(numbers()),
				Duplex: () => createDuplexStream(client),
			};
			const stream = addAbortSignal(aborting.signal, opened[kind]());
			const ended = codeOf(() => finished(stream));
			aborting.abort();
			expect(await ended).toBe('ABORT_ERR');
			await until(() =>
				'reader' in stream ? stream.reader.closed : 'writer' in stream ? stream.writer.closed : client.closed,
			);
		},
	);

	it('finished after the fact reports the end and the failure', async () => {
		const good = readableOf(3);
		await good.toArray();
		await finished(good);
		const bad = createReadStream(numbers());
		bad.on('error', () => {});
		const mine = new Error('mine');
		bad.destroy(mine);
		await new Promise((resolve) => bad.once('close', resolve));
		await expect(finished(bad)).rejects.toBe(mine);
	});

	it('its cleanup leaves no listener', async () => {
		const stream = createWriteStream(numbers());
		const before = stream.eventNames().length;
		whenFinished(stream, () => {})();
		expect(stream.eventNames()).toHaveLength(before);
		stream.destroy();
	});
});

describe('the methods of Writable', () => {
	it('cork and uncork: everything arrives in order, in one batch', async () => {
		const channel = numbers();
		const read = createReadStream(channel).toArray();
		const stream = createWriteStream(channel);
		stream.cork();
		for (const n of upTo(50)) stream.write(n);
		await turns(3);
		expect(stream.writer.stats.messages).toBe(0);
		process.nextTick(() => stream.uncork());
		await until(() => stream.writer.stats.messages === 50);
		stream.end();
		expect(await read).toEqual(upTo(50));
	});

	it('end while corked writes everything', async () => {
		const channel = numbers();
		const read = createReadStream(channel).toArray();
		const stream = createWriteStream(channel);
		stream.cork();
		stream.write(1);
		stream.end(2);
		expect(await read).toEqual([1, 2]);
	});

	it('the callbacks of writes are called in order, one for each', async () => {
		const channel = numbers(tiny);
		const read = createReadStream(channel).toArray();
		const stream = createWriteStream(channel);
		const called: number[] = [];
		for (const n of upTo(50)) stream.write(n, () => called.push(n));
		stream.end();
		await read;
		await finished(stream);
		expect(called).toEqual(upTo(50));
	});

	it('a write after the end is ERR_STREAM_WRITE_AFTER_END, and the channel does not look complete', async () => {
		const stream = createWriteStream(numbers());
		const failed = once(stream, 'error');
		stream.end(1);
		stream.write(2);
		expect(await failed).toMatchObject([{ code: 'ERR_STREAM_WRITE_AFTER_END' }]);
	});

	it('setDefaultEncoding holds for strings of a byte stream', async () => {
		const channel = defineChannel({ name: uniqueName() });
		const whole = text(createReadStream(channel));
		const stream = createWriteStream(channel).setDefaultEncoding('base64');
		stream.end(Buffer.from('hello').toString('base64'));
		expect(await whole).toBe('hello');
	});

	it("a byte stream refuses an object with Node's own TypeError, and stays usable", async () => {
		const stream = createWriteStream(defineChannel({ name: uniqueName() }));
		expect(() => stream.write({})).toThrow(TypeError);
		expect(stream.destroyed).toBe(false);
		stream.destroy();
	});

	it('destroyed without an end, the reader sees none', async () => {
		const channel = numbers();
		const behind = createReadStream(channel);
		const stream = createWriteStream(channel);
		await stream.writer.whenConnected();
		stream.write(1);
		stream.destroy();
		expect(await codeOf(() => behind.toArray())).toBe('ERR_RINGWIRE_PEER_DIED');
	});
});

describe('Web streams', () => {
	it('pipeThrough a TransformStream, pipeTo a channel', async () => {
		const channel = numbers();
		const read = createReadStream(channel).toArray();
		const from = numbers();
		const source = createWebReadable(from);
		const writer = writerOf(from);
		for (const n of upTo(100)) writer.tryWrite(n);
		writer.end();
		const double = new TransformStream<number, number>({ transform: (n, controller) => controller.enqueue(2 * n) });
		await source.pipeThrough(double).pipeTo(createWebWritable(channel));
		expect(await read).toEqual(upTo(100).map((n) => 2 * n));
	});

	it('tee: both branches get everything', async () => {
		const channel = numbers();
		const branches = createWebReadable(channel).tee();
		const writer = writerOf(channel);
		for (const n of upTo(100)) writer.tryWrite(n);
		writer.end();
		const all = await Promise.all(
			branches.map(async (branch) => {
				const read: number[] = [];
				for await (const n of branch) read.push(n);
				return read;
			}),
		);
		expect(all).toEqual([upTo(100), upTo(100)]);
	});

	it('an error of the source is an error of pipeTo', async () => {
		const from = numbers();
		const writer = writerOf(from);
		const source = createWebReadable(from);
		await writer.whenConnected();
		const to = numbers();
		const behind = createReadStream(to);
		const sink = createWebWritable(to);
		const piped = codeOf(() => source.pipeTo(sink));
		writer.tryWrite(1);
		const [first] = await once(behind, 'data');
		expect(first).toBe(1);
		const failed = once(behind, 'error');
		writer[Symbol.dispose]();
		expect(await piped).toBe('ERR_RINGWIRE_PEER_DIED');
		expect(await failed).toMatchObject([{ code: 'ERR_RINGWIRE_PEER_DIED' }]);
	});

	it('an abort of pipeTo closes both handles', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const aborting = new AbortController();
		const piped = createWebReadable(channel).pipeTo(new WritableStream(), { signal: aborting.signal });
		await writer.whenConnected();
		const mine = new Error('mine');
		aborting.abort(mine);
		await expect(piped).rejects.toBe(mine);
		await until(() => writer.peers.length === 0);
	});

	it('a pair over a connection takes part in pipeThrough', async () => {
		const { client, other } = await connected(numbersBothWays({ depth: 64 }, { depth: 64 }));
		const echo = createDuplexStream(other);
		echo.pipe(echo);
		const source = new ReadableStream<number>({
			start(controller) {
				for (const n of upTo(40)) controller.enqueue(n);
				controller.close();
			},
		});
		const read: number[] = [];
		for await (const n of source.pipeThrough(createWebDuplex(client))) read.push(n);
		expect(read).toEqual(upTo(40));
	});
});

it('an exception of a data listener is an uncaught one, and the stream goes on, as with the streams of Node', async () => {
	const uncaught = captureUncaught();
	const stream = readableOf(10);
	const mine = new Error('mine');
	const read: unknown[] = [];
	stream.on('data', (n) => {
		read.push(n);
		if (n === 3) throw mine;
	});
	await once(stream, 'end');
	expect(read).toEqual(upTo(10));
	expect(uncaught).toEqual([mine]);
});
