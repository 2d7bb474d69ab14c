/** Loans for records of a struct. */
import { array, defineChannel, f64, struct, u8, u32 } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { writerOf } from './support/pair.js';
import { policies, sceneOf } from './support/pools.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

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
