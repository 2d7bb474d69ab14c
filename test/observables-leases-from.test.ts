/** Leases as values of Observables. */
import { type Channel, defineChannel, type Lease, type Writer } from 'ringwire';
import { latestFrom, leasesFrom, pullMap } from 'ringwire/observables';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const bytes = 50_000;
const channel = (): Channel<Uint8Array, Buffer> =>
	defineChannel({ name: uniqueName(), capacity: 1024 * 1024, depth: 64 });
const message = (seed: number) => Buffer.alloc(bytes, seed);
const seedOf = ({ bytes }: Lease<Buffer>) => bytes[bytes.length - 1];
const ended = (lease: Lease<Buffer> | undefined) => codeOf(() => lease?.bytes);

function write(writer: Writer<Uint8Array>, from: number, to: number): void {
	for (let seed = from; seed <= to; seed++) expect(writer.tryWrite(message(seed))).toBe(true);
}

describe('leasesFrom', () => {
	test('all subscribers get a lease, which ends when the last one has returned, unless it is kept', async () => {
		const shared = channel();
		const writer = writerOf(shared);
		write(writer, 1, 5);
		writer.end();
		const seen: Lease<Buffer>[] = [];
		const outcomes: unknown[] = [];
		const leases = leasesFrom(shared);
		const one = lastValueFrom(leases);
		leases.subscribe((lease) => {
			for (const before of seen) {
				try {
					outcomes.push(seedOf(before));
				} catch (error) {
					outcomes.push(Reflect.get(error as object, 'code'));
				}
			}
			seen.push(lease);
			if (seen.length === 2) lease.keep();
			expect(lease.isCopy).toBe(false);
			expect(seedOf(lease)).toBe(seen.length);
		});
		await one;
		expect(seen.length).toBe(5);
		const closed = 'ERR_RINGWIRE_CLOSED';
		expect(outcomes).toEqual([closed, closed, 2, closed, 2, closed, closed, 2, closed, closed]);
		expect(seen[1]?.bytes.equals(message(2))).toBe(true); // its reader has ended
		seen[1]?.release();
		await writer.close();
	});

	test('a subscriber that leaves within next gets no further lease, and its last one ends', async () => {
		const shared = channel();
		const writer = writerOf(shared);
		write(writer, 1, 3);
		const reader = readerOf(shared);
		const seen = await lastValueFrom(leasesFrom(reader, { keepOpen: true }).pipe(take(2), toArray()));
		expect(await Promise.all(seen.map(ended))).toEqual(['ERR_RINGWIRE_CLOSED', 'ERR_RINGWIRE_CLOSED']);
		expect(reader.tryRead()?.equals(message(3))).toBe(true);
	});

	test('behind pullMap a kept lease is open until it is released', async () => {
		const shared = channel();
		const writer = writerOf(shared);
		write(writer, 1, 4);
		writer.end();
		const sums = leasesFrom(shared).pipe(
			pullMap(async (lease) => {
				using kept = lease.keep();
				await turns(3);
				return seedOf(kept);
			}),
			toArray(),
		);
		expect(await lastValueFrom(sums)).toEqual([1, 2, 3, 4]);
		await writer.close();
	});

	test('fails with LIMIT when its subscribers keep too many', async () => {
		const wide = defineChannel({ name: uniqueName(), capacity: 32 * 1024 * 1024, depth: 2048 });
		const writer = writerOf(wide);
		for (let i = 0; i < 1025; i++) expect(writer.tryWrite(Buffer.alloc(16_384, i))).toBe(true);
		const kept: Lease<Buffer>[] = [];
		const failure = new Promise((resolve) => {
			leasesFrom(wide).subscribe({ next: (lease) => kept.push(lease.keep()), error: resolve });
		});
		expect(await failure).toMatchObject({ code: 'ERR_RINGWIRE_LIMIT' });
		expect(kept.length).toBe(1024);
	});

	test('refuses onDecodeError', () => {
		// @ts-expect-error
		expect(() => leasesFrom(channel(), { onDecodeError: 'event' })).toThrow(TypeError);
	});
});

describe('latestFrom with leases', () => {
	test('gives the newest one, and those before it end', async () => {
		const shared = channel();
		const writer = writerOf(shared);
		const latest = latestFrom(shared, { lease: true });
		const seen: Lease<Buffer>[] = [];
		const seeds: (number | undefined)[] = [];
		const subscription = latest.subscribe((lease) => {
			seen.push(lease);
			seeds.push(seedOf(lease));
		});
		await writer.whenConnected();
		write(writer, 1, 4);
		while (seeds.at(-1) !== 4) await turns();
		expect(latest.value).toBe(seen.at(-1));
		expect(latest.value?.isCopy).toBe(false);
		write(writer, 5, 8);
		while (seeds.at(-1) !== 8) await turns();
		const before = await Promise.all(seen.slice(0, -1).map(ended));
		expect(new Set(before)).toEqual(new Set(['ERR_RINGWIRE_CLOSED']));
		write(writer, 9, 9);
		while (seedOf(latest.value as Lease<Buffer>) !== 9) await turns();
		// A late subscriber gets it too.
		expect([8, 9]).toContain(await firstValueFrom(latest.pipe(map(seedOf))));
		subscription.unsubscribe();
		expect(latest.value).toBeUndefined();
		await Promise.all(seen.map(async (lease) => expect(await ended(lease)).toBe('ERR_RINGWIRE_CLOSED')));
	});

	test('a value never holds its writer back for longer than the next one', async () => {
		const shared = channel();
		const writer = writerOf(shared);
		const seen: number[] = [];
		const subscription = latestFrom(shared, { lease: true }).subscribe((lease) => seen.push(seedOf(lease) ?? 0));
		for (let seed = 1; seed <= 200; seed++) await writer.write(message(seed));
		while (seen.at(-1) !== 200) await turns();
		expect(seen).toEqual([...seen].sort((one, other) => one - other));
		subscription.unsubscribe();
	});

	test('with a Reader that stays open, the last value ends with the last subscriber', async () => {
		const shared = channel();
		const writer = writerOf(shared);
		const reader = readerOf(shared, { order: 'time' });
		write(writer, 1, 2);
		const latest = latestFrom(reader, { lease: true, keepOpen: true });
		const lease = await firstValueFrom(latest);
		expect(await ended(lease)).toBe('ERR_RINGWIRE_CLOSED');
		expect(writer.stats.peers[0]?.messages).toBe(2);
	});

	test('a value that is found when the last subscriber has just left is released', async () => {
		const shared = channel();
		const reader = readerOf(shared, { order: 'time' });
		const latest = latestFrom(reader, { lease: true, keepOpen: true });
		const subscription = latest.subscribe();
		reader.on('connect', () => subscription.unsubscribe());
		const writer = writerOf(shared);
		write(writer, 1, 2);
		while (!subscription.closed) {
			expect(latest.value).toBeUndefined();
			if (!subscription.closed) await turns();
		}
		for (let lease = reader.tryLease(); lease !== undefined; lease = reader.tryLease()) lease.release();
		expect((await writer.close()).unread).toBe(0);
	});

	test('has no initial value', () => {
		// @ts-expect-error
		expect(() => latestFrom(channel(), { lease: true, initial: message(0) })).toThrow(TypeError);
	});
});
