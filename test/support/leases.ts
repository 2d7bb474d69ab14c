/** Channels with messages that are large enough to be leased. */
import { type Channel, defineChannel, type Lease, type OpenReaderOptions, type Overflow, type Reader } from 'ringwire';
import { expect } from 'vitest';
import { pairOf } from './pair.js';
import { uniqueName } from './unique-name.js';

export const channel = (overflow: Overflow = 'block', capacity = 1024 * 1024): Channel<Uint8Array, Buffer> =>
	defineChannel({ name: uniqueName(), overflow, capacity, depth: 64 });
export const large = 20_000;

/** Bytes that differ for each message. */
export function pattern(length: number, seed: number): Buffer {
	const buffer = Buffer.alloc(length);
	for (let i = 0; i < length; i++) buffer[i] = seed * 31 + i * 7;
	return buffer;
}

export function leaseOf<T>(reader: Reader<T>): Lease<T> {
	const lease = reader.tryLease();
	if (lease === undefined) throw new Error('there is no message');
	return lease;
}

export function is(lease: Lease<unknown>, message: Buffer): boolean {
	return lease.bytes.equals(message);
}

export async function written(overflow: Overflow, options: OpenReaderOptions, ...lengths: readonly number[]) {
	const { writer, reader } = await pairOf(channel(overflow), options);
	for (const [seed, length] of lengths.entries()) expect(writer.tryWrite(pattern(length, seed))).toBe(true);
	return { writer, reader };
}
