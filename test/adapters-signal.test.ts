/** The option `signal` of an adapter, for a Channel and for a given handle: aborting it fails the adapter with `signal.reason`. */
import { type Channel, defineChannel, json, type Reader, type Writer } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel, latestFrom, pullMap, sampleFrom, writeTo } from 'ringwire/observables';
import { NEVER, type Observable, of, Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { numbers, pairOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

const reason = new Error('mine');

interface Options {
	readonly signal: AbortSignal;
	readonly keepOpen?: boolean;
}

type Source = Channel<number> | Reader<number>;
type Fail = (error: unknown) => void;
type Begin = (source: Source, options: Options, fail: Fail, next?: (message: number) => void) => void;

function observing(make: (source: Source, options: Options) => Observable<number>): Begin {
	return (source, options, error, next) =>
		void make(source, options).subscribe({ error, ...(next === undefined ? {} : { next }) });
}

async function iterate(source: Source, options: Options, next: (message: number) => void): Promise<void> {
	for await (const message of iterableFrom(source, options)) next(message);
}

const faces: [string, Begin][] = [
	['fromChannel', observing(fromChannel)],
	['pullMap', observing((source, options) => fromChannel(source, options).pipe(pullMap((message) => of(message))))],
	['a pullMap at work', observing((source, options) => fromChannel(source, options).pipe(pullMap(() => NEVER)))],
	['latestFrom', observing(latestFrom)],
	['sampleFrom', observing((source, options) => sampleFrom(source, NEVER, options))],
	['iterableFrom', (source, options, fail, next = () => {}) => void iterate(source, options, next).catch(fail)],
];

describe.each(faces)('%s', (_, begin) => {
	test('over a Channel fails with the reason, and its Reader closes', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const aborting = new AbortController();
		const failures: unknown[] = [];
		begin(channel, { signal: aborting.signal }, (error) => failures.push(error));
		await writer.whenConnected();
		writer.tryWrite(1);
		await turns(5);
		aborting.abort(reason);
		await until(() => failures.length > 0 && writer.peers.length === 0);
		expect(failures).toEqual([reason]);
	});

	test.each([false, true])('over a given Reader fails with the reason; keepOpen: %s', async (keepOpen) => {
		const { writer, reader } = await pairOf(numbers());
		const aborting = new AbortController();
		const failures: unknown[] = [];
		begin(reader, { signal: aborting.signal, keepOpen }, (error) => failures.push(error));
		writer.tryWrite(1);
		await turns(5);
		aborting.abort(reason);
		await until(() => failures.length > 0);
		expect(failures).toEqual([reason]);
		expect(reader.closed).toBe(!keepOpen);
		if (!keepOpen) return;
		writer.tryWrite(2);
		expect(await reader.read()).toBe(2);
	});

	test.each([false, true])('with a signal that is aborted already, too; keepOpen: %s', async (keepOpen) => {
		const { reader } = await pairOf(numbers());
		const failures: unknown[] = [];
		const options = { signal: AbortSignal.abort(reason) };
		begin(reader, { ...options, keepOpen }, (error) => failures.push(error));
		begin(numbers(), options, (error) => failures.push(error));
		await until(() => failures.length === 2);
		expect(failures).toEqual([reason, reason]);
		expect(reader.closed).toBe(!keepOpen);
	});
});

describe.each(faces.filter(([name]) => ['fromChannel', 'pullMap', 'iterableFrom'].includes(name)))('%s', (_, begin) => {
	test('that is aborted by its consumer gives no further message, and these stay in the ring', async () => {
		const { writer, reader } = await pairOf(numbers());
		const aborting = new AbortController();
		const seen: number[] = [];
		const failures: unknown[] = [];
		const fail = (error: unknown) => failures.push(error);
		begin(reader, { signal: aborting.signal, keepOpen: true }, fail, (message) => {
			seen.push(message);
			aborting.abort(reason);
		});
		writer.tryWriteBatch([1, 2, 3]);
		await until(() => failures.length > 0);
		expect([seen, failures]).toEqual([[1], [reason]]);
		expect([await reader.read(), await reader.read()]).toEqual([2, 3]);
	});

	test('that is aborted while a message is decoded loses none', async () => {
		const aborting = new AbortController();
		const { decode, ...codec } = json<number>();
		const channel = defineChannel({
			name: uniqueName(),
			codec: {
				...codec,
				decode(bytes) {
					const message = decode(bytes);
					if (message === 2) aborting.abort(reason);
					return message;
				},
			},
		});
		const { writer, reader } = await pairOf(channel);
		const seen: number[] = [];
		const failures: unknown[] = [];
		const fail = (error: unknown) => failures.push(error);
		begin(reader, { signal: aborting.signal, keepOpen: true }, fail, (message) => seen.push(message));
		writer.tryWriteBatch([1, 2, 3]);
		await until(() => failures.length > 0);
		const rest = [await reader.read()];
		if (reader.available > 0) rest.push(await reader.read());
		expect(failures).toEqual([reason]);
		expect([...seen, ...rest]).toEqual([1, 2, 3]);
	});
});

describe('writeTo', () => {
	const targets: [string, (channel: Channel<number>) => Channel<number> | Writer<number>][] = [
		['a Channel', (channel) => channel],
		['a given Writer', (channel) => writerOf(channel)],
	];

	test.each(targets)(
		'to %s fails with the reason at once, although the source emits no value',
		async (_, targetOf) => {
			const aborting = new AbortController();
			const failures: unknown[] = [];
			const source = new Subject<number>();
			const target = targetOf(numbers());
			source
				.pipe(writeTo(target, { signal: aborting.signal }))
				.subscribe({ error: (error) => failures.push(error) });
			source.next(1);
			aborting.abort(reason);
			expect(failures).toEqual([reason]);
			expect(source.observed).toBe(false);
			if ('tryWrite' in target) expect(target.closed).toBe(true);
			of(1)
				.pipe(writeTo(numbers(), { signal: aborting.signal }))
				.subscribe({ error: (error) => failures.push(error) });
			expect(failures).toEqual([reason, reason]);
		},
	);

	test('fails with the reason while its completion waits for a reader', async () => {
		const aborting = new AbortController();
		const failed = new Promise((resolve) => {
			of(1)
				.pipe(writeTo(numbers(), { signal: aborting.signal }))
				.subscribe({ error: resolve });
		});
		await turns(3);
		aborting.abort(reason);
		expect(await failed).toBe(reason);
	});

	test('with keepOpen leaves the Writer open', () => {
		const writer = writerOf(numbers());
		const aborting = new AbortController();
		const failures: unknown[] = [];
		NEVER.pipe(writeTo(writer, { signal: aborting.signal, keepOpen: true })).subscribe({
			error: (error) => failures.push(error),
		});
		aborting.abort(reason);
		expect([failures, writer.closed]).toEqual([[reason], false]);
	});
});

test('an adapter that is done no longer listens to its signal', async () => {
	const aborting = new AbortController();
	let listeners = 0;
	const { addEventListener, removeEventListener } = aborting.signal;
	aborting.signal.addEventListener = function count(...args: Parameters<typeof addEventListener>) {
		listeners++;
		return addEventListener.apply(this, args);
	};
	aborting.signal.removeEventListener = function count(...args: Parameters<typeof removeEventListener>) {
		listeners--;
		return removeEventListener.apply(this, args);
	};
	const options = { signal: aborting.signal, keepOpen: true };
	const { writer, reader } = await pairOf(numbers());
	const observables: Observable<number>[] = [
		fromChannel(reader, options),
		latestFrom(reader, options),
		sampleFrom(reader, NEVER, options),
	];
	for (const messages of observables) {
		const subscription = messages.subscribe();
		expect(listeners).toBe(1);
		subscription.unsubscribe();
		expect(listeners).toBe(0);
	}
	NEVER.pipe(writeTo(writer, options)).subscribe().unsubscribe();
	expect(listeners).toBe(0);
});
