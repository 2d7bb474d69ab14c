import { getEventListeners } from 'node:events';
import { finished } from 'node:stream/promises';
import { connect, connectService, defineDuplex, defineService, openReader, openWriter } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { createReadStream, createWriteStream } from 'ringwire/streams';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { onAbort } from '../src/base/abort.js';
import { collect, collectUntil } from './support/lifetime.js';
import { fill, numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

describe('the listeners to one signal', () => {
	test('are all called, in order, also when one of them throws; its exception becomes an uncaught one', async () => {
		const uncaught = captureUncaught();
		const aborting = new AbortController();
		const called: number[] = [];
		for (const i of [0, 1, 2, 3]) {
			onAbort(aborting.signal, () => {
				called.push(i);
				if (i === 1) throw new Error('mine');
			});
		}
		aborting.abort();
		expect(called).toEqual([0, 1, 2, 3]);
		await turns();
		expect(uncaught).toEqual([new Error('mine')]);
	});

	test('are not called when they were removed, also by another one', () => {
		const aborting = new AbortController();
		const called: string[] = [];
		const removed = onAbort(aborting.signal, () => called.push('removed'));
		onAbort(aborting.signal, () => {
			called.push('removing');
			last();
		});
		const last = onAbort(aborting.signal, () => called.push('last'));
		removed();
		aborting.abort();
		expect(called).toEqual(['removing']);
	});

	test('share one listener of the signal, which is removed with the last of them', () => {
		const { signal } = new AbortController();
		const added: unknown[] = [];
		const { addEventListener, removeEventListener } = signal;
		signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
			added.push(args[1]);
			Reflect.apply(addEventListener, signal, args);
		};
		signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
			added.splice(added.indexOf(args[1]), 1);
			Reflect.apply(removeEventListener, signal, args);
		};
		const listener = () => {};
		const removes = [listener, listener, () => {}].map((each) => onAbort(signal, each));
		expect(added).toHaveLength(1);
		for (const remove of [...removes, ...removes]) remove();
		expect(added).toEqual([]);
		onAbort(signal, listener)();
		expect(added).toEqual([]);
	});
});

test('collected handles leave no listener on a long-lived signal', async () => {
	const { signal } = new AbortController();
	(() => {
		for (let i = 0; i < 60; i++) {
			openReader(numbers(tiny), { signal });
			openWriter(numbers(tiny), { signal });
		}
	})();
	expect(getEventListeners(signal, 'abort')).toHaveLength(1);
	await collectUntil(() => getEventListeners(signal, 'abort').length === 0);
	expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('20,000 waits on one long-lived signal do not grow the heap', async () => {
	const { signal } = new AbortController();
	const { writer, reader } = await pairOf(numbers());
	const wait = async (count: number) => {
		for (let i = 0; i < count; i++) {
			const pending = reader.read({ signal });
			writer.tryWrite(i);
			await pending;
		}
	};
	await wait(1000);
	collect();
	const before = process.memoryUsage().heapUsed;
	await wait(20_000);
	collect();
	expect(process.memoryUsage().heapUsed - before).toBeLessThan(500_000);
});

test('an iteration with two signals leaves no listener on either, and merges them without AbortSignal.any, which leaks', async () => {
	const any = vi.spyOn(AbortSignal, 'any');
	onTestFinished(() => any.mockRestore());
	const { writer, reader } = await pairOf(numbers());
	const signals = [new AbortController().signal, new AbortController().signal] as const;
	const iterator = iterableFrom(reader, { signal: signals[0], keepOpen: true })[Symbol.asyncIterator](signals[1]);
	const pending = iterator.next();
	const listeners = () => signals.map((signal) => getEventListeners(signal, 'abort').length);
	expect(listeners()).toEqual([1, 1]);
	writer.tryWrite(1);
	await pending;
	await iterator.return?.();
	expect(listeners()).toEqual([0, 0]);
	expect(any).not.toHaveBeenCalled();
});

describe.each([
	['an object without a prototype', Object.create(null)],
	['an object whose text throws', { toString: () => Number.parseInt.call(null, Symbol() as never) }],
	['a symbol', Symbol('why')],
	['null', null],
])('the reason %s', (_, reason) => {
	test('rejects every call that waits on the signal', async () => {
		const uncaught = captureUncaught();
		const aborting = new AbortController();
		const { signal } = aborting;
		const channel = numbers(tiny);
		const full = writerOf(channel);
		fill(full);
		const idle = writerOf(numbers());
		idle.tryWrite(0);
		const streams = [createReadStream(numbers(), { signal }).resume(), createWriteStream(numbers(), { signal })];
		const errors = streams.map((stream) => finished(stream).catch((error: unknown) => error));
		const reader = readerOf(numbers());
		const waits = [
			() => full.write(1, { signal }),
			() => idle.flush({ signal }),
			() => idle.whenConnected(1, { signal }),
			() => reader.read({ signal }),
			() => readerOf(numbers()).iterate({ signal }).next(),
			() => iterableFrom(numbers(), { signal })[Symbol.asyncIterator]().next(),
			() => connect(defineDuplex({ name: uniqueName() }), { signal }),
			() => connectService(defineService({ name: uniqueName() }), { signal }),
		].map((wait) =>
			wait().then(
				() => 'resolved',
				(error: unknown) => ({ error }),
			),
		);
		await turns();
		aborting.abort(reason);
		expect(await Promise.all(waits)).toEqual(waits.map(() => ({ error: reason })));
		for (const error of await Promise.all(errors)) {
			expect(error).toBeInstanceOf(Error);
			expect(error).toHaveProperty('cause', reason);
		}
		expect(uncaught).toEqual([]);
	});

	test('closes the handles that were opened with the signal', () => {
		const aborting = new AbortController();
		const { signal } = aborting;
		const handles = [writerOf(numbers(), { signal }), readerOf(numbers(), { signal })];
		aborting.abort(reason);
		expect(handles.map(({ closed }) => closed)).toEqual([true, true]);
	});
});
