/** Loans that several writers of a pool publish. */
import { describe, expect, test } from 'vitest';
import { codeOf, turns, writerOf } from './support/pair.js';
import { channelOf, commit, large, loanOf, poolOf, sceneOf } from './support/pools.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

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
		const stranger = writerOf(channelOf(), { pool: poolOf() });
		expect(() => loan.share(stranger)).toThrow('writer: the loan is in another pool, or the writer has none');
		expect(() => loan.share(writerOf(channelOf()))).toThrow(TypeError);
		// @ts-expect-error
		expect(() => loan.share(pool)).toThrow('must be a Writer');
		expect(() => loanOf(writerOf(channelOf()), 10).share(one.writer)).toThrow('the loan is not in a pool');
		other.writer[Symbol.dispose]();
		expect(await codeOf(() => loan.share(other.writer))).toBe('ERR_RINGWIRE_CLOSED');
		loan.commit();
		expect(await codeOf(() => loan.share(one.writer))).toBe('ERR_RINGWIRE_CLOSED');
	});
});
