/** Habits of RxJS programs over channel Observables: each gets what it expects, and leaves no Reader or Writer open. */
import { type Channel, defineChannel, utf8, type Writer } from 'ringwire';
import { fromChannel, latestFrom, sampleFrom, writeTo } from 'ringwire/observables';
import {
	combineLatest,
	concat,
	defer,
	EmptyError,
	firstValueFrom,
	from,
	lastValueFrom,
	map,
	merge,
	NEVER,
	type Observable,
	of,
	race,
	repeat,
	retry,
	Subject,
	type Subscription,
	share,
	shareReplay,
	startWith,
	switchMap,
	takeUntil,
	throwError,
	timeout,
	toArray,
	withLatestFrom,
} from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf, numbers, pairOf, readerOf, turns, writerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

function observe<T>(messages: Observable<T>) {
	const seen: unknown[] = [];
	const subscription = messages.subscribe({
		next: (message) => seen.push(message),
		error: (error) => seen.push(error.code ?? error),
		complete: () => seen.push('complete'),
	});
	return { seen, subscription };
}

/** A channel with its writer. */
function fed(): { channel: Channel<number>; writer: Writer<number> } {
	const channel = numbers();
	return { channel, writer: writerOf(channel) };
}

const isFree = (writer: Writer<number>) => until(() => writer.peers.length === 0);

describe('RxJS over fromChannel', () => {
	it('share and shareReplay: one Reader, a late subscriber gets the last value, the last one closes', async () => {
		const { channel, writer } = fed();
		const shared = fromChannel(channel).pipe(
			map((n) => n * 10),
			share(),
		);
		const replayed = fromChannel(channel).pipe(shareReplay({ bufferSize: 1, refCount: true }));
		const early = [observe(shared), observe(shared), observe(replayed)];
		await writer.whenConnected(2);
		writer.tryWriteBatch([1, 2]);
		await until(() => early.every(({ seen }) => seen.length === 2));
		const late = observe(replayed);
		expect(late.seen).toEqual([2]);
		expect(early.map(({ seen }) => seen)).toEqual([
			[10, 20],
			[10, 20],
			[1, 2],
		]);
		for (const { subscription } of [...early, late]) subscription.unsubscribe();
		await isFree(writer);
	});

	it('retry opens a new Reader after PEER_DIED', async () => {
		const channel = defineChannel({ name: uniqueName(), codec: utf8() });
		const program = startProgram('writer', {
			channel: channel.name,
			overflow: 'block',
			label: 'w',
			count: 3,
			padding: 1,
			readers: 0,
			capacity: 64 * 1024,
			depth: 256,
			hang: true,
		});
		const failures: unknown[] = [];
		const messages = fromChannel(channel, { onPeerDeath: 'error' }).pipe(
			retry({
				delay: ({ code }) => {
					failures.push(code);
					return of(0);
				},
			}),
		);
		const { seen, subscription } = observe(messages);
		await until(() => seen.length === 3);
		await program.kill();
		await until(() => failures.length === 1);
		const writer = writerOf(channel);
		writer.tryWrite('another');
		await until(() => seen.length === 4);
		expect([seen.at(-1), failures]).toEqual(['another', ['ERR_RINGWIRE_PEER_DIED']]);
		subscription.unsubscribe();
		await until(() => writer.peers.length === 0);
	});

	it('repeat with a delay reads one writer after another', async () => {
		const channel = numbers();
		const { seen, subscription } = observe(fromChannel(channel).pipe(repeat({ delay: () => of(0) })));
		for (const message of [1, 2, 3]) {
			const writer = writerOf(channel);
			await writer.whenConnected();
			writer.tryWrite(message);
			writer.end();
			await until(() => seen.includes(message));
			await writer.close();
		}
		subscription.unsubscribe();
		expect(seen).toEqual([1, 2, 3]);
	});

	it('takeUntil completes and closes the Reader', async () => {
		const { channel, writer } = fed();
		const stop = new Subject<void>();
		const { seen } = observe(fromChannel(channel).pipe(takeUntil(stop)));
		await writer.whenConnected();
		writer.tryWrite(1);
		await until(() => seen.length === 1);
		stop.next();
		expect(seen).toEqual([1, 'complete']);
		await isFree(writer);
	});

	it('switchMap closes the Reader of the channel that it leaves', async () => {
		const [first, second] = [fed(), fed()];
		const choice = new Subject<Channel<number>>();
		const { seen, subscription } = observe(choice.pipe(switchMap((channel) => fromChannel(channel))));
		choice.next(first.channel);
		await first.writer.whenConnected();
		first.writer.tryWrite(1);
		await until(() => seen.length === 1);
		choice.next(second.channel);
		await isFree(first.writer);
		first.writer.tryWrite(2);
		second.writer.tryWrite(3);
		await until(() => seen.length === 2);
		expect(seen).toEqual([1, 3]);
		subscription.unsubscribe();
		await isFree(second.writer);
	});

	it('firstValueFrom and lastValueFrom resolve and close; an empty channel is EmptyError', async () => {
		const { channel, writer } = fed();
		writer.tryWriteBatch([1, 2, 3]);
		expect(await firstValueFrom(fromChannel(channel))).toBe(1);
		await isFree(writer);
		writer.end();
		expect(await lastValueFrom(fromChannel(channel))).toBe(3);
		await expect(firstValueFrom(fromChannel(channel))).rejects.toBeInstanceOf(EmptyError);
		expect(await firstValueFrom(fromChannel(channel), { defaultValue: 0 })).toBe(0);
	});

	it('race, merge, combineLatest and withLatestFrom close every Reader', async () => {
		const [a, b] = [fed(), fed()];
		const [left, right] = [fromChannel(a.channel), fromChannel(b.channel)];
		const all = [
			observe(race(left, right)),
			observe(merge(left, right)),
			observe(combineLatest([left, right])),
			observe(left.pipe(withLatestFrom(right.pipe(startWith(0))))),
		];
		await Promise.all([a.writer.whenConnected(), b.writer.whenConnected()]);
		expect([a.writer.peers.length, b.writer.peers.length]).toEqual([1, 1]);
		a.writer.tryWrite(1);
		await until(() => all[1]?.seen.length === 1);
		b.writer.tryWrite(2);
		await until(() => all[1]?.seen.length === 2);
		expect(all.map(({ seen }) => seen)).toEqual([[1], [1, 2], [[1, 2]], [[1, 0]]]);
		for (const { subscription } of all) subscription.unsubscribe();
		await Promise.all([isFree(a.writer), isFree(b.writer)]);
	});

	it('timeout fails and closes the Reader', async () => {
		const { channel, writer } = fed();
		const { seen } = observe(
			fromChannel(channel).pipe(timeout({ first: 5, with: () => throwError(() => 'late') })),
		);
		await until(() => seen.length === 1);
		expect(seen).toEqual(['late']);
		await isFree(writer);
	});

	it('a subscriber may subscribe again in complete and in error, and gets the next Reader', async () => {
		const channel = numbers();
		const messages = fromChannel(channel, { onPeerDeath: 'error' });
		const seen: unknown[] = [];
		const next = (message: number) => seen.push(message);
		messages.subscribe({ next, complete: () => messages.subscribe(next) });
		const first = writerOf(channel);
		await first.whenConnected();
		first.tryWrite(1);
		first.end();
		await until(() => seen.length === 1 && first.peers.length === 0);
		await first.close();
		const second = writerOf(channel);
		await second.whenConnected();
		second.tryWrite(2);
		await until(() => seen.length === 2);
		expect(seen).toEqual([1, 2]);

		const { reader } = await pairOf(numbers());
		const again: unknown[] = [];
		const failing = fromChannel(reader);
		failing.subscribe({
			error: () => failing.subscribe({ error: ({ code }) => again.push(code) }),
		});
		await turns();
		await reader.close();
		await until(() => again.length === 1);
		expect(again).toEqual(['ERR_RINGWIRE_CLOSED']);
	});

	it('a subscriber that throws in complete or error leaves the others their notification', async () => {
		const uncaught = captureUncaught();
		const { channel, writer } = fed();
		const messages = fromChannel(channel);
		const mistake = new Error('a mistake');
		messages.subscribe({
			complete() {
				throw mistake;
			},
		});
		const { seen } = observe(messages);
		await writer.whenConnected();
		writer.end();
		await until(() => seen.length === 1 && uncaught.length === 1);
		expect([seen, uncaught]).toEqual([['complete'], [mistake]]);
	});

	it('an error without an error handler is an uncaught exception, as with any Observable', async () => {
		const uncaught = captureUncaught();
		const reader = readerOf(numbers());
		fromChannel(reader).subscribe();
		await turns();
		await reader.close();
		await until(() => uncaught.length === 1);
		expect(uncaught).toMatchObject([{ code: 'ERR_RINGWIRE_CLOSED' }]);
	});

	it('forwards a channel into another, with its end', async () => {
		const [source, target] = [fed(), numbers()];
		const received = firstValueFrom(fromChannel(target).pipe(toArray()));
		const forwarded = observe(
			fromChannel(source.channel).pipe(
				map((n) => n + 1),
				writeTo(target),
			),
		);
		await source.writer.whenConnected();
		source.writer.tryWriteBatch([1, 2, 3]);
		source.writer.end();
		expect(await received).toEqual([2, 3, 4]);
		await until(() => forwarded.seen.length === 1);
		expect(forwarded.seen).toEqual(['complete']);
	});
});

describe('RxJS over the other operators', () => {
	it('sampleFrom with a notifier that emits and completes while it is subscribed', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2]);
		await until(() => reader.available === 2);
		expect(observe(sampleFrom(reader, of(0))).seen).toEqual([2, 'complete']);
		expect(reader.closed).toBe(true);
	});

	it('sampleFrom in take(1) leaves its notifier and its Reader', async () => {
		const { channel, writer } = fed();
		const ticks = new Subject<void>();
		const sample = firstValueFrom(sampleFrom(channel, ticks));
		await writer.whenConnected();
		writer.tryWrite(1);
		ticks.next();
		expect(await sample).toBe(1);
		expect(ticks.observed).toBe(false);
		await isFree(writer);
	});

	it('latestFrom with an initial value opens no Reader for firstValueFrom', async () => {
		const { channel, writer } = fed();
		const latest = latestFrom(channel, { initial: 5 });
		expect(await firstValueFrom(latest)).toBe(5);
		await turns(5);
		expect(writer.peers).toEqual([]);
	});

	it('a subscriber of latestFrom that unsubscribes inside next, and a subscriber after it', async () => {
		const { writer, reader } = await pairOf(numbers());
		const latest = latestFrom(reader, { keepOpen: true });
		const seen: number[] = [];
		let second: Subscription | undefined;
		const first = latest.subscribe((message) => {
			first.unsubscribe();
			seen.push(message);
			second = latest.subscribe((next) => seen.push(next));
		});
		writer.tryWrite(1);
		await until(() => seen.length === 2);
		writer.tryWrite(2);
		await until(() => seen.length === 3);
		expect(seen).toEqual([1, 1, 2]);
		second?.unsubscribe();
	});

	it('writeTo with retry opens a new Writer for each attempt', async () => {
		const channel = numbers();
		let attempts = 0;
		const source = defer(() => {
			attempts++;
			return attempts < 3
				? concat(
						of(attempts),
						throwError(() => 'again'),
					)
				: of(attempts);
		});
		const writing = observe(source.pipe(writeTo(channel), retry(5)));
		const reader = readerOf(channel);
		const read: (number | undefined)[] = [await reader.read()];
		await until(() => writing.seen.length === 1);
		expect([read, attempts, writing.seen]).toEqual([[3], 3, ['complete']]);
	});

	it('writeTo fails with an exception of onDrop, and leaves its source', async () => {
		const source = new Subject<number>();
		const mistake = new Error('a mistake');
		const onDrop = () => {
			throw mistake;
		};
		const channel = numbers({ capacity: 64 * 1024, depth: 2 });
		const { seen } = observe(source.pipe(writeTo(channel, { whenFull: 'drop', onDrop })));
		for (let i = 0; i < 3; i++) source.next(i);
		expect(seen).toEqual([mistake]);
		expect(source.observed).toBe(false);
	});

	it('writeTo drains a source that completes while it is subscribed, and one that is empty', async () => {
		const channel = numbers();
		const reader = readerOf(channel, { until: { writers: 2 } });
		const [full, empty] = [
			observe(from([1, 2]).pipe(writeTo(channel))),
			observe(of<number>().pipe(writeTo(channel))),
		];
		const read: number[] = [];
		for await (const message of reader) read.push(message);
		await until(() => full.seen.length + empty.seen.length === 2);
		expect([read, full.seen, empty.seen]).toEqual([[1, 2], ['complete'], ['complete']]);
	});

	it('an unsubscribed writeTo takes nothing more from its source', async () => {
		const channel = numbers();
		const source = new Subject<number>();
		const { subscription } = observe(merge(source, NEVER).pipe(writeTo(channel)));
		const reader = readerOf(channel);
		await reader.whenConnected();
		source.next(1);
		subscription.unsubscribe();
		source.next(2);
		expect(await reader.read()).toBe(1);
		await until(() => reader.peers.length === 0);
		expect(reader.available).toBe(0);
		expect(await codeOf(() => reader.tryRead())).toBe(undefined);
	});
});
