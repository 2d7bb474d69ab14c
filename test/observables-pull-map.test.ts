import { fromChannel, pullMap } from 'ringwire/observables';
import { defer, firstValueFrom, lastValueFrom, map, NEVER, of, Subject, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { numbers, pairOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** Work that is finished by the test. */
function workshop() {
	const running = new Map<number, Subject<string>>();
	let most = 0;
	return {
		running,
		get most() {
			return most;
		},
		work(message: number) {
			return defer(() => {
				const result = new Subject<string>();
				running.set(message, result);
				most = Math.max(most, running.size);
				return result;
			});
		},
		finish(message: number) {
			const result = running.get(message);
			running.delete(message);
			result?.next(`done ${message}`);
			result?.complete();
		},
	};
}

describe('pullMap', () => {
	it('works on one message at a time, and the others stay in the ring', async () => {
		const { writer, reader } = await pairOf(numbers({ capacity: 64 * 1024, depth: 16 }));
		const shop = workshop();
		const results: string[] = [];
		fromChannel(reader)
			.pipe(pullMap((message) => shop.work(message)))
			.subscribe({ next: (result) => results.push(result), error: () => {} });
		let written = 0;
		for (let idle = 0; idle < 50; idle++) {
			while (writer.tryWrite(written)) {
				written++;
				idle = 0;
			}
			await turns();
		}
		expect([...shop.running.keys()]).toEqual([0]);
		expect(written).toBeLessThanOrEqual(17);
		for (let i = 0; i < written; i++) {
			await until(() => shop.running.has(i));
			expect(shop.running.size).toBe(1);
			shop.finish(i);
		}
		expect(results).toEqual(Array.from({ length: written }, (_, i) => `done ${i}`));
		await reader.close();
	});

	it('works on `concurrency` messages at a time, and they may finish in any order', async () => {
		const { writer, reader } = await pairOf(numbers());
		const shop = workshop();
		const results = firstValueFrom(
			fromChannel(reader).pipe(
				pullMap((message) => shop.work(message), { concurrency: 3 }),
				toArray(),
			),
		);
		writer.tryWriteBatch([0, 1, 2, 3, 4, 5]);
		writer.end();
		for (const [i, message] of [2, 0, 3, 4, 1, 5].entries()) {
			await until(() => shop.running.size === Math.min(3, 6 - i));
			shop.finish(message);
		}
		expect(await results).toEqual([2, 0, 3, 4, 1, 5].map((i) => `done ${i}`));
		expect(shop.most).toBe(3);
	});

	it('takes promises, iterables and Observables, and passes the index', async () => {
		const { writer, reader } = await pairOf(numbers());
		const project = (message: number, index: number) => {
			if (message === 10) return Promise.resolve([message, index]);
			return message === 20 ? [[message, index]] : of([message, index], [message, index]);
		};
		writer.tryWriteBatch([10, 20, 30]);
		writer.end();
		expect(await firstValueFrom(fromChannel(reader).pipe(pullMap(project), toArray()))).toEqual([
			[10, 0],
			[20, 1],
			[30, 2],
			[30, 2],
		]);
	});

	it('a long run of promises keeps the order and gives the event loop its turns', async () => {
		const channel = numbers({ capacity: 1024 * 1024, depth: 16_384 });
		const writer = writerOf(channel);
		let passed = 0;
		let counting = true;
		const count = () => {
			passed++;
			if (counting) setImmediate(count);
		};
		const results = firstValueFrom(
			fromChannel(channel).pipe(
				pullMap(async (message) => message),
				toArray(),
			),
		);
		await writer.whenConnected();
		for (let i = 0; writer.tryWrite(i); i++);
		writer.end();
		setImmediate(count);
		expect(await results).toEqual([...Array(16_384).keys()]);
		counting = false;
		expect(passed).toBeGreaterThanOrEqual(16);
	});

	it('a long run of work that is done at once does not grow the stack', async () => {
		const { writer, reader } = await pairOf(numbers({ depth: 16_384 }));
		for (let i = 0; writer.tryWrite(i); i++);
		writer.end();
		expect(await lastValueFrom(fromChannel(reader).pipe(pullMap((message) => of(message))))).toBe(16_383);
	});

	it('the other subscribers get each message together with it, and wait as well', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader);
		const shop = workshop();
		const plain: number[] = [];
		messages.pipe(pullMap((message) => shop.work(message))).subscribe({ error: () => {} });
		messages.subscribe({ next: (message) => plain.push(message), error: () => {} });
		writer.tryWriteBatch([1, 2]);
		await until(() => plain.length === 1);
		await turns(10);
		expect(plain).toEqual([1]);
		shop.finish(1);
		await until(() => plain.length === 2);
		await reader.close();
	});

	it('a subscriber that leaves during its work no longer holds up the others', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader);
		const plain: number[] = [];
		const stuck = messages.pipe(pullMap(() => NEVER)).subscribe();
		messages.subscribe({ next: (message) => plain.push(message), error: () => {} });
		writer.tryWriteBatch([1, 2, 3]);
		await until(() => plain.length === 1);
		stuck.unsubscribe();
		await until(() => plain.length === 3);
		await reader.close();
	});

	it('completes when the work is done, and not before', async () => {
		const { writer, reader } = await pairOf(numbers());
		const shop = workshop();
		let completed = false;
		fromChannel(reader)
			.pipe(pullMap((message) => shop.work(message), { concurrency: 2 }))
			.subscribe({
				complete: () => {
					completed = true;
				},
			});
		writer.tryWrite(1);
		writer.end();
		await until(() => reader.closed);
		await turns();
		expect(completed).toBe(false);
		shop.finish(1);
		expect(completed).toBe(true);
	});

	it.each([
		['the work', () => throwError(() => new Error('a mistake'))],
		[
			'project',
			() => {
				throw new Error('a mistake');
			},
		],
		['a promise', () => Promise.reject(new Error('a mistake'))],
	])('fails with the error of %s, and the other subscribers go on', async (_what, project) => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader);
		const plain = firstValueFrom(messages.pipe(toArray()));
		const failing = lastValueFrom(messages.pipe(pullMap(project)));
		writer.tryWriteBatch([1, 2, 3]);
		writer.end();
		await expect(failing).rejects.toThrow('a mistake');
		expect(await plain).toEqual([1, 2, 3]);
	});

	it('each subscription counts for itself', async () => {
		const { writer, reader } = await pairOf(numbers());
		const doubled = fromChannel(reader).pipe(pullMap(async (message) => message * 2));
		const results = Promise.all([firstValueFrom(doubled.pipe(toArray())), firstValueFrom(doubled.pipe(toArray()))]);
		writer.tryWriteBatch([1, 2, 3]);
		writer.end();
		expect(await results).toEqual([
			[2, 4, 6],
			[2, 4, 6],
		]);
	});

	it('refuses any other source, and wrong arguments', () => {
		const messages = fromChannel(numbers());
		expect(() => of(1).pipe(pullMap((n) => [n]))).toThrow(/must be the result of fromChannel/);
		expect(() =>
			messages.pipe(
				map(String),
				pullMap((text) => [text]),
			),
		).toThrow(TypeError);
		expect(() => pullMap(() => [], { concurrency: 0 })).toThrow(RangeError);
		expect(() => pullMap(undefined as never)).toThrow(TypeError);
	});
});
