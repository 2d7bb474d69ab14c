/** Leases: messages that are used where they are, in the memory of the lane. */
import { array, type Codec, defineChannel, f64, framed, json, type Lease, struct, u32, utf8 } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { channel, is, large, leaseOf, pattern, written } from './support/leases.js';
import { codeOf, pairOf, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const policies = ['block', 'drop-newest', 'drop-oldest', 'latest'] as const;

describe('one lease of', () => {
	test.each([
		...policies.flatMap((overflow) => [0, 100, 16_383, 16_384, 100_000].map((length) => ({ overflow, length }))),
		{ overflow: 'block', length: 100_000, lossy: true } as const,
	])('%j', async ({ overflow, length, ...options }) => {
		const { writer, reader } = await written(overflow, options, length);
		const lease = leaseOf(reader);
		const isView =
			(overflow === 'block' || overflow === 'drop-newest') && length >= 16_384 && !('lossy' in options);
		expect(lease.isCopy).toBe(!isView);
		expect(is(lease, pattern(length, 0))).toBe(true);
		expect(lease.message).toBe(lease.bytes);
		expect(lease.peer).toBe(reader.peers[0]);
		expect(reader.stats).toMatchObject({ messages: 1, bytes: length });
		lease.release();
		lease.release();
		expect(await codeOf(() => lease.bytes)).toBe('ERR_RINGWIRE_CLOSED');
		expect(await codeOf(() => lease.message)).toBe('ERR_RINGWIRE_CLOSED');
		expect(await codeOf(() => lease.keep())).toBe('ERR_RINGWIRE_CLOSED');
		expect(reader.tryLease()).toBeUndefined();
		expect(writer.tryWrite(pattern(5, 1))).toBe(true);
	});

	test('the peer of each message is its writer', async () => {
		const shared = channel();
		const reader = readerOf(shared);
		const writers = [writerOf(shared), writerOf(shared), writerOf(shared)];
		await reader.whenConnected(3);
		await Promise.all(writers.map((writer) => writer.whenConnected()));
		const ids = new Map<number, string>();
		for (const read of [false, true]) {
			for (const [seed, writer] of writers.entries()) {
				for (const length of [50, large]) writer.tryWrite(pattern(length, seed));
			}
			// After a copying read the rest of its batch is leased as copies.
			let left = 6;
			if (read) {
				left -= 1;
				reader.tryRead();
			}
			for (let i = 0; i < left; i++) {
				const lease = leaseOf(reader);
				const seed = [0, 1, 2].find((candidate) => is(lease, pattern(lease.bytes.length, candidate))) ?? -1;
				expect(reader.peers).toContain(lease.peer);
				expect(ids.get(seed) ?? lease.peer.id).toBe(lease.peer.id);
				ids.set(seed, lease.peer.id);
				lease.release();
			}
		}
		expect(new Set(ids.values()).size).toBe(3);
		expect(ids.has(-1)).toBe(false);
	});

	test.each([true, false])(
		'messages that were copied before are leased as copies, reuseMemory: %s',
		async (reuseMemory) => {
			const { writer, reader } = await written('block', { reuseMemory }, 10, 20, 30_000, large);
			expect(reader.tryRead()?.length).toBe(10);
			const copies = [leaseOf(reader), leaseOf(reader), leaseOf(reader)];
			expect(copies.map(({ bytes }) => bytes.length)).toEqual([20, 30_000, large]);
			expect(copies[0]?.isCopy).toBe(true);
			for (let seed = 0; seed < 10; seed++) {
				writer.tryWrite(pattern(20, seed + 50));
				reader.tryRead();
			}
			expect(copies.map((lease, i) => is(lease, pattern(lease.bytes.length, i + 1)))).toEqual([true, true, true]);
		},
	);

	test('a store into a lease reaches neither the writer nor a later lease nor a copy', async () => {
		const { writer, reader } = await pairOf(channel('block', 128 * 1024));
		for (let seed = 0; seed < 200; seed++) {
			expect(writer.tryWrite(pattern(large, seed))).toBe(true);
			if (seed % 3 === 2) {
				expect(reader.tryRead()?.equals(pattern(large, seed))).toBe(true);
				continue;
			}
			const lease = leaseOf(reader);
			expect(lease.isCopy).toBe(false);
			expect(is(lease, pattern(large, seed))).toBe(true);
			lease.bytes.fill(255);
			lease.release();
		}
	});
});

describe('the message of a lease', () => {
	const values = Array.from({ length: 4000 }, (_, i) => i / 3);
	const text = 'text with a snowman \u2603 '.repeat(2000);
	const point = struct({ id: u32, values: array(f64, 4000) });
	const own: Codec<Buffer, Buffer> = { id: 'own', encode: (message) => message, decode: (bytes) => bytes };

	/** Changes all bytes under the message, as a hostile writer does, after it was decoded. */
	async function afterChange<In, Out>(codec: Codec<In, Out>, message: In) {
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec, capacity: 1024 * 1024 }));
		writer.tryWrite(message);
		const lease = leaseOf(reader);
		expect(lease.isCopy).toBe(false);
		const decoded = lease.message;
		expect(lease.message).toBe(decoded);
		lease.bytes.fill(1);
		return { decoded, lease };
	}

	test('a decoded message that is not bytes does not share the memory of the lease', async () => {
		expect((await afterChange(json<{ text: string }>(), { text })).decoded).toEqual({ text });
		expect((await afterChange(utf8(), text)).decoded).toBe(text);
		expect((await afterChange(own, pattern(large, 3))).decoded).toEqual(pattern(large, 3));
		const { decoded } = await afterChange(point, { id: 7, values });
		expect(decoded.id).toBe(7);
		expect([...decoded.values]).toEqual(values);
	});

	test('the body of a framed message is in the lease, and its header is not', async () => {
		const codec = framed(json<{ text: string }>());
		const { decoded, lease } = await afterChange(codec, { header: { text }, body: pattern(large, 1) });
		expect(decoded.header).toEqual({ text });
		expect(decoded.body.equals(Buffer.alloc(large, 1))).toBe(true);
		expect(decoded.body.buffer).toBe(lease.bytes.buffer);
	});

	test('a message that cannot be decoded is DECODE, each time, and its bytes can be used', async () => {
		const name = uniqueName();
		const writer = writerOf(defineChannel({ name, codec: { ...json(), encode: () => Buffer.alloc(large, '[') } }));
		const reader = readerOf(defineChannel({ name, codec: json() }));
		await Promise.all([writer.whenConnected(), reader.whenConnected()]);
		writer.tryWrite(0);
		const lease = leaseOf(reader);
		expect(await codeOf(() => lease.message)).toBe('ERR_RINGWIRE_DECODE');
		expect(await codeOf(() => lease.message)).toBe('ERR_RINGWIRE_DECODE');
		expect(lease.bytes.length).toBe(large);
	});

	test('the codec must not use its reader, and a close takes effect after it', async () => {
		const outcomes: unknown[] = [];
		const reentering: Codec<Buffer, Buffer> = {
			...own,
			decode(bytes) {
				for (const call of [() => reader.tryLease(), () => other.message]) {
					try {
						call();
						outcomes.push('returned');
					} catch (error) {
						outcomes.push(Reflect.get(error as object, 'code'));
					}
				}
				void reader.close();
				return Buffer.from(bytes);
			},
		};
		const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: reentering }));
		writer.tryWriteBatch([pattern(large, 1), pattern(large, 2)]);
		const [lease, other] = [leaseOf(reader), leaseOf(reader)];
		expect(lease.message.equals(pattern(large, 1))).toBe(true);
		expect(outcomes).toEqual(['ERR_RINGWIRE_BUSY', 'ERR_RINGWIRE_BUSY']);
		expect(reader.closed).toBe(true);
		expect(await codeOf(() => lease.bytes)).toBe('ERR_RINGWIRE_CLOSED');
	});
});

describe('room', () => {
	test('the writer gets room when the oldest lease ends, in whatever order leases end', async () => {
		const { writer, reader } = await pairOf(channel('block', 128 * 1024));
		const write = () => writer.tryWrite(pattern(large, 9));
		let count = 0;
		while (write()) count++;
		const leases = Array.from({ length: count }, () => leaseOf(reader));
		let spaces = 0;
		writer.on('space', () => spaces++);
		for (const lease of leases.slice(1).reverse()) {
			lease.release();
			await turns(3);
			expect(write()).toBe(false);
		}
		expect(is(leases[0] as Lease<Buffer>, pattern(large, 9))).toBe(true);
		leases[0]?.release();
		while (spaces === 0) await turns();
		for (let i = 0; i < count; i++) expect(write()).toBe(true);
		expect(write()).toBe(false);
	});

	test('copying reads go on beside an open lease, and hold the room that it holds', async () => {
		const { writer, reader } = await pairOf(channel('block', 128 * 1024));
		writer.tryWrite(pattern(large, 0));
		const lease = leaseOf(reader);
		let copied = 0;
		for (let seed = 1; writer.tryWrite(pattern(large, seed)); seed++) {
			expect(reader.tryRead()?.equals(pattern(large, seed))).toBe(true);
			copied++;
		}
		expect(copied).toBeGreaterThan(2);
		expect(is(lease, pattern(large, 0))).toBe(true);
		await turns(3);
		expect(writer.tryWrite(pattern(large, 1))).toBe(false);
		lease.release();
		await turns(3);
		expect(writer.tryWrite(pattern(large, 1))).toBe(true);
	});

	test('a flush is complete when the last lease has ended', async () => {
		const { writer, reader } = await written('block', {}, large, large);
		const leases = [leaseOf(reader), leaseOf(reader)];
		let flushed = false;
		const flush = writer.flush().then(() => {
			flushed = true;
		});
		await turns(5);
		leases[1]?.release();
		await turns(5);
		expect(flushed).toBe(false);
		leases[0]?.release();
		await flush;
	});

	test('1024 leases may be open at a time; with one more the message stays', async () => {
		const wide = defineChannel({ name: uniqueName(), capacity: 32 * 1024 * 1024, depth: 2048 });
		const { writer, reader } = await pairOf(wide);
		for (let seed = 0; seed < 1025; seed++) expect(writer.tryWrite(pattern(16_384, seed))).toBe(true);
		const leases = Array.from({ length: 1024 }, () => leaseOf(reader));
		expect(await codeOf(() => reader.tryLease())).toBe('ERR_RINGWIRE_LIMIT');
		expect(await codeOf(() => reader.lease())).toBe('ERR_RINGWIRE_LIMIT');
		expect(reader.available).toBe(1);
		leases[700]?.release();
		expect(is(leaseOf(reader), pattern(16_384, 1024))).toBe(true);
		expect(leases.every((lease, seed) => seed === 700 || is(lease, pattern(16_384, seed)))).toBe(true);
	});
});

describe('waiting', () => {
	test('lease waits for a message, and resolves with undefined at the end', async () => {
		const { writer, reader } = await pairOf(channel());
		const waiting = reader.lease();
		expect(await codeOf(() => reader.tryLease())).toBe('ERR_RINGWIRE_BUSY');
		expect(await codeOf(() => reader.read())).toBe('ERR_RINGWIRE_BUSY');
		writer.tryWrite(pattern(large, 1));
		const lease = await waiting;
		expect(lease?.bytes.equals(pattern(large, 1))).toBe(true);
		writer.end();
		expect(await reader.lease()).toBeUndefined();
		expect(lease?.bytes.equals(pattern(large, 1))).toBe(true);
		expect(reader.closed).toBe(true);
	});

	test('an abort rejects the wait, and no message is lost', async () => {
		const { writer, reader } = await pairOf(channel());
		const abort = new AbortController();
		const waiting = codeOf(() => reader.lease({ signal: abort.signal }));
		abort.abort(new Error('enough'));
		expect(await waiting).toEqual(new Error('enough'));
		writer.tryWrite(pattern(large, 1));
		expect(is((await reader.lease()) as Lease<Buffer>, pattern(large, 1))).toBe(true);
	});

	test('`data` follows a tryLease that found nothing', async () => {
		const { writer, reader } = await pairOf(channel());
		const available = new Promise<number>((resolve) => reader.on('data', (event) => resolve(event.available)));
		expect(reader.tryLease()).toBeUndefined();
		writer.tryWrite(pattern(large, 1));
		expect(await available).toBe(1);
		leaseOf(reader);
	});
});
