/** Loans that wait for room in a pool. */
import type { Loan } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { codeOf, turns } from './support/pair.js';
import { commit, firsts, loanOf, policies, poolOf, sceneOf } from './support/pools.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

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
