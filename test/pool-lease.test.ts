/** Leases of messages in a pool: by the position of the reader, or by a pin. */
import { createPool, defineChannel, type Lease, type Loan, type Overflow, type Reader, type Writer } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const bytes = 100_000;
const policies = ['block', 'drop-newest', 'drop-oldest', 'latest'] as const;
const lossy = ['drop-oldest', 'latest'] as const;

interface SceneOptions {
	readonly overflow?: Overflow;
	/** How many messages the pool has room for. */
	readonly room?: number;
	readonly depth?: number;
	readonly byteLength?: number;
}

async function sceneOf({ overflow = 'block', room = 8, depth = 64, byteLength = bytes }: SceneOptions = {}) {
	const channel = defineChannel({ name: uniqueName(), overflow, capacity: 64 * 1024, depth });
	const pool = createPool({ bytes: room * Math.ceil(byteLength / 4096) * 4096 });
	onTestFinished(() => pool.close());
	const writer = writerOf(channel, { pool });
	const reader = readerOf(channel);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	return { channel, pool, writer, reader };
}

function publish(loan: Loan | undefined, seed: number): void {
	if (loan === undefined) throw new Error('there is no room');
	loan.bytes.fill(seed);
	loan.commit();
}

function write(writer: Writer<never>, ...seeds: number[]): void {
	for (const seed of seeds) publish(writer.tryLoan(bytes), seed);
}

function leaseOf<T>(reader: Reader<T>): Lease<T> {
	const lease = reader.tryLease();
	if (lease === undefined) throw new Error('there is no message');
	return lease;
}

const isWhole = ({ bytes: content }: Lease<unknown>, seed: number): boolean =>
	content.length === bytes && content.every((byte) => byte === seed);

describe.each(policies)('%s', (overflow) => {
	test('a lease is no copy, and stays as it is while the writer uses the pool again and again', async () => {
		const { writer, reader } = await sceneOf({ overflow, room: 6 });
		write(writer, 200);
		const kept = leaseOf(reader).keep();
		let reused = 0;
		for (let seed = 0; seed < 100; seed++) {
			publish(await writer.loan(bytes), seed);
			const next = leaseOf(reader);
			expect([next.isCopy, isWhole(next, seed), isWhole(kept, 200)]).toEqual([false, true, true]);
			next.release();
			reused++;
		}
		expect(reused).toBe(100);
		expect(kept.isCopy).toBe(false);
		kept.release();
	});

	test('a store into a lease reaches neither another reader nor a later lease', async () => {
		const { channel, writer, reader } = await sceneOf({ overflow, room: 3 });
		const other = readerOf(channel);
		await Promise.all([other.whenConnected(), writer.whenConnected(2)]);
		for (let seed = 1; seed < 10; seed++) {
			publish(await writer.loan(bytes), seed);
			const [mine, theirs] = [leaseOf(reader), leaseOf(other)];
			mine.bytes.fill(0xff);
			expect(isWhole(theirs, seed)).toBe(true);
			mine.release();
			theirs.release();
		}
	});

	test('a kept lease holds its own memory only, and the pool has it again after the release', async () => {
		const { pool, writer, reader } = await sceneOf({ overflow, room: 4, depth: 4 });
		write(writer, 1);
		const kept = leaseOf(reader).keep();
		for (let seed = 2; seed < 50; seed++) {
			publish(await writer.loan(bytes), seed);
			expect(reader.tryRead()?.[0]).toBe(seed);
		}
		expect(isWhole(kept, 1)).toBe(true);
		kept.release();
		// The newest message of `latest` keeps its room.
		const rest = overflow === 'latest' ? pool.bytes - 2 * bytes : pool.bytes;
		expect((await writer.loan(rest)).bytes.length).toBe(rest);
	});

	test('close of the reader: the bytes are zeros, and the pins are gone', async () => {
		const { pool, writer, reader } = await sceneOf({ overflow, room: 2 });
		write(writer, 1);
		const { bytes: content } = leaseOf(reader).keep();
		await reader.close();
		expect(content.every((byte) => byte === 0)).toBe(true);
		while (writer.peers.length > 0) await turns();
		expect(writer.tryLoan(pool.bytes / 2)).toBeDefined();
	});

	test('the bytes stay when the writer and the pool are closed, until the lease ends', async () => {
		const { pool, writer, reader } = await sceneOf({ overflow });
		write(writer, 7);
		const lease = leaseOf(reader).keep();
		pool.close();
		await writer.close({ lingerMs: 0 });
		while (reader.peers.length > 0) await turns();
		expect(isWhole(lease, 7)).toBe(true);
		lease.release();
	});
});

test.each(policies)('%s: both sides count leases, and the reader knows the age of the oldest', async (overflow) => {
	const { writer, reader } = await sceneOf({ overflow });
	const counts = () => [reader.stats.peers[0]?.leases, writer.stats.peers[0]?.leases];
	expect([counts(), reader.stats.peers[0]?.oldestLeaseMs]).toEqual([[0, 0], 0]);
	write(writer, 1);
	const first = leaseOf(reader).keep();
	write(writer, 2);
	const second = leaseOf(reader);
	const isPinned = overflow === 'drop-oldest' || overflow === 'latest';
	expect(counts()).toEqual([2, isPinned ? 2 : 1]);
	expect(reader.stats.peers[0]?.oldestLeaseMs).toBeGreaterThan(0);
	first.release();
	second.release();
	expect([counts(), reader.stats.peers[0]?.oldestLeaseMs]).toEqual([[0, 0], 0]);
});

describe('block', () => {
	test('without keep an open lease holds the messages behind it, with keep it does not', async () => {
		const { writer, reader } = await sceneOf({ room: 16, depth: 4 });
		write(writer, 1, 2, 3, 4);
		const first = leaseOf(reader);
		for (const seed of [2, 3, 4]) {
			const lease = leaseOf(reader);
			expect(isWhole(lease, seed)).toBe(true);
			lease.release();
		}
		expect(writer.tryLoan(bytes)).toBeUndefined();
		first.keep();
		await turns(2);
		write(writer, 5, 6, 7, 8);
		expect(isWhole(first, 1)).toBe(true);
		expect(writer.tryLoan(bytes)).toBeUndefined();
	});

	test('a kept message has been delivered: the next reader does not get it', async () => {
		const { channel, writer, reader } = await sceneOf();
		write(writer, 1, 2);
		leaseOf(reader).keep();
		const open = leaseOf(reader);
		await reader.close();
		const next = readerOf(channel);
		expect((await next.lease())?.bytes[0]).toBe(2);
		expect(() => open.bytes).toThrow('closed');
	});

	test('with more kept leases than there are pins, the others hold the position', async () => {
		const count = 500;
		const { writer, reader } = await sceneOf({ room: count + 2, depth: 1024, byteLength: 16_384 });
		const kept: Lease<Buffer>[] = [];
		for (let seed = 0; seed < count; seed++) {
			const loan = await writer.loan(16_384);
			loan.bytes.fill(seed);
			loan.commit();
			kept.push(leaseOf(reader).keep());
		}
		expect(kept.every((lease, seed) => !lease.isCopy && lease.bytes.every((byte) => byte === (seed & 0xff)))).toBe(
			true,
		);
		expect(writer.stats.peers[0]?.messages).toBe(480);
		for (const lease of kept) lease.release();
		expect(writer.stats.peers[0]?.messages).toBe(count);
	});
});

describe.each(lossy)('%s', (overflow) => {
	test('a pool full of pins: no loan, under a policy that never waits, until one is released', async () => {
		const { writer, reader } = await sceneOf({ overflow, room: 3 });
		const kept = [1, 2, 3].map((seed) => {
			write(writer, seed);
			return leaseOf(reader).keep();
		});
		expect(writer.tryLoan(bytes)).toBeUndefined();
		const waiting = writer.loan(bytes);
		await turns(3);
		expect(kept.map((lease, i) => isWhole(lease, i + 1))).toEqual([true, true, true]);
		kept[1]?.release();
		publish(await waiting, 4);
		expect(leaseOf(reader).bytes[0]).toBe(4);
		expect(writer.stats.dropped).toBe(0);
	});

	test('more leases than there are pins are LIMIT, and the message stays in the ring', async () => {
		const { writer, reader } = await sceneOf({ overflow, room: 490, depth: 1024, byteLength: 16_384 });
		const kept: Lease<Buffer>[] = [];
		for (let seed = 0; seed < 480; seed++) {
			writer.tryLoan(16_384)?.commit();
			kept.push(leaseOf(reader).keep());
		}
		writer.tryLoan(16_384)?.commit(10_000); // copied
		expect(leaseOf(reader).isCopy).toBe(true);
		writer.tryLoan(16_384)?.commit();
		expect(await codeOf(() => reader.tryLease())).toBe('ERR_RINGWIRE_LIMIT');
		kept[0]?.release();
		expect(leaseOf(reader).bytes.length).toBe(16_384);
	});

	test('copies and leases beside a writer that overtakes them are whole', async () => {
		const { writer, reader } = await sceneOf({ overflow, room: 4 });
		let seen = 0;
		for (let seed = 0; seed < 400; seed++) {
			publish(await writer.loan(bytes), seed);
			if (seed % 3 === 0) continue;
			if (seed % 3 === 1) {
				const message = reader.tryRead();
				expect(message?.every((byte) => byte === message[0])).toBe(true);
			} else {
				const lease = reader.tryLease();
				expect(lease?.bytes.every((byte) => byte === lease.bytes[0])).toBe(true);
				lease?.release();
			}
			seen++;
		}
		expect(seen).toBe(266);
		expect(reader.stats.messages + reader.stats.lost + reader.available).toBe(400);
	});
});
