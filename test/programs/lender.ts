/** Publishes messages that are made in loans, opens one more, fills it, and stays. */
import { defineChannel, openWriter } from 'ringwire';

const { name, byteLength, count }: { name: string; byteLength: number; count: number } = JSON.parse(
	process.argv[2] ?? '',
);
const writer = openWriter(defineChannel({ name, capacity: 4 * 1024 * 1024 }));
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
