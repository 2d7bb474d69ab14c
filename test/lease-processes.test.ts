/** Leases between two processes, and the death of either side. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { defineChannel, type Lease } from 'ringwire';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { countMappings } from './support/descriptors.js';
import { readerOf, turns, writerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { randomFrom } from './support/random.js';
import { numberOf, sealed } from './support/sealed.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
afterEach(async () => {
	await killPrograms();
	delete process.env.RINGWIRE_NO_EXTERNAL_BUFFERS;
});

const lane = (name: string) => defineChannel({ name, capacity: 1024 * 1024, depth: 64 });

test('while a writer fills its lane over and over, open leases stay intact until they end, in any order', async () => {
	const [name, count] = [uniqueName(), 2000];
	const reader = readerOf(lane(name));
	startProgram('lessee', { does: 'write', name, count, open: 0 });
	const open: { readonly lease: Lease<Buffer>; readonly number: number }[] = [];
	const random = randomFrom(16);
	let looks = 0;
	for (let number = 0; number < count; number++) {
		// The writer may wait for the room of these.
		if (reader.available === 0) for (const { lease } of open.splice(0)) lease.release();
		// Some are read by copies beside them.
		if (number % 5 === 4) {
			expect(numberOf((await reader.read()) ?? Buffer.of())).toBe(number);
			continue;
		}
		const lease = await reader.lease();
		if (lease === undefined) throw new Error('the end came early');
		open.push({ lease, number });
		for (const { lease, number } of open) {
			expect(numberOf(lease.bytes)).toBe(number);
			looks++;
		}
		while (open.length > 6) open.splice(Math.floor(random() * open.length), 1)[0]?.lease.release();
	}
	for (const { lease, number } of open) {
		expect(numberOf(lease.bytes)).toBe(number);
		lease.release();
	}
	expect(await reader.lease()).toBeUndefined();
	expect(looks).toBeGreaterThan(count);
	expect(reader.stats).toMatchObject({ messages: count, lost: 0 });
});

test('a reader that is killed with open leases: their messages stay for the next one', async () => {
	const [name, count, open] = [uniqueName(), 60, 5];
	const writer = writerOf(lane(name));
	const lessee = startProgram('lessee', { does: 'lease', name, count, open });
	await writer.whenConnected();
	for (let number = 0; number < count; number++) await writer.write(sealed(number));
	const { first } = await lessee.received<{ first: number }>('leased');
	expect(first).toBe(count - open);
	expect(writer.stats.peers.map(({ messages }) => messages)).toEqual([first]);
	await lessee.kill('SIGKILL');
	while (writer.peers.length > 0) await turns();
	await writer.write(sealed(count));
	const next = readerOf(lane(name));
	for (let number = first; number <= count; number++) {
		expect(numberOf((await next.read()) ?? Buffer.of())).toBe(number);
	}
});

test.each(['0', '1'])('with RINGWIRE_NO_EXTERNAL_BUFFERS=%s the same program runs', async (value) => {
	process.env.RINGWIRE_NO_EXTERNAL_BUFFERS = value;
	const [name, count, open] = [uniqueName(), 30, 5];
	const writer = writerOf(lane(name));
	const lessee = startProgram('lessee', { does: 'lease', name, count, open });
	await writer.whenConnected();
	for (let number = 0; number < count; number++) await writer.write(sealed(number));
	expect(await lessee.received('leased')).toMatchObject({ copies: value === '1' ? open : 0 });
	expect(writer.stats.peers[0]?.messages).toBe(value === '1' ? count : count - open);
});

test('a writer that is killed: open leases and the messages after them stay', async () => {
	const [name, open] = [uniqueName(), 8];
	const reader = readerOf(lane(name), { until: 'closed' });
	const writer = startProgram('lessee', { does: 'write', name, count: 1000, open: 0 });
	const leases: Lease<Buffer>[] = [];
	for (let number = 0; number < 100; number++) {
		const lease = await reader.lease();
		if (lease === undefined) throw new Error('the end came early');
		leases.push(lease);
		if (leases.length > open) leases.shift()?.release();
	}
	await writer.kill('SIGKILL');
	while (reader.peers.length > 0) {
		const lease = reader.tryLease();
		if (lease !== undefined) leases.push(lease);
		await turns();
	}
	expect(leases.length).toBeGreaterThanOrEqual(open);
	for (const [i, lease] of leases.entries()) expect(numberOf(lease.bytes)).toBe(100 - open + i);
	for (const lease of leases) lease.release();
});

test('a worker that is terminated with open leases leaves nothing, and its messages stay for the next one', async () => {
	const program = new URL('../build/programs/test/programs/leasing-worker.js', import.meta.url);
	const round = async () => {
		const name = uniqueName();
		const writer = writerOf(lane(name));
		const worker = new Worker(program, { workerData: { name } });
		onTestFinished(() => void worker.terminate());
		const leased = once(worker, 'message');
		await writer.whenConnected();
		for (let number = 0; number < 4; number++) await writer.write(sealed(number));
		await leased;
		await worker.terminate();
		while (writer.peers.length > 0) await turns();
		const next = readerOf(lane(name));
		for (let number = 0; number < 4; number++) {
			expect(numberOf((await next.read()) ?? Buffer.of())).toBe(number);
		}
		await next.close();
		await writer.close({ lingerMs: 0 });
	};
	await round();
	for (let i = 0; i < 5; i++) await round();
	const before = countMappings();
	for (let i = 0; i < 5; i++) await round();
	expect(countMappings()).toBe(before);
});
