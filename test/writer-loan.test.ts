/** Loans: messages that are made in the memory of the lane. */
import { type Channel, defineChannel, json, type Overflow, type Writer } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { collectUntil } from './support/lifetime.js';
import { codeOf, pairOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { canTransfer, transferred } from './support/transfer.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const channel = (overflow: Overflow = 'block', capacity = 1024 * 1024): Channel<Uint8Array, Buffer> =>
	defineChannel({ name: uniqueName(), overflow, capacity, depth: 64 });
const policies = ['block', 'drop-newest', 'drop-oldest', 'latest'] as const;
const sizes = [0, 1, 16_383, 16_384, 100_000] as const;

/** Bytes that differ for each message. */
function fill(target: Uint8Array, seed: number): void {
	for (let i = 0; i < target.length; i++) target[i] = seed * 31 + i * 7;
}

function pattern(length: number, seed: number): Buffer {
	const buffer = Buffer.alloc(length);
	fill(buffer, seed);
	return buffer;
}

/** Whether the reader's messages are those, in order. */
function expectMessages(read: readonly (Buffer | undefined)[], ...expected: readonly Buffer[]): void {
	expect(read.map((message) => message?.length)).toEqual(expected.map(({ length }) => length));
	expect(read.every((message, i) => message?.equals(expected[i] ?? Buffer.of()))).toBe(true);
}

function loanOf(writer: Writer<never>, byteLength: number) {
	const loan = writer.tryLoan(byteLength);
	if (loan === undefined) throw new Error('there is no room');
	return loan;
}

describe.each(policies)('%s', (overflow) => {
	test.each(sizes)('a committed loan of %d bytes is the message, and its bytes are detached', async (length) => {
		const { writer, reader } = await pairOf(channel(overflow));
		for (let seed = 0; seed < 20; seed++) {
			const loan = loanOf(writer, length);
			expect(loan.bytes.length).toBe(length);
			fill(loan.bytes, seed);
			expect(reader.tryRead()).toBeUndefined();
			loan.commit();
			expect(loan.bytes.length).toBe(0);
			expectMessages([reader.tryRead()], pattern(length, seed));
		}
		expect(writer.stats).toMatchObject({ messages: 20, bytes: 20 * length });
	});

	test.each([10, 100_000])('a commit may publish fewer bytes than the loan of %d has', async (length) => {
		const { writer, reader } = await pairOf(channel(overflow));
		for (const shorter of [length, 7, 0]) {
			const loan = loanOf(writer, length);
			fill(loan.bytes, 3);
			loan.commit(shorter);
			expectMessages([reader.tryRead()], pattern(shorter, 3));
		}
		writer.tryWrite(pattern(50, 4));
		expectMessages([reader.tryRead()], pattern(50, 4));
	});

	test.each([10, 100_000])(
		'nothing is published of a loan of %d bytes that ends without a commit',
		async (length) => {
			const { writer, reader } = await pairOf(channel(overflow));
			const aborted = loanOf(writer, length);
			fill(aborted.bytes, 1);
			aborted.abort();
			aborted.abort();
			const disposed = loanOf(writer, length);
			disposed[Symbol.dispose]();
			expect([aborted.bytes.length, disposed.bytes.length]).toEqual([0, 0]);
			writer.tryWrite(pattern(20, 2));
			expectMessages(reader.readBatch(), pattern(20, 2));
			expect(writer.stats.messages).toBe(1);
		},
	);

	test.each([10, 100_000])(
		'while a loan of %d bytes is open, a second one and every write is BUSY',
		async (length) => {
			const { writer, reader } = await pairOf(channel(overflow));
			const loan = loanOf(writer, length);
			const message = pattern(5, 1);
			expect(await codeOf(() => writer.tryLoan(1))).toBe('ERR_RINGWIRE_BUSY');
			expect(await codeOf(() => writer.loan(1))).toBe('ERR_RINGWIRE_BUSY');
			expect(await codeOf(() => writer.tryWrite(message))).toBe('ERR_RINGWIRE_BUSY');
			expect(await codeOf(() => writer.tryWriteBatch([message]))).toBe('ERR_RINGWIRE_BUSY');
			expect(await codeOf(() => writer.tryWriteBatch([pattern(5000, 1)]))).toBe('ERR_RINGWIRE_BUSY');
			expect(await codeOf(() => writer.write(message))).toBe('ERR_RINGWIRE_BUSY');
			expect(await codeOf(() => writer.writeSync(message))).toBe('ERR_RINGWIRE_BUSY');
			expect(writer.free).toBe(0);
			loan.commit(1);
			expect(writer.tryWrite(message)).toBe(true);
			expect(writer.free).toBeGreaterThan(0);
			await turns(2);
			expect(reader.available).toBe(overflow === 'latest' ? 1 : 2);
		},
	);

	test.each([10, 100_000])('a loan of %d bytes ends with its writer', async (length) => {
		for (const end of ['end', 'close', 'shutdown', 'dispose'] as const) {
			const { writer, reader } = await pairOf(channel(overflow));
			const loan = loanOf(writer, length);
			if (end === 'dispose') writer[Symbol.dispose]();
			else if (end === 'close') await writer.close({ lingerMs: 0 });
			else writer[end]();
			expect(await codeOf(() => loan.commit())).toBe('ERR_RINGWIRE_CLOSED');
			loan.abort();
			expect(loan.bytes.length).toBe(0);
			expect(reader.tryRead()).toBeUndefined();
		}
	});

	test.each([10, 100_000])('a loan of %d bytes that is forgotten is aborted', async (length) => {
		const { writer } = await pairOf(channel(overflow));
		(() => void loanOf(writer, length))();
		const written = () => codeOf(() => writer.tryWrite(pattern(1, 1)));
		expect(await written()).toBe('ERR_RINGWIRE_BUSY');
		let free = 0;
		await collectUntil(() => {
			free = writer.free;
			return free > 0;
		});
		expect(free).toBeGreaterThan(0);
		expect(await written()).toBeUndefined();
	});
});

describe('bad input', () => {
	test.each([10, 100_000])('lengths that a loan of %d bytes does not have', async (length) => {
		const { writer, reader } = await pairOf(channel());
		const loan = loanOf(writer, length);
		expect(() => loan.commit(length + 1)).toThrow(RangeError);
		expect(() => loan.commit(-1)).toThrow(RangeError);
		expect(() => loan.commit(1.5)).toThrow(RangeError);
		// @ts-expect-error
		expect(() => loan.commit('1')).toThrow(TypeError);
		loan.commit(1);
		expect(reader.tryRead()).toHaveLength(1);
	});

	test('a second commit, and a commit after an abort, are CLOSED', async () => {
		const { writer, reader } = await pairOf(channel());
		const committed = loanOf(writer, 20_000);
		committed.commit(1);
		expect(await codeOf(() => committed.commit(1))).toBe('ERR_RINGWIRE_CLOSED');
		committed.abort();
		const aborted = loanOf(writer, 20_000);
		aborted.abort();
		expect(await codeOf(() => aborted.commit(1))).toBe('ERR_RINGWIRE_CLOSED');
		const last = loanOf(writer, 20_000);
		expect(await codeOf(() => aborted.commit(1))).toBe('ERR_RINGWIRE_CLOSED');
		last.commit(2);
		expect(reader.readBatch().map(({ length }) => length)).toEqual([1, 2]);
	});

	test('a loan larger than messageMax is TOO_LARGE, and a length that is none is a RangeError or TypeError', async () => {
		const { writer } = await pairOf(channel());
		const { messageMax } = { messageMax: 512 * 1024 };
		expect(await codeOf(() => writer.tryLoan(messageMax + 1))).toBe('ERR_RINGWIRE_TOO_LARGE');
		expect(await codeOf(() => writer.loan(messageMax + 1))).toBe('ERR_RINGWIRE_TOO_LARGE');
		expect(() => writer.tryLoan(-1)).toThrow(RangeError);
		expect(() => writer.tryLoan(Number.NaN)).toThrow(RangeError);
		// @ts-expect-error
		expect(() => writer.tryLoan()).toThrow(TypeError);
		loanOf(writer, messageMax).commit();
	});

	const transferable = canTransfer ? [10, 100_000] : [10];
	test.each(transferable)(
		'a commit of %d bytes whose memory was transferred throws and publishes nothing',
		async (length) => {
			const { writer, reader } = await pairOf(channel());
			const loan = loanOf(writer, length);
			let elsewhere: ArrayBuffer | undefined = transferred(loan.bytes);
			expect(() => loan.commit(1)).toThrow(TypeError);
			expect(await codeOf(() => loan.commit(1))).toBe('ERR_RINGWIRE_CLOSED');
			if (length >= 16_384) {
				// The other holder can still store into the lane.
				expect(await codeOf(() => writer.tryWrite(pattern(1, 1)))).toBe('ERR_RINGWIRE_BUSY');
				new Uint8Array(elsewhere).fill(9);
			}
			elsewhere = undefined;
			await collectUntil(() => writer.free > 0);
			expect(writer.tryWrite(pattern(length, 2))).toBe(true);
			expectMessages(reader.readBatch(), pattern(length, 2));
		},
	);

	test('memory that was transferred may be used after its writer is closed', async () => {
		const { writer } = await pairOf(channel());
		const loan = loanOf(writer, 100_000);
		const elsewhere = new Uint8Array(transferred(loan.bytes));
		writer[Symbol.dispose]();
		elsewhere.fill(5);
		expect(elsewhere.every((byte) => byte === 5)).toBe(true);
	});

	test('a codec that opens or commits a loan of its own writer is BUSY', async () => {
		const codes: unknown[] = [];
		const codec = {
			...json<number>(),
			id: 'own',
			encode(message: number): Uint8Array {
				codes.push(codeOf(() => writer.tryLoan(1)));
				return Buffer.from(String(message));
			},
			decode: () => 0,
		};
		const writer = writerOf(defineChannel({ name: uniqueName(), codec }));
		writer.tryWrite(1);
		expect(await Promise.all(codes)).toEqual(['ERR_RINGWIRE_BUSY']);
	});
});

describe('room', () => {
	const large = 400_000;

	test.each(['block', 'drop-newest'] as const)(
		'%s: without room tryLoan returns undefined, and loan waits',
		async (overflow) => {
			const { writer, reader } = await pairOf(channel(overflow));
			loanOf(writer, large).commit();
			loanOf(writer, large).commit();
			expect(writer.tryLoan(large)).toBeUndefined();
			expect(writer.stats.dropped).toBe(0);
			const waiting = writer.loan(large);
			expect(await codeOf(() => writer.write(pattern(1, 1)))).toBe('ERR_RINGWIRE_BUSY');
			expect(writer.tryLoan(1)).toBeUndefined();
			expect(reader.readBatch()).toHaveLength(2);
			const loan = await waiting;
			expect(loan.bytes.length).toBe(large);
			loan.commit(3);
			expect(await reader.read()).toHaveLength(3);
		},
	);

	test('a loan that waits rejects when it is aborted, and when the writer closes', async () => {
		const { writer, reader } = await pairOf(channel());
		while (writer.tryWrite(pattern(large, 1)));
		const controller = new AbortController();
		const aborted = writer.loan(large, { signal: controller.signal });
		controller.abort('no longer');
		await expect(aborted).rejects.toBe('no longer');
		const waiting = writer.loan(large);
		writer[Symbol.dispose]();
		expect(await codeOf(() => waiting)).toBe('ERR_RINGWIRE_CLOSED');
		reader[Symbol.dispose]();
	});

	test('a committed loan is never refused for want of room, whatever its readers do', async () => {
		const { writer, reader } = await pairOf(channel());
		for (let round = 0; round < 10; round++) {
			for (let loan = writer.tryLoan(large); loan !== undefined; loan = writer.tryLoan(large)) {
				fill(loan.bytes.subarray(0, 1000), round);
				loan.commit(1000 + round);
			}
			for (const message of reader.readBatch()) {
				expectMessages([message.subarray(0, 1000)], pattern(1000, round));
				expect(message.length).toBe(1000 + round);
			}
		}
	});

	test('space is emitted for a loan that found no room', async () => {
		const { writer, reader } = await pairOf(channel());
		const events: number[] = [];
		writer.on('space', ({ free }) => events.push(free));
		while (writer.tryWrite(pattern(large, 1)));
		await turns(3);
		events.length = 0;
		expect(writer.tryLoan(large)).toBeUndefined();
		reader.readBatch();
		reader.readBatch();
		while (events.length === 0) await turns(1);
		expect(events[0]).toBeGreaterThanOrEqual(large);
	});
});

test('bytes of an earlier loan cannot be stored into', async () => {
	const { writer, reader } = await pairOf(channel());
	const loan = loanOf(writer, 100_000);
	const { bytes: kept } = loan;
	fill(kept, 1);
	loan.commit();
	kept[0] = 99;
	expect(() => kept.writeUInt8(1, 0)).toThrow(RangeError);
	expect(() => new Uint8Array(kept.buffer)).toThrow(TypeError);
	expectMessages([reader.tryRead()], pattern(100_000, 1));
});

test('every codec reads what a loan of its bytes contains', async () => {
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: json<{ a: number }>() }));
	const loan = loanOf(writer as Writer<never>, 100);
	loan.commit(loan.bytes.write('{"a":5}'));
	expect(await reader.read()).toEqual({ a: 5 });
});
