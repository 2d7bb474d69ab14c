/** Loans in a pool: any number of them, on one writer or several, committed in any order. */
import {
	array,
	type Channel,
	createPool,
	defineChannel,
	f64,
	type Loan,
	type Overflow,
	openWriter,
	type Pool,
	struct,
	u8,
	u32,
	type Writer,
} from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { countMappings } from './support/descriptors.js';
import { collectUntil } from './support/lifetime.js';
import { codeOf, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { canTransfer, transferred } from './support/transfer.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const policies = ['block', 'drop-newest', 'drop-oldest', 'latest'] as const;
/** Larger than the lanes. */
const large = 300_000;

const channel = (overflow: Overflow = 'block', depth = 64): Channel<Uint8Array, Buffer> =>
	defineChannel({ name: uniqueName(), overflow, capacity: 64 * 1024, depth });

function poolOf(bytes = 2 * 1024 * 1024, messageMax?: number): Pool {
	const pool = createPool({ bytes, messageMax });
	onTestFinished(() => pool.close());
	return pool;
}

/** A connected writer and reader, and the pool of the writer. */
async function sceneOf(overflow: Overflow = 'block', pool = poolOf(), depth = 64) {
	const definition = channel(overflow, depth);
	const writer = writerOf(definition, { pool });
	const reader = readerOf(definition);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	return { pool, writer, reader };
}

function loanOf(writer: Writer<never>, byteLength: number): Loan {
	const loan = writer.tryLoan(byteLength);
	if (loan === undefined) throw new Error('there is no room');
	return loan;
}

function commit(loan: Loan, value: number, byteLength?: number): void {
	loan.bytes.fill(value);
	loan.commit(byteLength);
}

const firsts = (messages: readonly Buffer[]): number[] => messages.map((message) => message[0] ?? -1);

describe.each(policies)('%s', (overflow) => {
	test.each([0, 1, 16_383, 16_384, large])('a committed loan of %d bytes is the message', async (length) => {
		const { pool, writer, reader } = await sceneOf(overflow);
		for (let seed = 1; seed < 20; seed++) {
			const loan = loanOf(writer, length);
			expect(loan.bytes.length).toBe(length);
			expect(pool.openLoans).toBe(1);
			loan.bytes.fill(seed);
			expect(reader.tryRead()).toBeUndefined();
			loan.commit();
			expect([loan.bytes.length, pool.openLoans]).toEqual([0, 0]);
			expect(reader.tryRead()?.equals(Buffer.alloc(length, seed))).toBe(true);
		}
		expect(writer.stats).toMatchObject({ messages: 19, bytes: 19 * length });
	});

	test('a commit may publish fewer bytes, and the rest is free again', async () => {
		const { pool, writer, reader } = await sceneOf(overflow);
		const before = pool.free;
		for (const shorter of [large, 20_000, 0]) {
			commit(loanOf(writer, large), 7, shorter);
			expect(reader.tryRead()?.equals(Buffer.alloc(shorter, 7))).toBe(true);
		}
		expect(before - pool.free).toBeLessThan(large + 20_000 + 3 * 4096);
	});

	test('nothing is published of a loan that ends without a commit, and its room is free again', async () => {
		const { pool, writer, reader } = await sceneOf(overflow);
		const before = pool.free;
		for (const length of [10, large]) {
			const aborted = loanOf(writer, length);
			aborted.abort();
			aborted.abort();
			const disposed = loanOf(writer, length);
			disposed[Symbol.dispose]();
			expect([aborted.bytes.length, disposed.bytes.length]).toEqual([0, 0]);
		}
		expect([pool.free, pool.openLoans]).toEqual([before, 0]);
		await turns(2);
		expect(reader.tryRead()).toBeUndefined();
	});

	test.each([10, large])('a loan of %d bytes ends with its writer', async (length) => {
		for (const end of ['end', 'close', 'shutdown', 'dispose'] as const) {
			const { pool, writer, reader } = await sceneOf(overflow);
			const before = pool.free;
			const loan = loanOf(writer, length);
			if (end === 'dispose') writer[Symbol.dispose]();
			else if (end === 'close') await writer.close({ lingerMs: 0 });
			else writer[end]();
			expect(await codeOf(() => loan.commit())).toBe('ERR_RINGWIRE_CLOSED');
			loan.abort();
			expect([loan.bytes.length, pool.free, pool.openLoans]).toEqual([0, before, 0]);
			expect(reader.tryRead()).toBeUndefined();
		}
	});

	test.each([10, large])('a loan of %d bytes that is forgotten is aborted', async (length) => {
		const { pool, writer } = await sceneOf(overflow);
		(() => void loanOf(writer, length))();
		expect(pool.openLoans).toBe(1);
		await collectUntil(() => pool.openLoans === 0);
		expect(pool.openLoans).toBe(0);
	});

	test('one commit publishes on several writers', async () => {
		const pool = poolOf();
		const scenes = [await sceneOf(overflow, pool), await sceneOf('block', pool), await sceneOf('latest', pool)];
		const [first, ...others] = scenes.map(({ writer }) => writer);
		if (first === undefined) throw new Error('there is no writer');
		const loan = loanOf(first, large);
		expect(others.map((writer) => loan.share(writer))).toEqual([true, true]);
		expect([loan.share(first), others.map((writer) => loan.share(writer))]).toEqual([true, [true, true]]);
		commit(loan, 5);
		for (const { reader } of scenes) {
			expect(reader.tryRead()?.equals(Buffer.alloc(large, 5))).toBe(true);
			expect(reader.tryRead()).toBeUndefined();
		}
		expect(pool.openLoans).toBe(0);
	});
});

test('loans are committed in any order, while other messages are written', async () => {
	const { writer, reader } = await sceneOf();
	const loans = Array.from({ length: 6 }, () => loanOf(writer, large));
	writer.tryWrite(Buffer.of(100));
	for (const index of [3, 0, 5, 1]) commit(loans[index] as Loan, index);
	writer.tryWrite(Buffer.of(101));
	expect(loans.map(({ bytes }) => bytes.length)).toEqual([0, 0, large, 0, large, 0]);
	commit(loans[4] as Loan, 4);
	loans[2]?.abort();
	const read: Buffer[] = [];
	while (read.length < 7) read.push(...reader.readBatch());
	expect(firsts(read)).toEqual([100, 3, 0, 5, 1, 101, 4]);
});

test('open loans keep descriptors, so that a commit always has room', async () => {
	const { writer, reader } = await sceneOf('block', poolOf(), 4);
	const loans = [loanOf(writer, 1), loanOf(writer, large), loanOf(writer, 20)];
	expect(writer.tryWrite(Buffer.of(9))).toBe(true);
	expect([writer.tryWrite(Buffer.of(9)), writer.tryLoan(1)]).toEqual([false, undefined]);
	for (const [value, loan] of loans.entries()) commit(loan, value);
	expect(firsts(reader.readBatch())).toEqual([9, 0, 1, 2]);
});

describe('a full pool', () => {
	test.each(policies)('%s: a loan waits until another one ends', async (overflow) => {
		const pool = poolOf(1024 * 1024);
		const { writer } = await sceneOf(overflow, pool);
		const loans = [loanOf(writer, 400_000), loanOf(writer, 400_000)];
		expect(writer.tryLoan(400_000)).toBeUndefined();
		let arrived: Loan | undefined;
		const waiting = writer.loan(400_000).then((loan) => {
			arrived = loan;
		});
		await turns(3);
		expect(arrived).toBeUndefined();
		loans[1]?.abort();
		await waiting;
		expect(arrived?.bytes.length).toBe(400_000);
		expect(writer.stats.dropped).toBe(0);
	});

	test.each(['block', 'drop-newest'] as const)('%s: unread messages hold the writer back', async (overflow) => {
		const { writer, reader } = await sceneOf(overflow, poolOf(1024 * 1024));
		for (const value of [1, 2]) commit(loanOf(writer, 400_000), value);
		expect(writer.tryLoan(400_000)).toBeUndefined();
		const waiting = writer.loan(400_000);
		expect(reader.tryRead()?.[0]).toBe(1);
		commit(await waiting, 3);
		expect(firsts([await reader.read(), await reader.read()].map((message) => message ?? Buffer.of()))).toEqual([
			2, 3,
		]);
	});

	test.each(['drop-oldest', 'latest'] as const)('%s: older messages make room', async (overflow) => {
		const { writer, reader } = await sceneOf(overflow, poolOf(1024 * 1024));
		for (let value = 1; value <= 20; value++) commit(loanOf(writer, 400_000), value);
		const read = firsts(reader.readBatch());
		expect(read.at(-1)).toBe(20);
		expect(read.length + reader.stats.lost).toBe(20);
		expect(read.length).toBeLessThanOrEqual(2);
	});

	test('a writer that waits gets its room from the readers of another one', async () => {
		const pool = poolOf(1024 * 1024);
		const [one, other] = [await sceneOf('block', pool), await sceneOf('block', pool)];
		for (const value of [1, 2]) commit(loanOf(one.writer, 400_000), value);
		const waiting = other.writer.loan(400_000);
		await turns(3);
		expect(one.reader.tryRead()?.[0]).toBe(1);
		expect((await waiting).bytes.length).toBe(400_000);
	});

	test('`space` follows when there is room again', async () => {
		const { writer, reader } = await sceneOf('block', poolOf(1024 * 1024));
		const spaces: number[] = [];
		writer.on('space', () => spaces.push(writer.stats.messages));
		for (const value of [1, 2]) commit(loanOf(writer, 400_000), value);
		expect(writer.tryLoan(400_000)).toBeUndefined();
		await turns(3);
		expect(spaces).toEqual([]);
		reader.tryRead();
		reader.tryRead();
		while (spaces.length === 0) await turns();
		expect(writer.tryLoan(400_000)).toBeDefined();
	});

	test('a wait ends with its signal and with the writer', async () => {
		const { writer } = await sceneOf('block', poolOf(1024 * 1024));
		const held = loanOf(writer, 1024 * 1024);
		const abort = new AbortController();
		const aborted = writer.loan(10_000, { signal: abort.signal });
		expect(await codeOf(() => writer.loan(10))).toBe('ERR_RINGWIRE_BUSY');
		abort.abort(new Error('enough'));
		await expect(aborted).rejects.toThrow('enough');
		const closed = writer.loan(10_000);
		await Promise.all([expect(closed).rejects.toThrow('the writer is closed'), writer.close({ lingerMs: 0 })]);
		expect(held.bytes.length).toBe(0);
	});
});

describe('share', () => {
	test('is false while the other writer has no room for a message', async () => {
		const pool = poolOf();
		const [one, other] = [await sceneOf('block', pool), await sceneOf('block', pool, 2)];
		for (const value of [1, 2]) other.writer.tryWrite(Buffer.of(value));
		const loan = loanOf(one.writer, large);
		expect(loan.share(other.writer)).toBe(false);
		other.reader.readBatch();
		await turns(2);
		expect(loan.share(other.writer)).toBe(true);
		commit(loan, 3);
		expect([one.reader.tryRead()?.[0], other.reader.tryRead()?.[0]]).toEqual([3, 3]);
	});

	test('a writer that has closed before the commit publishes nothing, and the others do', async () => {
		const pool = poolOf();
		const [one, other] = [await sceneOf('block', pool), await sceneOf('block', pool)];
		const loan = loanOf(one.writer, large);
		loan.share(other.writer);
		other.writer[Symbol.dispose]();
		commit(loan, 4);
		expect([one.reader.tryRead()?.[0], other.reader.tryRead()]).toEqual([4, undefined]);
	});

	test('after the end of the first writer no other one publishes the loan', async () => {
		const pool = poolOf();
		const [one, other] = [await sceneOf('block', pool), await sceneOf('block', pool)];
		const loan = loanOf(one.writer, large);
		loan.share(other.writer);
		one.writer[Symbol.dispose]();
		expect(await codeOf(() => loan.commit())).toBe('ERR_RINGWIRE_CLOSED');
		expect([other.reader.tryRead(), pool.openLoans]).toEqual([undefined, 0]);
		expect(other.writer.tryWrite(Buffer.of(1))).toBe(true);
	});

	test('with a writer of another pool or of none is a TypeError, and with a closed one CLOSED', async () => {
		const pool = poolOf();
		const [one, other] = [await sceneOf('block', pool), await sceneOf('block', pool)];
		const loan = loanOf(one.writer, 10);
		const stranger = writerOf(channel(), { pool: poolOf() });
		expect(() => loan.share(stranger)).toThrow('writer: the loan is in another pool, or the writer has none');
		expect(() => loan.share(writerOf(channel()))).toThrow(TypeError);
		// @ts-expect-error
		expect(() => loan.share(pool)).toThrow('must be a Writer');
		expect(() => loanOf(writerOf(channel()), 10).share(one.writer)).toThrow('the loan is not in a pool');
		other.writer[Symbol.dispose]();
		expect(await codeOf(() => loan.share(other.writer))).toBe('ERR_RINGWIRE_CLOSED');
		loan.commit();
		expect(await codeOf(() => loan.share(one.writer))).toBe('ERR_RINGWIRE_CLOSED');
	});
});

describe('bad input', () => {
	test('lengths that neither the pool nor the loan has', async () => {
		const { writer, reader } = await sceneOf('block', poolOf(1024 * 1024, large));
		expect(await codeOf(() => writer.tryLoan(large + 1))).toBe('ERR_RINGWIRE_TOO_LARGE');
		expect(() => writer.tryLoan(large + 1)).toThrow('larger than messageMax of the pool, 300000 bytes');
		for (const length of [-1, 1.5, Number.NaN]) expect(() => writer.tryLoan(length)).toThrow(RangeError);
		const loan = loanOf(writer, large);
		for (const length of [large + 1, -1, 0.5]) expect(() => loan.commit(length)).toThrow(RangeError);
		commit(loan, 1);
		expect(reader.tryRead()?.length).toBe(large);
		expect(await codeOf(() => loan.commit())).toBe('ERR_RINGWIRE_CLOSED');
	});

	test('sizes of a pool that cannot be', () => {
		for (const bytes of [0, 4095, 1.5, 1024 ** 3]) expect(() => createPool({ bytes })).toThrow(RangeError);
		for (const messageMax of [0, 8193]) expect(() => createPool({ bytes: 8192, messageMax })).toThrow(RangeError);
		// @ts-expect-error
		expect(() => createPool({ bytes: '8192' })).toThrow(TypeError);
		// @ts-expect-error
		expect(() => createPool({ bytes: 8192, size: 1 })).toThrow(TypeError);
		const pool = poolOf(5000);
		expect([pool.bytes, pool.messageMax, pool.free, pool.openLoans]).toEqual([8192, 8192, 8192, 0]);
	});

	test('a pool that is none, or closed', async () => {
		for (const pool of [{}, 3, null, { native: {} }]) {
			// @ts-expect-error
			expect(() => writerOf(channel(), { pool })).toThrow('must be a Pool of createPool');
		}
		const { pool, writer, reader } = await sceneOf();
		pool.close();
		pool.close();
		expect([pool.free, pool.openLoans]).toEqual([0, 0]);
		expect(await codeOf(() => writerOf(channel(), { pool }))).toBe('ERR_RINGWIRE_CLOSED');
		commit(loanOf(writer, large), 6);
		expect(reader.tryRead()?.[0]).toBe(6);
	});

	test('writers of different groups cannot share a pool', () => {
		const pool = poolOf();
		const group = process.getgid?.() ?? 0;
		writerOf(channel(), { pool });
		expect(() => writerOf(defineChannel({ name: uniqueName(), group }), { pool })).toThrow(TypeError);
		expect(() => writerOf(defineChannel({ name: uniqueName(), group }), { pool })).toThrow(
			`is for group ${group}, the writers before it for no group`,
		);
	});

	const transferable = canTransfer ? [10, large] : [10];
	test.each(transferable)(
		'a commit of %d bytes whose memory was transferred throws, and publishes nothing',
		async (length) => {
			const { writer, reader } = await sceneOf();
			const loan = loanOf(writer, length);
			const memory = transferred(loan.bytes);
			expect(() => loan.commit()).toThrow('the memory of the loan was transferred');
			const next = loanOf(writer, large);
			next.bytes.fill(2);
			new Uint8Array(memory).fill(1); // not memory of another loan
			next.commit();
			expect(reader.tryRead()?.equals(Buffer.alloc(large, 2))).toBe(true);
			expect(reader.tryRead()).toBeUndefined();
		},
	);

	test.each(transferable)(
		'the room of a loan of %d bytes that was transferred comes back when it is collected',
		async (length) => {
			const { pool, writer } = await sceneOf();
			(() => {
				const loan = loanOf(writer, length);
				transferred(loan.bytes);
				loan.abort();
			})();
			expect(pool.openLoans).toBe(length === large ? 1 : 0);
			await collectUntil(() => pool.openLoans === 0);
			expect([pool.openLoans, pool.free]).toEqual([0, pool.bytes]);
		},
	);
});

describe('alloc', () => {
	const tick = struct({ id: u32, price: f64, side: array(u8, 3) });

	test.each(policies)('%s: a record is made by its accessors, and is the message', async (overflow) => {
		const { writer, reader } = await sceneOf(overflow);
		const records = [1, 2, 3].map((id) => {
			const loan = writer.alloc(tick, id * 20_000);
			if (loan === undefined) throw new Error('there is no room');
			expect({ id: loan.message.id, price: loan.message.price, side: [...loan.message.side] }).toEqual({
				id: 0,
				price: 0,
				side: [0, 0, 0],
			});
			loan.message.id = id;
			loan.message.side.set(2, id);
			loan.bytes.fill(id, tick.byteLength);
			return loan;
		});
		for (const loan of records.reverse()) {
			const { message } = loan;
			loan.commit();
			expect(() => message.id).toThrow(TypeError);
			const read = reader.tryRead() ?? Buffer.of();
			const { id, side } = tick.view(read);
			expect([id, [...side], read.length]).toEqual([id, [0, 0, id], id * 20_000]);
			expect(read.subarray(tick.byteLength).every((byte) => byte === id)).toBe(true);
		}
	});

	test('without a pool too, of the length of the struct', async () => {
		const writer = writerOf(defineChannel({ name: uniqueName(), codec: tick }));
		const loan = writer.alloc(tick);
		expect(loan?.bytes.length).toBe(tick.byteLength);
		loan?.commit();
		expect(writer.stats.bytes).toBe(tick.byteLength);
	});

	test('bad input', async () => {
		const { writer } = await sceneOf();
		expect(() => writer.alloc(tick, tick.byteLength - 1)).toThrow(RangeError);
		// @ts-expect-error
		expect(() => writer.alloc({ byteLength: 3 })).toThrow('must be a struct of struct()');
		// @ts-expect-error
		expect(() => writer.alloc(16)).toThrow(TypeError);
	});
});

describe('the memory of a pool', () => {
	test('goes with the last of its writers when it is closed', async () => {
		const before = countMappings();
		const pool = poolOf();
		const writers = [writerOf(channel(), { pool }), writerOf(channel(), { pool })];
		pool.close();
		const loans = writers.map((writer) => loanOf(writer, large));
		expect(countMappings()).toBe(before + 3);
		for (const writer of writers) writer[Symbol.dispose]();
		expect(countMappings()).toBe(before);
		for (const loan of loans) loan.abort();
	});

	test('goes when neither it nor a writer is reachable', async () => {
		const before = countMappings();
		(() => {
			const pool = createPool({ bytes: 1024 * 1024 });
			const loan = openWriter(channel(), { pool }).tryLoan(large);
			loan?.bytes.fill(1);
		})();
		expect(countMappings()).toBeGreaterThan(before);
		await collectUntil(() => countMappings() <= before);
		expect(countMappings()).toBeLessThanOrEqual(before);
	});
});
