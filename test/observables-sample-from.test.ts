import { defineChannel, json, type Overflow, openWriter } from 'ringwire';
import { sampleFrom } from 'ringwire/observables';
import { NEVER, Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { picky } from './support/picky.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(() => vi.useRealTimers());

const policies = ['block', 'drop-oldest', 'drop-newest', 'latest'] as const satisfies readonly Overflow[];

/** A sampling with the ticks of the test, and its samples. */
function sampling(
	source: Parameters<typeof sampleFrom<number>>[0],
	options?: Parameters<typeof sampleFrom<number>>[2],
) {
	const ticks = new Subject<void>();
	const seen: unknown[] = [];
	const subscription = sampleFrom(source, ticks, options).subscribe({
		next: (message) => seen.push(message),
		error: (error) => seen.push(error),
		complete: () => seen.push('complete'),
	});
	return { seen, ticks, subscription, tick: () => ticks.next() };
}

describe.each(policies)('sampleFrom, %s', (overflow) => {
	it('emits the newest message at each tick, nothing without a message, and completes at the end', async () => {
		const channel = numbers({ overflow });
		const writer = writerOf(channel);
		const { seen, tick } = sampling(channel);
		await writer.whenConnected();
		tick();
		expect(seen).toEqual([]);
		writer.tryWriteBatch([1, 2, 3]);
		tick();
		tick();
		expect(seen).toEqual([3]);
		await turns(5);
		writer.tryWriteBatch([4, 5]);
		await turns(5);
		writer.tryWrite(6);
		writer.end();
		await turns(5);
		expect(seen).toEqual([3]);
		tick();
		expect(seen).toEqual([3, 6]);
		await until(() => {
			tick();
			return seen.length > 2;
		});
		expect(seen).toEqual([3, 6, 'complete']);
	});

	it('makes no writer wait for a tick', async () => {
		const channel = numbers({ ...tiny, overflow });
		const writer = writerOf(channel);
		const { seen, tick, subscription } = sampling(channel);
		await writer.whenConnected();
		for (let i = 0; i < 500; i++) {
			await writer.write(i);
			await turns();
		}
		await until(() => writer.free > 0);
		tick();
		expect(seen).toEqual([499]);
		subscription.unsubscribe();
		await until(() => writer.peers.length === 0);
	});
});

describe('sampleFrom', () => {
	it.each(['latest', 'drop-oldest'] as const)(
		'%s: between two ticks nothing is read or decoded',
		async (overflow) => {
			let decoded = 0;
			const { decode, ...codec } = json<number>();
			const channel = defineChannel({
				name: uniqueName(),
				overflow,
				codec: {
					...codec,
					decode(bytes) {
						decoded++;
						return decode(bytes);
					},
				},
			});
			const writer = writerOf(channel);
			const { seen, tick, subscription } = sampling(channel);
			await writer.whenConnected();
			for (let round = 1; round <= 10; round++) {
				for (let i = 0; i < 100; i++) writer.tryWrite(round);
				await turns(3);
				expect(decoded).toBe(round - 1);
				tick();
			}
			expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
			expect(decoded).toBe(10);
			subscription.unsubscribe();
		},
	);

	it('ticks by itself every so many milliseconds', async () => {
		const channel = numbers({ overflow: 'latest' });
		const writer = writerOf(channel);
		await turns();
		vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
		const seen: number[] = [];
		const subscription = sampleFrom(channel, { everyMs: 20 }).subscribe((message) => seen.push(message));
		await writer.whenConnected();
		for (let i = 0; i < 10; i++) {
			writer.tryWrite(i);
			vi.advanceTimersByTime(10);
		}
		expect(seen).toEqual([1, 3, 5, 7, 9]);
		subscription.unsubscribe();
	});

	it('shares one Reader and the samples between its subscribers', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const ticks = new Subject<void>();
		const samples = sampleFrom(channel, ticks);
		const seen: number[][] = [[], []];
		const subscriptions = seen.map((list) => samples.subscribe((message) => list.push(message)));
		await writer.whenConnected();
		expect(writer.peers.length).toBe(1);
		writer.tryWrite(1);
		ticks.next();
		expect(seen).toEqual([[1], [1]]);
		for (const subscription of subscriptions) subscription.unsubscribe();
		expect(ticks.observed).toBe(false);
		await until(() => writer.peers.length === 0);
	});

	it('completes with its notifier and fails with it, and its Reader closes', async () => {
		for (const how of ['complete', 'error'] as const) {
			const channel = numbers();
			const writer = writerOf(channel);
			const { seen, ticks } = sampling(channel);
			await writer.whenConnected();
			ticks[how]('mistake');
			expect(seen).toEqual([how === 'error' ? 'mistake' : 'complete']);
			await until(() => writer.peers.length === 0);
		}
	});

	it('fails with CLOSED when its Reader is closed, with BUSY when another call reads, and keepOpen leaves a given Reader open', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const first = sampling(reader, { keepOpen: true });
		const second = sampling(reader);
		expect(second.seen).toMatchObject([{ code: 'ERR_RINGWIRE_BUSY' }]);
		first.subscription.unsubscribe();
		expect(reader.closed).toBe(false);
		const third = sampling(reader);
		await reader.close();
		third.tick();
		expect(third.seen).toMatchObject([{ code: 'ERR_RINGWIRE_CLOSED' }]);
	});

	it('a message that cannot be decoded is an event, or fails it', async () => {
		const name = uniqueName();
		const raw = { ...json<string>(), encode: (text: string) => Buffer.from(text) };
		const writer = openWriter(defineChannel({ name, codec: raw }));
		const channel = defineChannel({ name, codec: json<number>() });
		const reader = readerOf(channel);
		const errors: string[] = [];
		reader.on('error', ({ error }) => errors.push(error.code));
		const lenient = sampling(reader);
		const strict = sampling(channel, { onDecodeError: 'error' });
		await writer.whenConnected(2);
		writer.tryWrite('{');
		lenient.tick();
		strict.tick();
		writer.tryWrite('1');
		lenient.tick();
		expect(lenient.seen).toEqual([1]);
		expect(errors).toEqual(['ERR_RINGWIRE_DECODE']);
		expect(strict.seen).toMatchObject([{ code: 'ERR_RINGWIRE_DECODE' }]);
		lenient.subscription.unsubscribe();
		await writer.close({ lingerMs: 0 });
	});

	it.each([0, 1.5, '20', 2 ** 31])('everyMs: %j is refused', (everyMs) => {
		expect(() => Reflect.apply(sampleFrom, undefined, [numbers(), { everyMs }])).toThrow('everyMs');
	});
});

describe('a given Reader with keepOpen can be read again', () => {
	it('after a message that cannot be decoded has failed the sampling', async () => {
		const { writer, reader } = await pairOf(picky());
		const failed = new Promise((resolve) => {
			sampleFrom(reader, NEVER, { onDecodeError: 'error', keepOpen: true }).subscribe({ error: resolve });
		});
		writer.tryWrite('bad');
		expect(await failed).toMatchObject({ code: 'ERR_RINGWIRE_DECODE' });
		writer.tryWrite('mine');
		await turns(5);
		expect(reader.tryRead()).toBe('mine');
	});

	it('after a listener has unsubscribed while a message was looked for, and the next message is still there', async () => {
		const channel = numbers();
		const { writer, reader } = await pairOf(channel);
		const leaving = writerOf(channel);
		await reader.whenConnected(2);
		const subscription = sampleFrom(reader, NEVER, { keepOpen: true }).subscribe();
		reader.on('disconnect', () => {
			subscription.unsubscribe();
			writer.tryWrite(2);
		});
		leaving.tryWrite(1);
		leaving[Symbol.dispose]();
		await until(() => subscription.closed);
		await turns(5);
		expect(reader.tryRead()).toBe(2);
	});
});
