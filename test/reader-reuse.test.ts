/** `reuseMemory`: messages that are good until the reader is used again. */
import { bytes, type Channel, type Codec, defineChannel, json } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel, latestFrom, pullMap, sampleFrom } from 'ringwire/observables';
import { createReadStream } from 'ringwire/streams';
import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { CodecGuard } from '../src/endpoint/codec-guard.js';
import { KeepAlive } from '../src/endpoint/keep-alive.js';
import { onWake } from '../src/endpoint/opened.js';
import { type NativeReader, Wake } from '../src/native/boundary.js';
import { Batch } from '../src/reader/batch.js';
import { ReaderLifecycle } from '../src/reader/lifecycle.js';
import { ReadingCore } from '../src/reader/reading-core.js';
import { failureOf, loosely } from './support/loosely.js';
import { noLeases, withoutLeases } from './support/no-leases.js';
import { pairOf, readerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const reuse = { reuseMemory: true } as const;
const channel = (capacity = 4 * 1024 * 1024) => defineChannel({ name: uniqueName(), capacity });

/** Bytes that tell the message and the place in it. */
function pattern(message: number, length: number): Buffer {
	return Buffer.from(Uint8Array.from({ length }, (_, i) => message * 31 + i));
}

function lengths(count: number): number[] {
	// Around the sizes at which memory is handled differently, in an order that changes between them.
	const sizes = [64, 20_000, 0, 65_536, 8, 65_537, 300_000, 4096, 1_048_576, 1];
	return Array.from({ length: count }, (_, i) => sizes[(i * 7) % sizes.length] ?? 0);
}

test.each([1000, 65_536, 100_000, 1_500_000])('messages of %d bytes are read into the same memory', async (length) => {
	const { writer, reader } = await pairOf(channel(), reuse);
	const memories = new Set<ArrayBufferLike>();
	for (let message = 0; message < 6; message++) {
		await writer.write(pattern(message, length));
		const read = await reader.read();
		expect(pattern(message, length).equals(read ?? Buffer.of())).toBe(true);
		// The first one of a size finds out how much memory is needed.
		if (message > 0 && read !== undefined) memories.add(read.buffer);
	}
	expect(memories.size).toBe(1);
});

test('without it every message has memory of its own', async () => {
	const { writer, reader } = await pairOf(channel());
	await writer.write(pattern(1, 100_000));
	const first = await reader.read();
	await writer.write(pattern(2, 100_000));
	await reader.read();
	expect(pattern(1, 100_000).equals(first ?? Buffer.of())).toBe(true);
});

test('each message is whole until the next read, for any sizes in any order', async () => {
	const { writer, reader } = await pairOf(channel(), reuse);
	const sizes = lengths(200);
	const writing = (async () => {
		for (const [message, length] of sizes.entries()) await writer.write(pattern(message, length));
		writer.end();
	})();
	let message = 0;
	for await (const read of reader) {
		const length = sizes[message] ?? -1;
		if (!pattern(message, length).equals(read)) expect.fail(`message ${message} of ${length} bytes is not whole`);
		message++;
	}
	await writing;
	expect(message).toBe(sizes.length);
});

test('the messages of one batch are whole together', async () => {
	const { writer, reader } = await pairOf(channel(), reuse);
	const sizes = lengths(60);
	expect(writer.tryWriteBatch(sizes.map((length, message) => pattern(message, length)))).toBeGreaterThan(20);
	const available = reader.available;
	let message = 0;
	let largest = 0;
	while (message < available) {
		const batch = reader.readBatch();
		largest = Math.max(largest, batch.length);
		for (const read of batch) {
			const length = sizes[message] ?? -1;
			if (!pattern(message, length).equals(read))
				expect.fail(`message ${message} of ${length} bytes is not whole`);
			message++;
		}
	}
	expect(largest).toBeGreaterThan(1);
});

test('a batch that was begun with single reads is whole too', async () => {
	const { writer, reader } = await pairOf(channel(), reuse);
	const all = Array.from({ length: 3000 }, (_, message) => pattern(message, 64));
	expect(writer.tryWriteBatch(all)).toBe(3000);
	for (let message = 0; message < 3000; ) {
		expect(all[message++]?.equals(reader.tryRead() ?? Buffer.of())).toBe(true);
		for (const read of reader.readBatch()) {
			if (all[message++]?.equals(read) !== true) expect.fail(`message ${message - 1} is not whole`);
		}
	}
});

test('a codec of the user decodes from it, and its results stay as they are', async () => {
	const text: Codec<string> = {
		id: 'text',
		encode: (message) => Buffer.from(message),
		decode: (read) => read.toString('latin1'),
	};
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: text }), reuse);
	const messages = Array.from({ length: 2000 }, (_, i) => `message ${i}`);
	expect(writer.tryWriteBatch(messages)).toBe(2000);
	const read: string[] = [];
	while (read.length < messages.length) read.push(...reader.readBatch());
	expect(read).toEqual(messages);
});

test('Observables and ix give each message while it is good', async () => {
	const first = await pairOf(channel(), reuse);
	const expected = [0, 1, 2, 3].map((message) => pattern(message, 70_000).toString('base64'));
	const seen = firstValueFrom(
		fromChannel(first.reader).pipe(
			pullMap(async (read) => {
				await new Promise((resolve) => setImmediate(resolve));
				return Buffer.from(read).toString('base64');
			}),
			take(4),
			toArray(),
		),
	);
	for (let message = 0; message < 4; message++) await first.writer.write(pattern(message, 70_000));
	expect(await seen).toEqual(expected);

	const second = await pairOf(channel(), reuse);
	for (let message = 0; message < 4; message++) await second.writer.write(pattern(message, 70_000));
	second.writer.end();
	const iterated: string[] = [];
	for await (const read of iterableFrom(second.reader)) iterated.push(Buffer.from(read).toString('base64'));
	expect(iterated).toEqual(expected);
});

describe('an adapter that keeps messages refuses such a Reader', () => {
	const keepers: [string, (source: ReturnType<typeof readerOf<Uint8Array>>) => unknown][] = [
		['a stream', (reader) => createReadStream(reader)],
		['latestFrom', (reader) => latestFrom(reader)],
		['sampleFrom', (reader) => sampleFrom(reader, { everyMs: 10 })],
	];
	test.each(keepers)('%s', async (name, keep) => {
		const reader = readerOf<Uint8Array>(channel(), reuse);
		expect(await failureOf(() => keep(reader))).toMatchObject({
			name: 'TypeError',
			message: `source: got a Reader with reuseMemory, must be one without: ${name} keeps messages`,
		});
		expect(reader.closed).toBe(false);
	});

	test('but not where the codec keeps nothing of the memory', async () => {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: json<number>() }), reuse);
		await writer.write(7);
		expect(await firstValueFrom(latestFrom(reader))).toBe(7);
	});
});

test('anything but a boolean is refused, and nothing is opened', async () => {
	const some: Channel<Uint8Array> = defineChannel({ name: uniqueName(), codec: bytes() });
	expect(await failureOf(() => loosely(readerOf, some, { reuseMemory: 'yes' }))).toMatchObject({
		name: 'TypeError',
		message: expect.stringContaining('reuseMemory'),
	});
});

test('a look for a data event leaves the last message as it is', async () => {
	const texts = ['first', 'other'];
	const unused = () => {
		throw new Error('not expected');
	};
	const native: NativeReader = {
		readBatch(slab, offset, index) {
			const text = Buffer.from(texts.shift() ?? '');
			slab.set(text, offset);
			index.set([0, 0, offset, offset + text.length]);
			return text.length > 0 ? 1 : 0;
		},
		takeEvents: () => [],
		wait: () => false,
		// The second message comes between this look and the next.
		available: () => 0,
		commit: () => {},
		...{ cancelWait: unused, waitSync: unused, stats: unused, ref: unused },
		...{ unref: unused, shutdown: unused, leave: unused },
		...withoutLeases,
	};
	let edges = 0;
	const host = {
		...{ name: 'reuse', keepAlive: new KeepAlive({}), dispatch: unused, report: unused, ended: unused },
		...{ emit: () => void edges++, takeRefusal: unused },
	};
	const batch = new Batch(native, bytes(), new CodecGuard(), 1024, true);
	const source = new ReadingCore(host, native, batch, noLeases(native), new ReaderLifecycle());
	const first = source.take();
	source.wantEdge();
	source[onWake](Wake.data);
	expect([first, edges]).toEqual([Buffer.from('first'), 1]);
	expect(source.take()).toEqual(Buffer.from('other'));
});
