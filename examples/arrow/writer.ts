import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { openWriter } from 'ringwire';
import { batches } from './channel.js';

const rows = 50_000;
const writer = openWriter(batches);
let checksum = 0;

for (let batch = 0; batch < 20; batch++) {
	const id = Int32Array.from({ length: rows }, (_, row) => batch * rows + row);
	const price = Float64Array.from(id, (value) => value / 4);
	checksum += price.reduce((sum, value) => sum + value, 0);
	await writer.write(tableToIPC(tableFromArrays({ id, price }), 'stream'));
}

await writer.flush();
writer.end();
await writer.close();
console.log(`writer: ${20 * rows} rows, checksum ${checksum}`);
