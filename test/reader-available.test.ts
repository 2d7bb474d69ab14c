import { expect, test } from 'vitest';
import { numbers, pairOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

test.each([
	['drop-oldest', 8],
	['latest', 1],
] as const)(
	'available of a lapped reader counts only messages that are still there, %s',
	async (overflow, available) => {
		const { writer, reader } = await pairOf(numbers({ overflow, depth: 8 }));
		for (let i = 0; i < 10_000; i++) writer.tryWrite(i);
		expect(reader.available).toBeLessThanOrEqual(available);
		expect(reader.available).toBeGreaterThan(0);
		let read = 0;
		while (reader.tryRead() !== undefined) read++;
		expect(read + reader.stats.lost).toBe(10_000);
		expect(reader.available).toBe(0);
	},
);
