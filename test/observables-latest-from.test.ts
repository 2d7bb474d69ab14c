import { defineChannel, json, type Overflow, openWriter } from 'ringwire';
import { fromChannel, latestFrom, pullMap } from 'ringwire/observables';
import { firstValueFrom, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

const policies = ['block', 'drop-oldest', 'drop-newest', 'latest'] as const satisfies readonly Overflow[];

describe.each(policies)('latestFrom, %s', (overflow) => {
	it('a slow synchronous subscriber gets the newest message next, and not the backlog', async () => {
		const channel = numbers({ overflow });
		const writer = writerOf(channel);
		const seen: number[] = [];
		let written = 0;
		let completed = false;
		latestFrom(channel).subscribe({
			next(message) {
				// Messages that other processes write while it is busy.
				if (written < 10_000) for (let i = 0; i < 2500; i++) writer.tryWrite(++written);
				else writer.end();
				seen.push(message);
			},
			complete: () => {
				completed = true;
			},
		});
		await writer.whenConnected();
		writer.tryWrite(++written);
		await until(() => completed);
		expect(seen).toEqual([1, 2501, 5001, 7501, 10_001]);
	});

	it('emits at most one value in a turn of the event loop', async () => {
		const channel = numbers({ overflow });
		const writer = writerOf(channel);
		let turn = 0;
		const count = () => {
			turn++;
			if (!subscription.closed) setImmediate(count);
		};
		const seen: number[] = [];
		const subscription = latestFrom(channel).subscribe((message) => {
			seen.push(turn);
			writer.tryWrite(message + 1);
			if (message === 20) subscription.unsubscribe();
		});
		setImmediate(count);
		await writer.whenConnected();
		writer.tryWrite(1);
		await until(() => subscription.closed);
		expect(new Set(seen).size).toBe(20);
	});

	it('a consumer that takes ten turns a message never sees one that was older than the newest when it was ready', async () => {
		const channel = numbers({ overflow });
		const writer = writerOf(channel);
		let published = 0;
		let lags: number[] = [];
		const consumer = latestFrom(channel).pipe(
			pullMap(async (message) => {
				lags.push(published - message);
				await turns(10);
			}),
		);
		const subscription = consumer.subscribe();
		await writer.whenConnected();
		for (let turn = 0; turn < 1000; turn++) {
			for (let i = 0; i < 5; i++) if (writer.tryWrite(published + 1)) published++;
			await turns();
		}
		// In messages: those that are written in the one or two turns until it is called.
		expect(lags.length).toBeGreaterThan(50);
		expect(Math.max(...lags)).toBeLessThanOrEqual(15);
		lags = [];
		writer.tryWrite(++published);
		await until(() => lags.length > 0 && lags.at(-1) === 0);
		subscription.unsubscribe();
	});

	it('value reads the ring itself, also while a subscriber is busy, and its message is emitted all the same', async () => {
		const channel = numbers({ overflow });
		const writer = writerOf(channel);
		const latest = latestFrom(channel, { initial: 0 });
		const seen: [number, number][] = [];
		expect(latest.value).toBe(0);
		const subscription = latest.subscribe((message) => {
			if (message === 1) for (let i = 2; i <= 50; i++) writer.tryWrite(i);
			seen.push([message, latest.value]);
		});
		expect(seen).toEqual([[0, 0]]);
		await writer.whenConnected();
		writer.tryWrite(1);
		await until(() => seen.length === 3);
		expect(seen).toEqual([
			[0, 0],
			[1, 50],
			[50, 50],
		]);
		await turns(5);
		writer.tryWriteBatch([51, 52]);
		expect(latest.value).toBe(52);
		expect(seen.length).toBe(3);
		await turns();
		expect(seen.at(-1)).toEqual([52, 52]);
		subscription.unsubscribe();
		writer.tryWrite(53);
		await turns(3);
		expect(latest.value).toBe(52);
	});

	it('the last message is emitted before it completes, also when value has seen it', async () => {
		const channel = numbers({ overflow });
		const writer = writerOf(channel);
		const latest = latestFrom(channel);
		const seen: unknown[] = [];
		latest.subscribe({ next: (message) => seen.push(message), complete: () => seen.push('complete') });
		await writer.whenConnected();
		writer.tryWriteBatch([1, 2, 3]);
		writer.end();
		expect(latest.value).toBe(3);
		expect(latest.value).toBe(3);
		await until(() => seen.includes('complete'));
		expect(seen).toEqual([3, 'complete']);
		expect(latest.value).toBe(3);
	});
});

describe('latestFrom', () => {
	it('makes a writer of a block channel wait only while its subscribers are busy', async () => {
		const channel = numbers(tiny);
		const writer = writerOf(channel);
		const seen: number[] = [];
		const subscription = latestFrom(channel).subscribe((message) => seen.push(message));
		for (let i = 0; i < 1000; i++) await writer.write(i);
		await until(() => seen.at(-1) === 999);
		subscription.unsubscribe();
	});

	it('lossy: never makes a writer wait', async () => {
		const channel = numbers(tiny);
		const writer = writerOf(channel);
		const other = readerOf(channel);
		const latest = latestFrom(channel, { initial: -1, lossy: true });
		const subscription = latest.subscribe();
		await writer.whenConnected(2);
		for (let i = 0; i < 1000; i++) {
			expect(writer.tryWrite(i)).toBe(true);
			other.tryRead();
		}
		expect(latest.value).toBe(999);
		subscription.unsubscribe();
	});

	it('read, passed over and lost add up to the published messages', async () => {
		const channel = numbers({ ...tiny, overflow: 'drop-oldest' });
		const writer = writerOf(channel);
		const reader = readerOf(channel);
		const seen: number[] = [];
		const subscription = latestFrom(reader).subscribe((message) => seen.push(message));
		await writer.whenConnected();
		for (let i = 0; i < 1000; i++) {
			writer.tryWrite(i);
			if (i % 7 === 0) await turns();
		}
		await until(() => seen.at(-1) === 999);
		expect(reader.stats.messages + reader.stats.lost).toBe(1000);
		expect(reader.stats.lost).toBeGreaterThan(0);
		expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
		subscription.unsubscribe();
	});

	it('a later subscriber gets the current value, at once and once, over the same Reader', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const latest = latestFrom(channel);
		const first: number[] = [];
		const second: number[] = [];
		const third: number[] = [];
		const subscriptions = [latest.subscribe((message) => first.push(message))];
		await writer.whenConnected();
		writer.tryWrite(1);
		await until(() => first.length === 1);
		writer.tryWrite(2);
		expect(latest.value).toBe(2);
		subscriptions.push(latest.subscribe((message) => second.push(message)));
		subscriptions.push(
			latest.pipe(pullMap(async (message) => message)).subscribe((message) => third.push(message)),
		);
		expect(second).toEqual([1]);
		await until(() => third.includes(2) && second.includes(2));
		expect([first, second]).toEqual([
			[1, 2],
			[1, 2],
		]);
		expect(third.at(-1)).toBe(2);
		expect(new Set(third).size).toBe(third.length);
		expect(writer.peers.length).toBe(1);
		for (const subscription of subscriptions) subscription.unsubscribe();
		await until(() => writer.peers.length === 0);
		expect(await firstValueFrom(latest.pipe(take(1)))).toBe(2);
	});

	it('an asynchronous worker gets the initial value too', async () => {
		const channel = numbers();
		const seen: number[] = [];
		const subscription = latestFrom(channel, { initial: 7 })
			.pipe(pullMap(async (message) => message))
			.subscribe((message) => seen.push(message));
		await until(() => seen.length === 1);
		expect(seen).toEqual([7]);
		subscription.unsubscribe();
	});

	it.each(policies)('%s: of several writers the newest is the one written last', async (overflow) => {
		const channel = numbers({ overflow });
		const writers = [writerOf(channel), writerOf(channel), writerOf(channel)];
		const latest = latestFrom(channel);
		const subscription = latest.subscribe();
		for (const writer of writers) await writer.whenConnected();
		for (let i = 0; i < 300; i++) {
			writers[(i * 7) % 3]?.tryWrite(i);
			if (i % 10 === 3) expect(latest.value).toBe(i);
		}
		subscription.unsubscribe();
	});

	it('a message that cannot be decoded is an event, and the next one goes on', async () => {
		const name = uniqueName();
		const writer = openWriter(
			defineChannel({ name, codec: { ...json<string>(), encode: (text: string) => Buffer.from(text) } }),
		);
		const reader = readerOf(defineChannel({ name, codec: json<number>() }));
		const errors: string[] = [];
		reader.on('error', ({ error }) => errors.push(error.code));
		const latest = latestFrom(reader);
		const seen: number[] = [];
		const subscription = latest.subscribe((message) => seen.push(message));
		await writer.whenConnected();
		writer.tryWrite('1');
		expect(latest.value).toBe(1);
		writer.tryWrite('{');
		expect(latest.value).toBe(1);
		writer.tryWrite('2');
		await until(() => seen.at(-1) === 2);
		expect(errors).toEqual(['ERR_RINGWIRE_DECODE']);
		subscription.unsubscribe();
		await writer.close();
	});

	it.each(policies)(
		'%s: value read by the codec that decodes leaves the newest message to the subscribers',
		async (overflow) => {
			let inDecode = (_: number) => {};
			const { encode, decode } = json<number>();
			const codec = {
				id: 'json',
				encode,
				decode(bytes: Buffer) {
					const message = decode(bytes);
					inDecode(message);
					return message;
				},
			};
			const channel = defineChannel({ name: uniqueName(), overflow, codec });
			const writer = writerOf(channel);
			const latest = latestFrom(channel);
			const seen: number[] = [];
			const values: unknown[] = [];
			latest.subscribe((message) => seen.push(message));
			await writer.whenConnected();
			inDecode = (message) => {
				if (message !== 1) return;
				writer.tryWrite(2);
				values.push(latest.value);
			};
			writer.tryWrite(1);
			await until(() => seen.includes(2));
			expect({ seen, values, value: latest.value }).toEqual({ seen: [1, 2], values: [undefined], value: 2 });
		},
	);

	it('fails with CLOSED when its Reader is closed under it, and value stays', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		writerOf(channel).tryWrite(1);
		const latest = latestFrom(reader);
		const failed = new Promise((resolve) => latest.subscribe({ error: resolve }));
		await until(() => latest.value === 1);
		await reader.close();
		expect(await failed).toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
		expect(latest.value).toBe(1);
	});

	it('refuses what fromChannel refuses', () => {
		const channel = numbers();
		expect(() => Reflect.apply(latestFrom, undefined, [writerOf(channel)])).toThrow(TypeError);
		expect(() => Reflect.apply(fromChannel, undefined, [channel, { keepOpen: 1 }])).toThrow('keepOpen');
		expect(() => Reflect.apply(latestFrom, undefined, [channel, { initial: 1, keepOpen: 1 }])).toThrow('keepOpen');
	});
});
