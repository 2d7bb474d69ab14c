/**
 * The lifetime of leases: garbage collection, and the calls that other code makes with their memory. WebAssembly cannot use it: a module has memory of
 * its own, into which bytes are copied.
 */
import { closeSync, openSync, readFileSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate, inflateSync } from 'node:zlib';
import { defineChannel, type Lease, type Reader } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import { countMappings } from './support/descriptors.js';
import { collect, collectUntil } from './support/lifetime.js';
import { codeOf, pairOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

const folder = useTemporaryFolder();
const bytes = 100_000;
const channel = () => defineChannel({ name: uniqueName(), capacity: 1024 * 1024, depth: 64 });
const message = (seed: number) => Buffer.alloc(bytes, seed);

function leaseOf<T>(reader: Reader<T>): Lease<T> {
	const lease = reader.tryLease();
	if (lease === undefined) throw new Error('there is no message');
	return lease;
}

async function leased(count = 1) {
	const { writer, reader } = await pairOf(channel());
	for (let seed = 1; seed <= count; seed++) writer.tryWrite(message(seed));
	return { writer, reader };
}

function warnings(): string[] {
	const texts: string[] = [];
	const listener = ({ message }: Error) => void texts.push(message);
	process.on('warning', listener);
	onTestFinished(() => void process.off('warning', listener));
	return texts;
}

test('a lease that is forgotten ends when its memory is collected, with one warning for a reader', async () => {
	const seen = warnings();
	const { writer, reader } = await leased(4);
	(() => void leaseOf(reader).keep())();
	(() => void leaseOf(reader).bytes)();
	expect(writer.stats.peers[0]?.messages).toBe(0);
	await collectUntil(() => writer.stats.peers[0]?.messages === 2);
	expect(writer.stats.peers[0]?.messages).toBe(2);
	(() => void leaseOf(reader).bytes)();
	await collectUntil(() => writer.stats.peers[0]?.messages === 3);
	await turns(5);
	const expected = new RegExp(`^channel "${reader.name}": a lease was collected before it was released`);
	expect(seen).toEqual([expect.stringMatching(expected)]);
	leaseOf(reader).release();
	expect(seen.length).toBe(1);
});

test.each(['bytes', 'a typed array', 'a subarray'] as const)(
	'as long as the program has %s of a lease, the lease is open',
	async (has) => {
		const { writer, reader } = await leased(2);
		const kept = ((): Uint8Array | Float64Array => {
			const { bytes } = leaseOf(reader).keep();
			if (has === 'bytes') return bytes;
			return has === 'a subarray' ? bytes.subarray(5, 50) : new Float64Array(bytes.buffer, bytes.byteOffset, 10);
		})();
		for (let i = 0; i < 10; i++) {
			collect();
			await turns(2);
		}
		expect(writer.stats.peers[0]?.messages).toBe(0);
		expect(new Uint8Array(kept.buffer, kept.byteOffset, 10).every((byte) => byte === 1)).toBe(true);
	},
);

test('an open lease keeps its reader, and a reader without one is collected', async () => {
	const { writer, kept } = await (async () => {
		const { writer, reader } = await leased(2);
		return { writer, kept: leaseOf(reader).keep().bytes };
	})();
	for (let i = 0; i < 10; i++) {
		collect();
		await turns(2);
	}
	expect(writer.peers.length).toBe(1);
	while (writer.tryWrite(message(9)));
	expect(kept.equals(message(1))).toBe(true);
});

test('memory that was transferred keeps the lease open, and can be released', async () => {
	const { writer, reader } = await leased(2);
	const lease = leaseOf(reader);
	const { bytes: view } = lease;
	const transfer: unknown = Reflect.get(view.buffer, 'transfer');
	const moved: ArrayBuffer =
		typeof transfer === 'function'
			? transfer.call(view.buffer)
			: structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
	// Node makes a copy of memory that is not V8's, unless the language moves it.
	const isMoved = typeof transfer === 'function';
	expect(view.length).toBe(isMoved ? 0 : bytes);
	expect(Buffer.from(moved).equals(message(1))).toBe(true);
	expect(lease.bytes.length).toBe(isMoved ? 0 : bytes);
	lease.release();
	expect(writer.stats.peers[0]?.messages).toBe(1);
	await reader.close();
	expect(moved.byteLength).toBe(bytes);
});

test('clones and copies of the bytes are memory of their own', async () => {
	const { reader } = await leased();
	const lease = leaseOf(reader);
	const copies = [Buffer.from(structuredClone(lease.bytes)), Buffer.from(lease.bytes), Buffer.concat([lease.bytes])];
	await reader.close();
	for (const copy of copies) expect(copy.equals(message(1))).toBe(true);
});

test('a lease can be written to a file', async () => {
	const { writer, reader } = await leased();
	const lease = leaseOf(reader);
	const path = join(folder, 'lease');
	const file = openSync(path, 'w');
	await promisify(write)(file, lease.bytes, 0, bytes, 0);
	closeSync(file);
	lease.release();
	expect(readFileSync(path).equals(message(1))).toBe(true);
	expect(writer.stats.peers[0]?.messages).toBe(1);
});

test.each(['release', 'close', 'neither'] as const)(
	'a call of zlib that is under way with a lease does not end the process: %s',
	async (end) => {
		for (let round = 0; round < 30; round++) {
			const { writer, reader } = await leased(3);
			const leases = [leaseOf(reader), leaseOf(reader), leaseOf(reader)];
			const calls = leases.map(({ bytes }) => promisify(deflate)(bytes));
			if (end === 'release') for (const lease of leases) lease.release();
			if (end === 'close') await reader.close();
			await writer.close({ lingerMs: 0 });
			const results = (await Promise.all(calls)).map((result) => inflateSync(result));
			expect(results.map(({ length }) => length)).toEqual([bytes, bytes, bytes]);
			if (end === 'neither')
				expect(results.map((result, i) => result.equals(message(i + 1)))).toEqual([true, true, true]);
			await reader.close();
		}
	},
);

test('leases leave no mapping when their reader and writer are gone', async () => {
	const round = async () => {
		const { writer, reader } = await leased(3);
		const kept = [leaseOf(reader), leaseOf(reader)];
		await writer.close({ lingerMs: 0 });
		kept[0]?.release();
		const seen = kept[1]?.bytes;
		await reader.close();
		expect(seen?.equals(Buffer.alloc(bytes))).toBe(true);
	};
	await round();
	const before = countMappings();
	for (let i = 0; i < 20; i++) await round();
	expect(countMappings()).toBe(before);
});

test('after the reader has ended, memory of the writer is let go with the last lease', async () => {
	const before = countMappings();
	const { writer, reader } = await leased(2);
	const leases = [leaseOf(reader), leaseOf(reader)];
	writer.end();
	expect(await reader.lease()).toBeUndefined();
	await writer.close();
	expect(countMappings()).toBe(before + 1);
	leases[0]?.release();
	expect(leases[1]?.bytes.equals(message(2))).toBe(true);
	leases[1]?.release();
	expect(countMappings()).toBe(before);
	expect(await codeOf(() => leases[1]?.bytes)).toBe('ERR_RINGWIRE_CLOSED');
});
