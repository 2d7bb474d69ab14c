import { toArray } from 'ix/asynciterable';
import { buffer, filter, flatMap, map, take, timeout, withAbort } from 'ix/asynciterable/operators';
import { defineChannel, json, utf8 } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { afterEach, describe, expect, it } from 'vitest';
import { countDescriptors, countMappings } from './support/descriptors.js';
import { codeOf, numbers, pairOf, readerOf, turns, writerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

describe('iterableFrom', () => {
	it('is an AsyncIterableX: operators in pipe, to the end', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		writer.tryWriteBatch([1, 2, 3, 4, 5, 6]);
		writer.end();
		const results = iterableFrom(channel).pipe(
			filter((n) => n % 2 === 0),
			map((n) => n * 10),
			flatMap((n) => [n, n + 1]),
		);
		expect(await toArray(results)).toEqual([20, 21, 40, 41, 60, 61]);
	});

	it('every iteration of a channel has a reader of its own', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const iterable = iterableFrom(channel);
		const both = Promise.all([toArray(iterable), toArray(iterable)]);
		await writer.whenConnected(2);
		writer.tryWriteBatch([1, 2, 3]);
		writer.end();
		expect(await both).toEqual([
			[1, 2, 3],
			[1, 2, 3],
		]);
	});

	it('a given reader allows one iteration at a time, and stays open with keepOpen', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2, 3]);
		const iterable = iterableFrom(reader, { keepOpen: true });
		for await (const message of iterable) if (message === 2) break;
		expect(reader.closed).toBe(false);
		const waiting = iterable[Symbol.asyncIterator]();
		expect((await waiting.next()).value).toBe(3);
		const pending = waiting.next();
		expect(await codeOf(() => iterable[Symbol.asyncIterator]().next())).toBe('ERR_RINGWIRE_BUSY');
		await waiting.return?.();
		expect(await pending).toMatchObject({ done: true });
		writer.tryWrite(4);
		for await (const message of iterableFrom(reader)) {
			expect(message).toBe(4);
			break;
		}
		expect(reader.closed).toBe(true);
	});
});

describe('leaving an iteration releases everything', () => {
	const leaving: Record<
		string,
		(iterable: ReturnType<typeof iterableFrom<number>>, abort: AbortController) => Promise<void>
	> = {
		break: async (iterable) => {
			for await (const _ of iterable) break;
		},
		'an exception in the loop': async (iterable) => {
			for await (const _ of iterable) throw new Error('a mistake');
		},
		'return() while next waits': async (iterable) => {
			const iterator = iterable[Symbol.asyncIterator]();
			await iterator.next();
			const pending = iterator.next();
			await iterator.return?.();
			expect(await pending).toMatchObject({ done: true });
		},
		'throw() while next waits': async (iterable) => {
			const iterator = iterable[Symbol.asyncIterator]();
			await iterator.next();
			const pending = iterator.next();
			await iterator.throw?.(new Error('a mistake')).catch(() => {});
			expect(await pending).toMatchObject({ done: true });
		},
		'return() before the first next': async (iterable) => {
			await iterable[Symbol.asyncIterator]().return?.();
		},
		'break out of a pipeline': async (iterable) => {
			for await (const _ of iterable.pipe(map((n) => n))) break;
		},
		take: async (iterable) => {
			await toArray(iterable.pipe(take(1)));
		},
		'abort of the option while next waits': async (iterable, abort) => {
			const iterator = iterable[Symbol.asyncIterator]();
			await iterator.next();
			const pending = iterator.next();
			abort.abort(new Error('enough'));
			await expect(pending).rejects.toThrow('enough');
		},
		'abort by withAbort while a pipeline waits': async (iterable) => {
			const abort = new AbortController();
			const iterator = iterable
				.pipe(withAbort(abort.signal))
				.pipe(map((n) => n))
				[Symbol.asyncIterator]();
			await iterator.next();
			const pending = iterator.next();
			await turns();
			abort.abort(new Error('enough'));
			await expect(pending).rejects.toThrow('enough');
		},
		'an exception of an operator': async (iterable) => {
			const failing = iterable.pipe(
				map(() => {
					throw new Error('a mistake');
				}),
			);
			await toArray(failing);
		},
		'timeout while next waits': async (iterable) => {
			await expect(toArray(iterable.pipe(timeout(5)))).rejects.toThrow('Timeout');
		},
		'break out of buffer': async (iterable) => {
			for await (const messages of iterable.pipe(buffer(1))) {
				expect(messages).toEqual([1]);
				break;
			}
		},
		'abort of the option while a pipeline waits': async (iterable, abort) => {
			const iterator = iterable
				.pipe(
					filter((n) => n > 0),
					map((n) => n),
				)
				[Symbol.asyncIterator]();
			await iterator.next();
			const pending = iterator.next();
			await turns();
			abort.abort(new Error('enough'));
			await expect(pending).rejects.toThrow('enough');
		},
		'abort of withAbort beside the option': async (iterable) => {
			const abort = new AbortController();
			const iterator = iterable.pipe(withAbort(abort.signal))[Symbol.asyncIterator]();
			await iterator.next();
			const pending = iterator.next();
			abort.abort(new Error('enough'));
			await expect(pending).rejects.toThrow('enough');
		},
		'a signal that is aborted already': async (iterable, abort) => {
			abort.abort(new Error('enough'));
			await expect(iterable[Symbol.asyncIterator]().next()).rejects.toThrow('enough');
		},
	};

	it.each(Object.entries(leaving))('%s', async (_name, leave) => {
		const channel = numbers();
		const writer = writerOf(channel);
		// The first reader makes the writer open the descriptors that it keeps.
		const first = readerOf(channel);
		await writer.whenConnected();
		await first.close();
		await until(() => writer.peers.length === 0);
		const before = [countDescriptors(), countMappings()];
		writer.tryWrite(1);
		const abort = new AbortController();
		await leave(iterableFrom(channel, { signal: abort.signal }), abort).catch((error) => {
			expect(error.message).toBe('a mistake');
		});
		await until(() => writer.peers.length === 0 && countMappings() === before[1]);
		expect(countDescriptors()).toBe(before[0]);
	});
});

describe('errors', () => {
	it('a refused link fails the iteration with MISMATCH while no other peer is connected', async () => {
		const name = uniqueName();
		writerOf(defineChannel({ name, codec: utf8() })).on('error', () => {});
		expect(await codeOf(() => toArray(iterableFrom(defineChannel({ name, codec: json() }))))).toBe(
			'ERR_RINGWIRE_MISMATCH',
		);
	});

	it('with onPeerDeath "error" it fails with PEER_DIED after everything that the killed writer had published', async () => {
		const channel = defineChannel({ name: uniqueName(), codec: utf8() });
		const program = startProgram('writer', {
			channel: channel.name,
			overflow: 'block',
			label: 'w',
			count: 100,
			padding: 1,
			readers: 0,
			capacity: 64 * 1024,
			depth: 256,
			hang: true,
		});
		await program.received('written');
		const received: string[] = [];
		const iterable = iterableFrom(channel, { onPeerDeath: 'error' });
		const code = await codeOf(async () => {
			for await (const message of iterable) {
				received.push(message);
				if (received.length === 50) await program.kill();
			}
		});
		expect({ count: received.length, code }).toEqual({ count: 100, code: 'ERR_RINGWIRE_PEER_DIED' });
	});

	it('refuses wrong arguments at once', () => {
		const channel = numbers();
		expect(() => iterableFrom(writerOf(channel) as never)).toThrow(TypeError);
		expect(() => iterableFrom(readerOf(channel), { lossy: true })).toThrow(/lossy.*open already/);
		expect(() => iterableFrom(channel, { keepOpen: 1 as never })).toThrow(TypeError);
	});
});
