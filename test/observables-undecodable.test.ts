/** A newest message that cannot be decoded is skipped; the one before it is not. */
import type { Reader } from 'ringwire';
import { type FromChannelOptions, latestFrom, sampleFrom } from 'ringwire/observables';
import { Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { pairOf } from './support/pair.js';
import { picky } from './support/picky.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

interface Observed {
	readonly seen: string[];
	readonly failures: unknown[];
	/** Makes the Observable read the ring. */
	look(): void;
}

const faces: [string, (reader: Reader<string>, options: FromChannelOptions) => Observed][] = [
	[
		'latestFrom',
		(reader, options) => {
			const seen: string[] = [];
			const failures: unknown[] = [];
			const latest = latestFrom(reader, options);
			latest.subscribe({ next: (text) => seen.push(text), error: (error) => failures.push(error) });
			return { seen, failures, look: () => void latest.value };
		},
	],
	[
		'sampleFrom',
		(reader, options) => {
			const seen: string[] = [];
			const failures: unknown[] = [];
			const ticks = new Subject<void>();
			const samples = sampleFrom(reader, ticks, options);
			samples.subscribe({ next: (text) => seen.push(text), error: (error) => failures.push(error) });
			return { seen, failures, look: () => ticks.next() };
		},
	],
];

describe.each(faces)('%s', (_, observe) => {
	async function observed(options: FromChannelOptions) {
		const { writer, reader } = await pairOf(picky());
		const errors: string[] = [];
		reader.on('error', ({ error }) => errors.push(error.code));
		return { writer, reader, errors, ...observe(reader, options) };
	}

	test('gives the newest one that can be decoded, and an error event for each behind it', async () => {
		const { writer, reader, errors, seen, look } = await observed({});
		writer.tryWriteBatch(['a', 'bad', 'b', 'bad', 'bad']);
		look();
		await until(() => seen.length > 0);
		expect(seen).toEqual(['b']);
		expect(errors).toEqual(['ERR_RINGWIRE_DECODE', 'ERR_RINGWIRE_DECODE']);
		expect(reader.stats.messages).toBe(5);
		writer.tryWriteBatch(['bad', 'c']);
		look();
		await until(() => seen.length > 1);
		expect(seen).toEqual(['b', 'c']);
		expect(errors.length).toBe(2);
	});

	test('fails with DECODE, once, if asked', async () => {
		const { writer, errors, seen, failures, look } = await observed({ onDecodeError: 'error' });
		writer.tryWriteBatch(['a', 'bad', 'bad']);
		look();
		await until(() => failures.length > 0);
		expect(failures).toMatchObject([{ code: 'ERR_RINGWIRE_DECODE' }]);
		expect([seen, errors]).toEqual([[], []]);
	});
});
