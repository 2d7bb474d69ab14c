/** `until` and a refused hello on the faces of this package: as on the Reader itself. */
import { type Channel, defineChannel, json, type Reader, type ReaderOptions, utf8 } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { channelEvents, fromChannel, latestFrom, pullMap, sampleFrom, writeTo } from 'ringwire/observables';
import { firstValueFrom, NEVER, type Observable, of, Subject } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

type Options = ReaderOptions & { readonly keepOpen?: boolean };
type Source = Channel<number> | Reader<number>;

/** The messages, then `complete` or the code of the error; `look` is the tick of `sampleFrom`. */
interface Seen {
	readonly seen: unknown[];
	look(): void;
	leave(): void;
}

type Begin = (source: Source, options?: Options) => Seen;

function observing(make: (source: Source, options?: Options, ticks?: Observable<void>) => Observable<number>): Begin {
	return (source, options) => {
		const seen: unknown[] = [];
		const ticks = new Subject<void>();
		const subscription = make(source, options, ticks).subscribe({
			next: (message) => seen.push(message),
			error: (error) => seen.push(error.code),
			complete: () => seen.push('complete'),
		});
		onTestFinished(() => subscription.unsubscribe());
		return { seen, look: () => ticks.next(), leave: () => subscription.unsubscribe() };
	};
}

const iterating: Begin = (source, options) => {
	const seen: unknown[] = [];
	const iterator = iterableFrom(source, options)[Symbol.asyncIterator]();
	const loop = async () => {
		for (let next = await iterator.next(); !next.done; next = await iterator.next()) seen.push(next.value);
		seen.push('complete');
	};
	loop().catch((error) => seen.push(error.code));
	onTestFinished(() => void iterator.return?.());
	return { seen, look() {}, leave: () => void iterator.return?.() };
};

const faces: [string, Begin][] = [
	['fromChannel', observing(fromChannel)],
	['pullMap', observing((source, options) => fromChannel(source, options).pipe(pullMap((message) => of(message))))],
	['latestFrom', observing(latestFrom)],
	['sampleFrom', observing((source, options, ticks = NEVER) => sampleFrom(source, ticks, options))],
	['iterableFrom', iterating],
];

const sees = ({ seen, look }: Seen, last: unknown) =>
	until(() => {
		look();
		return seen.at(-1) === last;
	});

describe.each(faces)('%s', (_, begin) => {
	test('until { writers: 2 } ends after the second writer that has ended', async () => {
		const channel = numbers();
		const face = begin(channel, { until: { writers: 2 } });
		for (const message of [1, 2]) {
			const writer = writerOf(channel);
			await writer.whenConnected();
			writer.tryWrite(message);
			await sees(face, message);
			writer.end();
			await writer.close();
		}
		await sees(face, 'complete');
		expect(face.seen).toEqual([1, 2, 'complete']);
	});

	test("until 'closed' survives the end and the death of writers", async () => {
		const channel = numbers();
		const face = begin(channel, { until: 'closed' });
		for (const message of [1, 2, 3]) {
			const writer = writerOf(channel);
			await writer.whenConnected();
			writer.tryWrite(message);
			await sees(face, message);
			if (message === 2) writer.end();
			writer[Symbol.dispose]();
			await turns(5);
			face.look();
		}
		expect(face.seen).toEqual([1, 2, 3]);
	});
});

/** A channel with a peer of another codec. */
function misunderstanding(overflow: 'block' | 'drop-oldest') {
	const name = uniqueName();
	const channel = defineChannel({ name, codec: json<number>(), overflow, ...tiny });
	const other = defineChannel({ name, codec: utf8(), overflow, ...tiny });
	return { channel, other };
}

describe.each(['block', 'drop-oldest'] as const)('a refused hello, %s', (overflow) => {
	test.each(faces)('fails %s over a Channel', async (_, begin) => {
		const { channel, other } = misunderstanding(overflow);
		const face = begin(channel);
		await turns(3);
		writerOf(other).on('error', () => {});
		await sees(face, 'ERR_RINGWIRE_MISMATCH');
		expect(face.seen).toEqual(['ERR_RINGWIRE_MISMATCH']);
	});

	test.each(faces)(
		'fails %s over a given Reader once, without a warning, and the Reader goes on',
		async (_, begin) => {
			const warnings: Error[] = [];
			const warn = (warning: Error) => warnings.push(warning);
			process.on('warning', warn);
			onTestFinished(() => void process.off('warning', warn));
			const { channel, other } = misunderstanding(overflow);
			const reader = readerOf(channel);
			const face = begin(reader, { keepOpen: true });
			await turns(3);
			const stranger = writerOf(other);
			stranger.on('error', () => {});
			await sees(face, 'ERR_RINGWIRE_MISMATCH');
			const again = begin(reader, { keepOpen: true });
			const writer = writerOf(channel);
			await writer.whenConnected();
			writer.tryWrite(1);
			await sees(again, 1);
			expect([face.seen, again.seen]).toEqual([['ERR_RINGWIRE_MISMATCH'], [1]]);
			expect(warnings).toEqual([]);
		},
	);

	test.each(faces)('from before fails %s over a given Reader', async (_, begin) => {
		const { channel, other } = misunderstanding(overflow);
		const reader = readerOf(channel);
		const errors: string[] = [];
		reader.on('error', ({ error }) => errors.push(error.code));
		writerOf(other).on('error', () => {});
		await until(() => errors.length > 0);
		await sees(begin(reader), 'ERR_RINGWIRE_MISMATCH');
	});

	test.each(faces)("is an event only for %s with until 'closed'", async (_, begin) => {
		const { channel, other } = misunderstanding(overflow);
		const reader = readerOf(channel, { until: 'closed' });
		const errors: string[] = [];
		channelEvents(reader).subscribe((event) => event.type === 'error' && errors.push(event.error.code));
		const face = begin(reader);
		writerOf(other).on('error', () => {});
		await until(() => errors.length > 0);
		await turns(5);
		face.look();
		expect(face.seen).toEqual([]);
	});

	test('fails pullMap whose work is done, when it reads on', async () => {
		const { channel, other } = misunderstanding(overflow);
		const reader = readerOf(channel);
		const errors: string[] = [];
		reader.on('error', ({ error }) => errors.push(error.code));
		const work = new Subject<number>();
		const failed = codeOf(() => firstValueFrom(fromChannel(reader).pipe(pullMap(() => work))));
		const writer = writerOf(channel);
		writer.tryWrite(1);
		await until(() => work.observed);
		writer[Symbol.dispose]();
		await until(() => reader.peers.length === 0);
		writerOf(other).on('error', () => {});
		await until(() => errors.length > 0);
		await turns(3);
		work.complete();
		expect(await failed).toBe('ERR_RINGWIRE_MISMATCH');
	});

	test.each([false, true])('fails writeTo once; a given Writer: %s', async (given) => {
		const { channel, other } = misunderstanding(overflow);
		const target = given ? writerOf(channel) : channel;
		const failed = codeOf(() => firstValueFrom(NEVER.pipe(writeTo(target))));
		await turns(3);
		readerOf(other).on('error', () => {});
		expect(await failed).toBe('ERR_RINGWIRE_MISMATCH');
	});
});
