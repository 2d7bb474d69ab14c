/** Loans in a pool: any number of them, committed in any order. */
import { createPool, defineChannel, type Loan } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { collectUntil } from './support/lifetime.js';
import { codeOf, turns, writerOf } from './support/pair.js';
import { channelOf, commit, firsts, large, loanOf, policies, poolOf, sceneOf } from './support/pools.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { canTransfer, transferred } from './support/transfer.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

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
			expect(() => writerOf(channelOf(), { pool })).toThrow('must be a Pool of createPool');
		}
		const { pool, writer, reader } = await sceneOf();
		pool.close();
		pool.close();
		expect([pool.free, pool.openLoans]).toEqual([0, 0]);
		expect(await codeOf(() => writerOf(channelOf(), { pool }))).toBe('ERR_RINGWIRE_CLOSED');
		commit(loanOf(writer, large), 6);
		expect(reader.tryRead()?.[0]).toBe(6);
	});

	test('writers of different groups cannot share a pool', () => {
		const pool = poolOf();
		const group = process.getgid?.() ?? 0;
		writerOf(channelOf(), { pool });
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
