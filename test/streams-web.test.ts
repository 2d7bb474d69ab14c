import { randomBytes } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { bytes, defineChannel, defineDuplex, structured } from 'ringwire';
import { createWebDuplex, createWebReadable, createWebWritable, createWriteStream } from 'ringwire/streams';
import { expect, it } from 'vitest';
import { accept, clientOf, serverOf } from './support/connected.js';
import { codeOf, numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

it('bytes go through from one Web stream to another', async () => {
	const channel = defineChannel({ name: uniqueName(), codec: bytes(), capacity: 64 * 1024, messageMax: 5000 });
	const sent = randomBytes(1024 * 1024);
	const source = new Blob([sent]).stream();
	const transfer = source.pipeTo(createWebWritable(channel));
	const received: Uint8Array[] = [];
	for await (const chunk of createWebReadable(channel)) received.push(chunk);
	await transfer;
	expect(Buffer.concat(received).equals(sent)).toBe(true);
});

it('close waits for a first reader, as the end of a Node stream does', async () => {
	const channel = numbers();
	const writer = createWebWritable(channel).getWriter();
	await writer.write(1);
	let closed = false;
	const closing = writer.close().then(() => {
		closed = true;
	});
	await turns(20);
	expect(closed).toBe(false);
	const reader = readerOf(channel);
	expect([await reader.read(), await reader.read()]).toEqual([1, undefined]);
	await closing;
});

it('an aborted writer does not look like the end to the reader', async () => {
	const channel = numbers();
	const writer = createWebWritable(channel).getWriter();
	const reader = createWebReadable(channel).getReader();
	await writer.write(1);
	expect(await reader.read()).toEqual({ done: false, value: 1 });
	await writer.abort(new Error('the source failed'));
	expect(await codeOf(() => reader.read())).toBe('ERR_RINGWIRE_PEER_DIED');
});

it('cancel closes the reader', async () => {
	const channel = numbers();
	const writer = writerOf(channel);
	const readable = createWebReadable(channel);
	await writer.whenConnected();
	await readable.cancel();
	await until(() => writer.peers.length === 0);
});

it('an unread byte stream takes a bounded number of bytes out of the ring', async () => {
	const channel = defineChannel({ name: uniqueName(), codec: bytes(), capacity: 64 * 1024 });
	const writer = writerOf(channel);
	const readable = createWebReadable(channel);
	await writer.whenConnected();
	let written = 0;
	for (let idle = 0; idle < 200; idle++) {
		while (writer.tryWrite(Buffer.alloc(4096))) {
			written += 4096;
			idle = 0;
		}
		await turns();
	}
	// The lane, both buffers, and the chunk that each of them takes beyond its mark.
	expect(written).toBeLessThanOrEqual(64 * 1024 + 2 * 64 * 1024 + 2 * 4096);
	await readable.cancel();
});

it('a full ring is backpressure: ready waits', async () => {
	const channel = numbers(tiny);
	const writer = createWebWritable(channel).getWriter();
	let written = 0;
	let settled = 0;
	for (; written < 10; written++) {
		writer.write(written).then(
			() => settled++,
			() => {},
		);
	}
	await turns(20);
	expect(writer.desiredSize).toBeLessThanOrEqual(0);
	expect(settled).toBeLessThan(10);
	const reader = readerOf(channel);
	for (let i = 0; i < 10; i++) expect(await reader.read()).toBe(i);
	await writer.ready;
	await writer.abort();
});

it.each([
	['an ArrayBuffer', () => Uint8Array.of(1, 2, 3).buffer],
	['a SharedArrayBuffer', () => Buffer.from(new SharedArrayBuffer(3)).fill(7).buffer],
	['a DataView', () => new DataView(Uint8Array.of(0, 4, 5, 0).buffer, 1, 2)],
])('a writable of bytes accepts %s', async (_, make) => {
	const channel = defineChannel({ name: uniqueName(), codec: bytes() });
	const reader = readerOf(channel);
	const chunk = make();
	const sent = ArrayBuffer.isView(chunk) ? Buffer.from(chunk.buffer, 1, 2) : Buffer.from(chunk);
	const web = createWebWritable(channel).getWriter();
	await web.write(chunk);
	expect(await reader.read()).toEqual(sent);
	const node = createWriteStream(channel);
	node.write(chunk);
	node.end(chunk);
	expect([await reader.read(), await reader.read()]).toEqual([sent, sent]);
	await web.close();
	await finished(node);
});

it('a duplex of bytes accepts an ArrayBuffer', async () => {
	const duplex = defineDuplex({ name: uniqueName() });
	const server = serverOf(duplex);
	const [client, accepted] = await Promise.all([clientOf(duplex), accept(server)]);
	const { readable, writable } = createWebDuplex(client);
	const writer = writable.getWriter();
	await writer.write(Uint8Array.of(1, 2, 3).buffer);
	expect(await accepted.reader.read()).toEqual(Buffer.of(1, 2, 3));
	await readable.cancel();
});

it('an ArrayBuffer stays one where the codec takes objects', async () => {
	const channel = defineChannel({ name: uniqueName(), codec: structured() });
	const reader = readerOf(channel);
	const writer = createWebWritable(channel).getWriter();
	await writer.write(Uint8Array.of(1, 2, 3).buffer);
	expect(await reader.read()).toBeInstanceOf(ArrayBuffer);
	await writer.close();
});

it('an ArrayBuffer that was transferred is refused', async () => {
	const channel = defineChannel({ name: uniqueName(), codec: bytes() });
	const reader = readerOf(channel);
	const chunk = new ArrayBuffer(3);
	structuredClone(chunk, { transfer: [chunk] });
	const writer = createWebWritable(channel).getWriter();
	await expect(writer.write(chunk)).rejects.toThrow(TypeError);
	await reader.close();
});
