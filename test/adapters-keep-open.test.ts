/** Adapters over a given Reader or Writer: the handle is closed when the adapter is done, unless `keepOpen` is true. */
import type { Channel, Reader, Writer } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel, latestFrom, pullMap, sampleFrom, writeTo } from 'ringwire/observables';
import { firstValueFrom, NEVER, type Observable, of, Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf, numbers, pairOf, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

type Source = Channel<number> | Reader<number>;
type Options = { readonly keepOpen?: boolean };

const ticks = new Subject<void>();
const observables: [string, (source: Source, options: Options) => Observable<number>][] = [
	['fromChannel', (source, options) => fromChannel(source, options)],
	['pullMap', (source, options) => fromChannel(source, options).pipe(pullMap((message) => of(message)))],
	['latestFrom', (source, options) => latestFrom(source, options)],
	['sampleFrom', (source, options) => sampleFrom(source, ticks, options)],
];

/** Subscribes; `tick` lets `sampleFrom` look. */
function observe(messages: Observable<number>) {
	const seen: unknown[] = [];
	const subscription = messages.subscribe({
		next: (message) => seen.push(message),
		error: (error) => seen.push(error.code),
		complete: () => seen.push('complete'),
	});
	const sees = (last: unknown) =>
		until(() => {
			ticks.next();
			return seen.at(-1) === last;
		});
	return { seen, sees, subscription };
}

describe.each(observables)('%s', (_, make) => {
	test('closes a given Reader when its last subscriber leaves', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = make(reader, {});
		const [first, second] = [observe(messages), observe(messages)];
		writer.tryWrite(1);
		await Promise.all([first.sees(1), second.sees(1)]);
		first.subscription.unsubscribe();
		expect(reader.closed).toBe(false);
		second.subscription.unsubscribe();
		expect(reader.closed).toBe(true);
		const after = observe(messages);
		await after.sees('ERR_RINGWIRE_CLOSED');
	});

	test('with keepOpen leaves it open, and the next subscriber goes on', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = make(reader, { keepOpen: true });
		for (let i = 0; i < 3; i++) {
			const { sees, subscription } = observe(messages);
			writer.tryWrite(i);
			await sees(i);
			subscription.unsubscribe();
			expect(reader.closed).toBe(false);
		}
		const pending = reader.read();
		writer.tryWrite(3);
		expect(await pending).toBe(3);
	});

	test('completes at once on a Reader that has ended, as its iterator does', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = make(reader, {});
		writer.end();
		await observe(messages).sees('complete');
		await observe(messages).sees('complete');
		expect(await reader.iterate().next()).toMatchObject({ done: true });
	});

	test('that fails with BUSY leaves the Reader to the other call', async () => {
		const { writer, reader } = await pairOf(numbers());
		const pending = reader.read();
		const { sees } = observe(make(reader, {}));
		await sees('ERR_RINGWIRE_BUSY');
		writer.tryWrite(1);
		expect(await pending).toBe(1);
		expect(reader.closed).toBe(false);
	});

	test('takes no message from a call that waits', async () => {
		const { writer, reader } = await pairOf(numbers());
		const pending = reader.read();
		writer.tryWrite(1); // the wake-up comes in a later turn of the event loop
		const { seen, sees } = observe(make(reader, {}));
		expect(await pending).toBe(1);
		await sees('ERR_RINGWIRE_BUSY');
		expect(seen).toEqual(['ERR_RINGWIRE_BUSY']);
	});

	test('refuses keepOpen for a Channel, whose Reader is always closed', () => {
		expect(() => make(numbers(), { keepOpen: true })).toThrow(/^keepOpen: got true, must be absent with a Channel/);
		expect(() => make(numbers(), { keepOpen: 1 as never })).toThrow(TypeError);
	});
});

describe('iterableFrom', () => {
	test('closes a given Reader when the loop is left, and keepOpen leaves it open', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2]);
		for await (const _ of iterableFrom(reader, { keepOpen: true })) break;
		expect(reader.closed).toBe(false);
		for await (const _ of iterableFrom(reader)) break;
		expect(reader.closed).toBe(true);
	});

	test('refuses keepOpen for a Channel', () => {
		expect(() => iterableFrom(numbers(), { keepOpen: true })).toThrow(/^keepOpen: got true, must be absent/);
	});
});

describe('writeTo', () => {
	const leaving: Record<string, (writing: Observable<never>, source: Subject<number>) => void> = {
		'unsubscribed from': (writing) => writing.subscribe().unsubscribe(),
		'failed by its source': (writing, source) => {
			writing.subscribe({ error: () => {} });
			source.error(new Error('the source failed'));
		},
	};

	test.each(Object.entries(leaving))('closes a given Writer when it is %s, without ending it', async (_, leave) => {
		const { writer, reader } = await pairOf(numbers());
		const ended: boolean[] = [];
		reader.on('disconnect', (event) => ended.push(event.ended));
		const source = new Subject<number>();
		leave(source.pipe(writeTo(writer)), source);
		expect(writer.closed).toBe(true);
		await until(() => ended.length === 1);
		expect(ended).toEqual([false]);
	});

	test.each(Object.entries(leaving))('with keepOpen leaves it open when it is %s', async (_, leave) => {
		const writer = writerOf(numbers());
		const source = new Subject<number>();
		leave(source.pipe(writeTo(writer, { keepOpen: true })), source);
		expect(writer.closed).toBe(false);
		expect(writer.tryWrite(1)).toBe(true);
	});

	test('with keepOpen completes without ending the Writer', async () => {
		const { writer, reader } = await pairOf(numbers());
		await new Promise<void>((complete) =>
			of(1)
				.pipe(writeTo(writer, { keepOpen: true }))
				.subscribe({ complete }),
		);
		writer.tryWrite(2);
		expect([await reader.read(), await reader.read()]).toEqual([1, 2]);
	});

	const closings: Record<string, (writer: Writer<number>) => void> = {
		disposed: (writer) => writer[Symbol.dispose](),
		'shut down': (writer) => writer.shutdown(),
	};

	test.each(Object.entries(closings))('fails with CLOSED at once when the Writer is %s under it', async (_, end) => {
		const writer = writerOf(numbers());
		const failed = codeOf(() => firstValueFrom(NEVER.pipe(writeTo(writer))));
		end(writer);
		expect(await failed).toBe('ERR_RINGWIRE_CLOSED');
		expect(await codeOf(() => firstValueFrom(of(1).pipe(writeTo(writer))))).toBe('ERR_RINGWIRE_CLOSED');
	});

	test('refuses keepOpen for a Channel, whose Writer is always closed', () => {
		expect(() => writeTo(numbers(), { keepOpen: true })).toThrow(
			/^keepOpen: got true, must be absent with a Channel/,
		);
	});
});

test('a Channel is never left open by an adapter', async () => {
	const channel = numbers();
	const writer = writerOf(channel);
	for (const [, make] of observables) {
		const { subscription } = observe(make(channel, {}));
		await writer.whenConnected();
		subscription.unsubscribe();
		await until(() => writer.peers.length === 0);
	}
	await turns();
	expect(readerOf(channel).available).toBe(0);
});
