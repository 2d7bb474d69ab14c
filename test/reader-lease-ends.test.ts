/** The ends of leases: with a loop, with their reader, and with their writer. */
import { type Channel, defineChannel, type Lease, type Reader } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { channel, is, large, leaseOf, pattern, written } from './support/leases.js';
import { codeOf, readerOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

describe('a loop over leases', () => {
	test('a lease ends with the next step, unless it is kept', async () => {
		const { writer, reader } = await written('block', {}, large, 30, large, large);
		writer.end();
		const seen: Lease<Buffer>[] = [];
		for await (const lease of reader.leases()) {
			expect(is(lease, pattern(lease.bytes.length, seen.length))).toBe(true);
			for (const [i, before] of seen.entries()) {
				expect(await codeOf(() => before.bytes)).toBe(i === 2 ? undefined : 'ERR_RINGWIRE_CLOSED');
			}
			seen.push(seen.length === 2 ? lease.keep() : lease);
		}
		expect(seen.map(({ isCopy }) => isCopy)).toEqual([false, true, false, false]);
		expect(await codeOf(() => seen[3]?.bytes)).toBe('ERR_RINGWIRE_CLOSED');
		// The reader has ended, and the kept lease has not.
		expect(seen[2]?.bytes.equals(pattern(large, 2))).toBe(true);
		expect((await writer.close()).unread).toBe(0);
		expect(seen[2]?.bytes.equals(pattern(large, 2))).toBe(true);
		seen[2]?.release();
	});

	test('a lease belongs to the loop as soon as it is there: two steps at once leave none open', async () => {
		const { writer, reader } = await written('block', {}, large, large);
		const leases = reader.leases({ keepOpen: true });
		const [first, second] = await Promise.all([leases.next(), leases.next()]);
		expect(await codeOf(() => first.value?.bytes)).toBe('ERR_RINGWIRE_CLOSED');
		expect(second.value?.bytes.equals(pattern(large, 1))).toBe(true);
		await leases.return?.();
		expect(await codeOf(() => second.value?.bytes)).toBe('ERR_RINGWIRE_CLOSED');
		expect((await writer.close()).unread).toBe(0);
	});

	test('leaving it ends the lease and closes the reader, or keeps it open', async () => {
		const { reader } = await written('block', {}, large, large, large);
		let first: Lease<Buffer> | undefined;
		for await (const lease of reader.leases({ keepOpen: true })) {
			first = lease;
			break;
		}
		expect(await codeOf(() => first?.bytes)).toBe('ERR_RINGWIRE_CLOSED');
		const kept: Lease<Buffer>[] = [];
		for await (const lease of reader.leases()) {
			kept.push(lease.keep());
			if (kept.length === 2) break;
		}
		expect(reader.closed).toBe(true);
		expect(await codeOf(() => kept[0]?.bytes)).toBe('ERR_RINGWIRE_CLOSED');
	});

	test('its signal ends it', async () => {
		const { reader } = await written('block', {}, large);
		const abort = new AbortController();
		const seen: Lease<Buffer>[] = [];
		const loop = async () => {
			for await (const lease of reader.leases({ signal: abort.signal })) {
				seen.push(lease);
				setImmediate(() => abort.abort(new Error('enough')));
			}
		};
		expect(await codeOf(loop)).toEqual(new Error('enough'));
		expect(await codeOf(() => seen[0]?.bytes)).toBe('ERR_RINGWIRE_CLOSED');
		expect(reader.closed).toBe(true);
	});
});

describe('the ends of readers and writers', () => {
	test.each(['close', 'dispose', 'abort'] as const)(
		'after %s every lease has ended, and its messages are the next reader\u2019s',
		async (how) => {
			const abort = new AbortController();
			const { writer, reader } = await written('block', { signal: abort.signal }, large, 30, large);
			const leases = [leaseOf(reader), leaseOf(reader), leaseOf(reader)];
			leases[2]?.release();
			const { bytes } = leases[0] as Lease<Buffer>;
			const { bytes: copy } = leases[1] as Lease<Buffer>;
			if (how === 'close') await reader.close();
			else if (how === 'dispose') reader[Symbol.dispose]();
			else abort.abort();
			for (const lease of leases) {
				expect(await codeOf(() => lease.bytes)).toBe('ERR_RINGWIRE_CLOSED');
				lease.release();
			}
			expect(bytes.equals(Buffer.alloc(large))).toBe(true);
			bytes.fill(1); // harmless
			expect(copy.equals(pattern(30, 1))).toBe(true);
			const next = readerOf(channelOf(reader));
			await next.whenConnected();
			while (writer.peers.length === 0 || next.available < 3) await turns();
			expect(next.readBatch().map(({ length }) => length)).toEqual([large, 30, large]);
		},
	);

	test.each(['close', 'shutdown', 'end'] as const)('the bytes stay when the writer is gone by %s', async (how) => {
		const { writer, reader } = await written('block', {}, large, large);
		const first = leaseOf(reader);
		if (how === 'close') await writer.close({ lingerMs: 0 });
		else writer[how]();
		await turns(5);
		const second = leaseOf(reader);
		expect(
			await reader.lease({ signal: AbortSignal.timeout(how === 'close' ? 50 : 60_000) }).catch(() => undefined),
		).toBeUndefined();
		expect(reader.closed).toBe(how !== 'close');
		expect([is(first, pattern(large, 0)), is(second, pattern(large, 1))]).toEqual([true, true]);
		first.release();
		expect(is(second, pattern(large, 1))).toBe(true);
		second.release();
	});

	test('close after the end ends the leases that were open', async () => {
		const { writer, reader } = await written('block', {}, large);
		const lease = leaseOf(reader);
		const { bytes } = lease;
		writer.end();
		expect(await reader.lease()).toBeUndefined();
		expect(is(lease, pattern(large, 0))).toBe(true);
		await reader.close();
		expect(await codeOf(() => lease.bytes)).toBe('ERR_RINGWIRE_CLOSED');
		expect(bytes.equals(Buffer.alloc(large))).toBe(true);
	});

	test('on a closed reader tryLease and lease are CLOSED, and a loop is over', async () => {
		const reader = readerOf(channel());
		await reader.close();
		expect(await codeOf(() => reader.tryLease())).toBe('ERR_RINGWIRE_CLOSED');
		expect(await codeOf(() => reader.lease())).toBe('ERR_RINGWIRE_CLOSED');
		for await (const _ of reader.leases()) throw new Error('there is no message');
	});
});

function channelOf(reader: Reader<Buffer>): Channel<Uint8Array, Buffer> {
	return defineChannel({ name: reader.name, overflow: 'block', capacity: 1024 * 1024, depth: 64 });
}
