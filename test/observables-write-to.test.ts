import { defineChannel, json, utf8 } from 'ringwire';
import { fromChannel, writeTo } from 'ringwire/observables';
import { concat, finalize, firstValueFrom, from, NEVER, of, range, Subject, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { codeOf, numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** The outcome of an Observable that emits nothing. */
function settled(messages: ReturnType<ReturnType<typeof writeTo<number>>>): Promise<void> {
	return new Promise((resolve, reject) => messages.subscribe({ error: reject, complete: resolve }));
}

describe('writeTo', () => {
	it('writes every value, ends the channel, and completes when everything is handed over to a reader', async () => {
		const channel = numbers();
		let completed = false;
		const writing = settled(from([1, 2, 3]).pipe(writeTo(channel))).then(() => {
			completed = true;
		});
		await turns(20);
		expect(completed).toBe(false);
		expect(await firstValueFrom(fromChannel(channel).pipe(toArray()))).toEqual([1, 2, 3]);
		await writing;
	});

	it('fails with TIMEOUT when no reader connects in time', async () => {
		const writing = settled(of(1, 2).pipe(writeTo(numbers(), { readerTimeoutMs: 5 })));
		await expect(writing).rejects.toThrow(/2 messages/);
		expect(await codeOf(() => writing)).toBe('ERR_RINGWIRE_TIMEOUT');
	});

	it('full: fails by default, names the message, and unsubscribes from the source at once', async () => {
		let made = 0;
		let released = false;
		const source = range(0, 1_000_000).pipe(
			tap(() => made++),
			finalize(() => {
				released = true;
			}),
		);
		const writing = settled(source.pipe(writeTo(numbers(tiny))));
		await expect(writing).rejects.toThrow(/message 2 /);
		expect(await codeOf(() => writing)).toBe('ERR_RINGWIRE_FULL');
		expect(made).toBe(3);
		expect(released).toBe(true);
	});

	it('full, "drop": drops messages without room, calls onDrop, and goes on', async () => {
		const channel = numbers(tiny);
		const dropped: number[][] = [];
		const writing = settled(
			range(0, 5).pipe(
				writeTo(channel, { whenFull: 'drop', onDrop: (message, count) => dropped.push([message, count]) }),
			),
		);
		expect(await firstValueFrom(fromChannel(channel).pipe(toArray()))).toEqual([0, 1]);
		await writing;
		expect(dropped).toEqual([
			[2, 1],
			[3, 2],
			[4, 3],
		]);
	});

	it('full, "conflate": the newest waits, and is written when there is room, without another value', async () => {
		const channel = numbers(tiny);
		const dropped: number[] = [];
		const source = new Subject<number>();
		const writing = settled(
			source.pipe(writeTo(channel, { whenFull: 'conflate', onDrop: (message) => dropped.push(message) })),
		);
		for (let i = 0; i < 6; i++) source.next(i);
		expect(dropped).toEqual([2, 3, 4]);
		const reader = readerOf(channel);
		expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([0, 1, 5]);
		source.next(6);
		expect(await reader.read()).toBe(6);
		source.complete();
		expect(await reader.read()).toBe(undefined);
		await writing;
	});

	it('full, "conflate": no message overtakes the one that waits', async () => {
		const channel = numbers(tiny);
		const source = new Subject<number>();
		const writing = settled(source.pipe(writeTo(channel, { whenFull: 'conflate' })));
		const reader = readerOf(channel);
		const received: number[] = [];
		const reading = (async () => {
			for await (const message of reader) received.push(message);
		})();
		for (let i = 0; i < 3000; i++) {
			source.next(i);
			if (i % 5 === 0) await turns();
		}
		source.complete();
		await Promise.all([reading, writing]);
		expect(received).toEqual([...received].sort((a, b) => a - b));
		expect(received.at(-1)).toBe(2999);
		expect(received.length).toBeLessThan(3000);
	});

	it('full, "conflate": the one that waits at completion is written before the end', async () => {
		const channel = numbers(tiny);
		const writing = settled(range(0, 100).pipe(writeTo(channel, { whenFull: 'conflate' })));
		const reader = readerOf(channel);
		const received: (number | undefined)[] = [];
		for (let i = 0; i < 4; i++) received.push(await reader.read());
		expect(received).toEqual([0, 1, 99, undefined]);
		await writing;
	});

	it.each(['drop-oldest', 'latest'] as const)('%s is never full', async (overflow) => {
		const channel = numbers({ ...tiny, overflow });
		const reader = readerOf(channel);
		await settled(concat(range(0, 1000)).pipe(writeTo(channel)));
		let last: number | undefined;
		for await (const message of reader) last = message;
		expect(last).toBe(999);
	});

	it('drop-newest: calls onDrop for the messages that the channel drops', async () => {
		const channel = numbers({ ...tiny, overflow: 'drop-newest' });
		const dropped: number[] = [];
		const writing = settled(range(0, 4).pipe(writeTo(channel, { onDrop: (message) => dropped.push(message) })));
		expect(await firstValueFrom(fromChannel(channel).pipe(toArray()))).toEqual([0, 1]);
		await writing;
		expect(dropped).toEqual([2, 3]);
	});

	it('an error of the source closes the writer without ending it', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		let disconnected: boolean | undefined;
		reader.on('disconnect', ({ ended }) => {
			disconnected = ended;
		});
		const source = new Subject<number>();
		const writing = settled(source.pipe(writeTo(channel)));
		await reader.whenConnected();
		source.next(1);
		source.error(new Error('the source failed'));
		await expect(writing).rejects.toThrow('the source failed');
		expect(await reader.read()).toBe(1);
		reader.read().catch(() => {});
		await until(() => disconnected !== undefined);
		expect(disconnected).toBe(false);
	});

	it('unsubscribing closes the writer without ending it, also while it waits for a reader', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const subscription = concat(of(1), NEVER).pipe(writeTo(channel)).subscribe();
		await reader.whenConnected();
		expect(await reader.read()).toBe(1);
		subscription.unsubscribe();
		reader.read().catch(() => {});
		await until(() => reader.peers.length === 0);
		expect(reader.closed).toBe(false);
		const waiting = of(1).pipe(writeTo(numbers())).subscribe();
		await turns();
		waiting.unsubscribe();
		await turns();
	});

	it('a given writer is ended and closed, and keepOpen leaves it as it is', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		await settled(of(1).pipe(writeTo(writer, { keepOpen: true })));
		expect(writer.closed).toBe(false);
		const reader = readerOf(channel);
		await settled(of(2).pipe(writeTo(writer)));
		expect(writer.closed).toBe(true);
		expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([1, 2, undefined]);
	});

	it('fails with ENCODE, CLOSED after a shutdown, and MISMATCH while no other peer is connected', async () => {
		const bad = Object.assign([], {
			toJSON: () => {
				throw new Error('no');
			},
		});
		const objects = defineChannel<unknown>({ name: uniqueName(), codec: json() });
		expect(await codeOf(() => firstValueFrom(of(bad).pipe(writeTo(objects))))).toBe('ERR_RINGWIRE_ENCODE');
		const channel = numbers();
		const reader = readerOf(channel);
		const writing = settled(NEVER.pipe(writeTo(channel)));
		await reader.whenConnected();
		reader.shutdown();
		expect(await codeOf(() => writing)).toBe('ERR_RINGWIRE_CLOSED');
		const name = uniqueName();
		readerOf(defineChannel({ name, codec: utf8() })).on('error', () => {});
		const mismatched = settled(NEVER.pipe(writeTo(defineChannel({ name, codec: json<number>() }))));
		expect(await codeOf(() => mismatched)).toBe('ERR_RINGWIRE_MISMATCH');
	});

	it('refuses wrong arguments', () => {
		const channel = numbers();
		expect(() => writeTo(readerOf(channel) as never)).toThrow(TypeError);
		expect(() => writeTo(channel, { whenFull: 'wait' as never })).toThrow(/error, drop, conflate/);
		expect(() => writeTo(channel, { onDrop: 1 as never })).toThrow(TypeError);
		expect(() => writeTo(channel, { onDrop: () => {} })).toThrow(/onDrop: must be absent, with whenFull 'error'/);
		const latest = defineChannel({ name: uniqueName(), codec: utf8(), overflow: 'latest' });
		expect(() => writeTo(latest, { whenFull: 'drop' })).toThrow(/whenFull: got 'drop', must be absent .* 'latest'/);
		expect(() => writeTo(latest, { onDrop: () => {} })).toThrow(/onDrop: must be absent, .* 'latest'/);
		expect(() => writeTo(channel, { readerTimeoutMs: Number.NaN })).toThrow(RangeError);
		expect(() => writeTo(writerOf(channel), { readerTimeoutMs: 5, keepOpen: true })).toThrow(
			'readerTimeoutMs: got 5, must be absent with keepOpen',
		);
	});
});
