import { tableFromIPC } from 'apache-arrow';
import { openReader } from 'ringwire';
import { batches } from './channel.js';

let rows = 0;
let checksum = 0;

for await (const message of openReader(batches)) {
	const table = tableFromIPC(message);
	rows += table.numRows;
	// A column is a typed array over the message itself.
	const prices: Float64Array = table.getChild('price')?.toArray() ?? new Float64Array();
	checksum += prices.reduce((sum, price) => sum + price, 0);
}

console.log(`reader: ${rows} rows, checksum ${checksum}`);
