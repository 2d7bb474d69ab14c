/** Publishes messages that are made in loans, in the lane or in a pool, opens one more, fills it, and stays. */
import { createPool, defineChannel, openWriter } from 'ringwire';

interface Task {
	readonly name: string;
	readonly byteLength: number;
	readonly count: number;
	readonly inPool: boolean;
}

const { name, byteLength, count, inPool }: Task = JSON.parse(process.argv[2] ?? '');
const pool = inPool ? createPool({ bytes: 5 * byteLength }) : undefined;
const writer = openWriter(defineChannel({ name, capacity: 4 * 1024 * 1024 }), { pool });
await writer.whenConnected();
for (let message = 0; message < count; message++) {
	const loan = await writer.loan(byteLength);
	loan.bytes.fill(message + 1);
	loan.commit();
}
const open = await writer.loan(byteLength);
open.bytes.fill(255);
process.send?.({ type: 'lent' });
writer.on('close', () => open.abort()); // keeps the loan
