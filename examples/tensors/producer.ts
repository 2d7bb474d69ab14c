import { createPool, openWriter } from 'ringwire';
import { tensor, tensors } from './channel.js';

const steps = 20;
const rows = 512;
const columns = 1024;
const byteLength = tensor.byteLength + rows * columns * Float32Array.BYTES_PER_ELEMENT;

const pool = createPool({ bytes: 32 * 1024 * 1024 });
const writer = openWriter(tensors, { pool });
let checksum = 0;

for (let step = 0; step < steps; step++) {
	// The layers of one step, all open together. Waits while the consumer is more than a pool behind.
	const loans = [];
	for (let layer = 0; layer < 4; layer++) loans.push(await writer.loan(byteLength));
	// They are done in the opposite order, as in back-propagation.
	for (const [layer, loan] of [...loans.entries()].reverse()) {
		Object.assign(tensor.view(loan.bytes), { step, layer, rows, columns });
		const values = new Float32Array(loan.bytes.buffer, loan.bytes.byteOffset + tensor.byteLength, rows * columns);
		values.fill(step + layer / 4);
		checksum += (step + layer / 4) * values.length;
		loan.commit();
	}
}

writer.end();
await writer.close({ lingerMs: 60_000 });
console.log(`producer: ${steps} steps, checksum ${checksum}`);
