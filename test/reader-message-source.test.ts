import { defineChannel, type Reader } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { type MessageSource, messageSource, nothing } from '../src/reader/message-source.js';
import type { ChannelReader } from '../src/reader/reader.js';
import { codeOf, numbers, pairOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** The hook by which adapters drain a reader without a promise per message. */
function sourceOf<T>(reader: Reader<T>): MessageSource<T> {
	return (reader as ChannelReader<T>)[messageSource];
}

function drain<T>(source: MessageSource<T>): T[] {
	const messages: T[] = [];
	for (let message = source.next(); message !== nothing; message = source.next()) messages.push(message);
	return messages;
}

const sent = [...Array(2500).keys()];

test('next returns messages up to the budget of a turn, and whenReadable lets the loop turn', async () => {
	const { writer, reader } = await pairOf(numbers());
	const source = sourceOf(reader);
	expect(source.next()).toBe(nothing);
	expect(writer.tryWriteBatch(sent)).toBe(2500);
	const first = drain(source);
	expect(first.length).toBe(1024);
	expect(source.next()).toBe(nothing);
	let passed = false;
	setImmediate(() => {
		passed = true;
	});
	expect(await source.whenReadable()).toBe('readable');
	expect(passed).toBe(true);
	const second = drain(source);
	expect(second.length).toBe(1024);
	expect(await source.whenReadable()).toBe('readable');
	expect([...first, ...second, ...drain(source)]).toEqual(sent);
});

test('large messages spend the budget by their bytes', async () => {
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName() }));
	const source = sourceOf(reader);
	expect(writer.tryWriteBatch(Array(100).fill(new Uint8Array(20_000)))).toBe(100);
	expect(drain(source).length).toBe(Math.ceil(1024 ** 2 / 20_000));
	expect(await source.whenReadable()).toBe('readable');
	expect(drain(source).length).toBe(100 - Math.ceil(1024 ** 2 / 20_000));
});

test('a call that never waits has no budget', async () => {
	const { writer, reader } = await pairOf(numbers());
	writer.tryWriteBatch(sent);
	const seen: number[] = [];
	for (let message = reader.tryRead(); message !== undefined; message = reader.tryRead()) seen.push(message);
	expect(seen).toEqual(sent);
});

describe('whenReadable', () => {
	test('resolves when there is a message, and leaves it in the ring', async () => {
		const { writer, reader } = await pairOf(numbers());
		const source = sourceOf(reader);
		const readable = source.whenReadable();
		writer.tryWrite(1);
		expect(await readable).toBe('readable');
		expect(reader.available).toBe(1);
		expect(source.next()).toBe(1);
	});

	test('distinguishes an end from a close, also for later calls', async () => {
		const ended = await pairOf(numbers());
		const waiting = sourceOf(ended.reader).whenReadable();
		ended.writer.end();
		// Something is there, and it turns out to be the end.
		if ((await waiting) === 'readable') drain(sourceOf(ended.reader));
		expect(await sourceOf(ended.reader).whenReadable()).toBe('ended');
		const closed = await pairOf(numbers());
		const alsoWaiting = sourceOf(closed.reader).whenReadable();
		await closed.reader.close();
		expect(await alsoWaiting).toBe('closed');
		expect(await sourceOf(closed.reader).whenReadable()).toBe('closed');
	});

	test('rejects with BUSY while a call waits, which continues to wait', async () => {
		const { writer, reader } = await pairOf(numbers());
		const pending = reader.read();
		expect(await codeOf(() => sourceOf(reader).whenReadable())).toBe('ERR_RINGWIRE_BUSY');
		writer.tryWrite(1);
		expect(await pending).toBe(1);
	});

	test('rejects with the reason when aborted, and then another call may wait', async () => {
		const { writer, reader } = await pairOf(numbers());
		const abort = new AbortController();
		const reason = new Error('enough');
		const waiting = sourceOf(reader).whenReadable(abort.signal);
		await turns(3);
		abort.abort(reason);
		await expect(waiting).rejects.toBe(reason);
		const pending = reader.read();
		writer.tryWrite(1);
		expect(await pending).toBe(1);
	});
});

test('data is emitted for the messages that are left after a read that waited', async () => {
	const { writer, reader } = await pairOf(numbers());
	const edges: number[] = [];
	reader.on('data', ({ available }) => edges.push(available));
	expect(reader.tryRead()).toBe(undefined);
	const pending = reader.read();
	writer.tryWrite(1);
	expect(await pending).toBe(1);
	await turns(3);
	expect(edges).toEqual([]);
	writer.tryWrite(2);
	await until(() => edges.length > 0);
	expect(edges).toEqual([1]);
});
