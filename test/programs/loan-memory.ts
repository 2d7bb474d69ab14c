/** Reports whether a loan is made in the lane, where the bytes of earlier messages still are, and publishes it. */
import { defineChannel, openWriter } from 'ringwire';

const { name, byteLength, earlier }: { name: string; byteLength: number; earlier: number } = JSON.parse(
	process.argv[2] ?? '',
);
const writer = openWriter(defineChannel({ name, capacity: 1024 * 1024 }));
await writer.whenConnected();
const message = Buffer.alloc(byteLength, 0xab);
for (let written = 0; written < earlier; written++) await writer.write(message);
const loan = await writer.loan(byteLength);
process.send?.({ type: 'lent', inLane: loan.bytes.equals(message) });
loan.bytes.fill(1);
loan.commit();
writer.end();
await writer.close();
