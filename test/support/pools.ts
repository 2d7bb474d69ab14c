/** Writers with a pool, their readers and their loans. */
import { type Channel, createPool, defineChannel, type Loan, type Overflow, type Pool, type Writer } from 'ringwire';
import { onTestFinished } from 'vitest';
import { readerOf, writerOf } from './pair.js';
import { uniqueName } from './unique-name.js';

export const policies = ['block', 'drop-newest', 'drop-oldest', 'latest'] as const;
/** Larger than the lanes. */
export const large = 300_000;

export const channelOf = (overflow: Overflow = 'block', depth = 64): Channel<Uint8Array, Buffer> =>
	defineChannel({ name: uniqueName(), overflow, capacity: 64 * 1024, depth });

export function poolOf(bytes = 2 * 1024 * 1024, messageMax?: number): Pool {
	const pool = createPool({ bytes, messageMax });
	onTestFinished(() => pool.close());
	return pool;
}

/** A connected writer and reader, and the pool of the writer. */
export async function sceneOf(overflow: Overflow = 'block', pool = poolOf(), depth = 64) {
	const definition = channelOf(overflow, depth);
	const writer = writerOf(definition, { pool });
	const reader = readerOf(definition);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	return { pool, writer, reader };
}

export function loanOf(writer: Writer<never>, byteLength: number): Loan {
	const loan = writer.tryLoan(byteLength);
	if (loan === undefined) throw new Error('there is no room');
	return loan;
}

export function commit(loan: Loan, value: number, byteLength?: number): void {
	loan.bytes.fill(value);
	loan.commit(byteLength);
}

/** The first byte of each. */
export const firsts = (messages: readonly Buffer[]): number[] => messages.map((message) => message[0] ?? -1);
