import { type Codec, defineChannel, type Reader } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { codeOf, numbers, pairOf, readerOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const reason = new Error('enough');
const done = { done: true, value: undefined };

test('gives every message in order and finishes at the end', async () => {
	const { writer, reader } = await pairOf(numbers());
	const sent = [...Array(3000).keys()];
	const seen: number[] = [];
	const reading = (async () => {
		for await (const message of reader) seen.push(message);
	})();
	for (const message of sent) await writer.write(message);
	writer.end();
	await reading;
	expect(seen).toEqual(sent);
	expect(reader.closed).toBe(true);
});

test('leaving the loop closes the reader; messages that were not delivered stay for the next one', async () => {
	const channel = numbers();
	const { writer, reader } = await pairOf(channel);
	writer.tryWriteBatch([0, 1, 2]);
	for await (const message of reader) if (message === 1) break;
	expect(reader.closed).toBe(true);
	expect(await readerOf(channel).read()).toBe(2);
});

test('an exception in the loop closes the reader and is rethrown', async () => {
	const { writer, reader } = await pairOf(numbers());
	writer.tryWrite(0);
	const loop = (async () => {
		for await (const _ of reader) throw reason;
	})();
	await expect(loop).rejects.toBe(reason);
	expect(reader.closed).toBe(true);
});

test('with keepOpen the reader stays open when the loop is left, and another loop goes on', async () => {
	const { writer, reader } = await pairOf(numbers());
	writer.tryWriteBatch([0, 1, 2]);
	for await (const message of reader.iterate({ keepOpen: true })) if (message === 0) break;
	expect(reader.closed).toBe(false);
	for await (const message of reader.iterate({ keepOpen: true })) if (message === 1) break;
	expect(await reader.read()).toBe(2);
});

describe.each([false, true])('while next waits, keepOpen %s', (keepOpen) => {
	const waiting = async () => {
		const { writer, reader } = await pairOf(numbers());
		const abort = new AbortController();
		const iterator = reader.iterate({ keepOpen, signal: abort.signal });
		const pending = iterator.next();
		pending.catch(() => {});
		await turns(3);
		return { writer, reader, iterator, pending, abort };
	};
	const goesOn = async ({ writer, reader }: Awaited<ReturnType<typeof waiting>>) => {
		expect(reader.closed).toBe(!keepOpen);
		if (!keepOpen) return;
		const read = reader.read();
		writer.tryWrite(5);
		expect(await read).toBe(5);
	};

	test('return() finishes both at once', async () => {
		const all = await waiting();
		expect(await all.iterator.return?.()).toEqual(done);
		expect(await all.pending).toEqual(done);
		expect(await all.iterator.next()).toEqual(done);
		await goesOn(all);
	});

	test('throw() finishes the one that waits and rejects itself', async () => {
		const all = await waiting();
		await expect(all.iterator.throw?.(reason)).rejects.toBe(reason);
		expect(await all.pending).toEqual(done);
		await goesOn(all);
	});

	test('abort rejects the one that waits, and only that one', async () => {
		const all = await waiting();
		all.abort.abort(reason);
		await expect(all.pending).rejects.toBe(reason);
		expect(await all.iterator.next()).toEqual(done);
		await goesOn(all);
	});

	test('a second next is BUSY and changes nothing', async () => {
		const { writer, iterator, pending } = await waiting();
		expect(await codeOf(() => iterator.next())).toBe('ERR_RINGWIRE_BUSY');
		writer.tryWrite(1);
		expect(await pending).toEqual({ done: false, value: 1 });
	});

	test('close of the reader finishes it', async () => {
		const { reader, iterator, pending } = await waiting();
		await reader.close();
		expect(await pending).toEqual(done);
		expect(await iterator.next()).toEqual(done);
	});

	test('the end finishes it', async () => {
		const { writer, pending } = await waiting();
		writer.end();
		expect(await pending).toEqual(done);
	});
});

describe('an abort between two messages', () => {
	const between = async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([0, 1]);
		const abort = new AbortController();
		return { reader, abort, iterator: reader.iterate({ signal: abort.signal }) };
	};

	test('rejects the next call, so that it does not look like the end', async () => {
		const { reader, abort, iterator } = await between();
		expect(await iterator.next()).toEqual({ done: false, value: 0 });
		abort.abort(reason);
		expect(reader.closed).toBe(true);
		await expect(iterator.next()).rejects.toBe(reason);
		expect(await iterator.next()).toEqual(done);
	});

	test('before the first message rejects and closes the reader', async () => {
		const { reader, abort, iterator } = await between();
		abort.abort(reason);
		await expect(iterator.next()).rejects.toBe(reason);
		expect(reader.closed).toBe(true);
	});

	test('after the loop was left does nothing', async () => {
		const { abort, iterator } = await between();
		await iterator.next();
		await iterator.return?.();
		abort.abort(reason);
		expect(await iterator.next()).toEqual(done);
	});
});

test('the abort of the reader itself makes the loop throw, not end', async () => {
	const abort = new AbortController();
	const reader = readerOf(numbers(), { signal: abort.signal });
	const loop = (async () => {
		for await (const _ of reader);
	})();
	abort.abort(reason);
	await expect(loop).rejects.toBe(reason);
});

test('a message that cannot be decoded makes the loop throw and closes the reader', async () => {
	const broken: Codec<number> = {
		id: 'broken',
		encode: () => Buffer.from('x'),
		decode() {
			throw reason;
		},
	};
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: broken }));
	const collect = async (source: Reader<number>) => {
		for await (const _ of source);
	};
	writer.tryWrite(1);
	await expect(collect(reader)).rejects.toMatchObject({ code: 'ERR_RINGWIRE_DECODE', cause: reason });
	expect(reader.closed).toBe(true);
});

test('messages that are buffered are given without a turn of the loop in between, up to the budget', async () => {
	const { writer, reader } = await pairOf(numbers());
	writer.tryWriteBatch([...Array(3000).keys()]);
	let passed = 0;
	const count = () => {
		passed++;
		immediate = setImmediate(count);
	};
	let immediate = setImmediate(count);
	const iterator = reader.iterate();
	for (let i = 0; i < 1024; i++) await iterator.next();
	expect(passed).toBe(0);
	for (let i = 1024; i < 3000; i++) await iterator.next();
	expect(passed).toBeGreaterThanOrEqual(1);
	expect(passed).toBeLessThanOrEqual(4);
	clearImmediate(immediate);
});
