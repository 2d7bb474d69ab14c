/** The lifetime of the memory of a pool. */
import { createPool, openWriter } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { countMappings } from './support/descriptors.js';
import { collectUntil } from './support/lifetime.js';
import { writerOf } from './support/pair.js';
import { channelOf, large, loanOf, poolOf } from './support/pools.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

describe('the memory of a pool', () => {
	test('goes with the last of its writers when it is closed', async () => {
		const before = countMappings();
		const pool = poolOf();
		const writers = [writerOf(channelOf(), { pool }), writerOf(channelOf(), { pool })];
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
			const loan = openWriter(channelOf(), { pool }).tryLoan(large);
			loan?.bytes.fill(1);
		})();
		expect(countMappings()).toBeGreaterThan(before);
		await collectUntil(() => countMappings() <= before);
		expect(countMappings()).toBeLessThanOrEqual(before);
	});
});
