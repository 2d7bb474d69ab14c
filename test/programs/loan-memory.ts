/** Reports whether a loan is made in shared memory, where the bytes of earlier messages still are, and publishes it. */
import { createPool, defineChannel, openWriter } from 'ringwire';

interface Task {
	readonly name: string;
	readonly byteLength: number;
	readonly earlier: number;
	readonly inPool: boolean;
}

const { name, byteLength, earlier, inPool }: Task = JSON.parse(process.argv[2] ?? '');
const pool = inPool ? createPool({ bytes: 1024 * 1024 }) : undefined;
const writer = openWriter(defineChannel({ name, capacity: 1024 * 1024 }), { pool });
await writer.whenConnected();
const message = Buffer.alloc(byteLength, 0xab);
for (let written = 0; written < earlier; written++) {
	const loan = await writer.loan(byteLength);
	loan.bytes.set(message);
	loan.commit();
}
// Memory of earlier loans that are not in shared memory is not given to the last one.
const occupied = Array.from({ length: 2 * earlier }, () => Buffer.alloc(byteLength));
const loan = await writer.loan(byteLength);
process.send?.({ type: 'lent', isShared: loan.bytes.equals(message), occupied: occupied.length });
loan.bytes.fill(1);
loan.commit();
writer.end();
await writer.close();
