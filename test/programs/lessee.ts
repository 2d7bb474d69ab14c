/**
 * One side of a channel with leases. `write`: writes numbered messages with a checksum. `lease`: leases messages, looks at
 * open leases again and again, and keeps the last ones open.
 */
import { defineChannel, type Lease, openReader, openWriter } from 'ringwire';
import { numberOf, sealed } from '../support/sealed.js';

interface Task {
	readonly does: 'write' | 'lease';
	readonly name: string;
	readonly count: number;
	/** Of leases that stay open. */
	readonly open: number;
}

const { does, name, count, open }: Task = JSON.parse(process.argv[2] ?? '');
const channel = defineChannel({ name, capacity: 1024 * 1024, depth: 64 });
const report = (message: object) => process.send?.(message);

async function write(): Promise<void> {
	const writer = openWriter(channel);
	await writer.whenConnected();
	for (let number = 0; number < count; number++) await writer.write(sealed(number));
	report({ type: 'written' });
	await writer.flush();
	writer.end();
	await writer.close();
}

async function lease(): Promise<void> {
	const reader = openReader(channel);
	const leases: Lease<Buffer>[] = [];
	for (let number = 0; number < count; number++) {
		const next = await reader.lease();
		if (next === undefined) throw new Error('the end came early');
		if (numberOf(next.bytes) !== number) throw new Error('the order is wrong');
		leases.push(next);
		if (leases.length > open) leases.shift()?.release();
	}
	report({ type: 'leased', first: count - leases.length, copies: leases.filter(({ isCopy }) => isCopy).length });
	setInterval(() => {
		for (const { bytes } of leases) numberOf(bytes);
	}, 10);
}

await (does === 'write' ? write() : lease());
