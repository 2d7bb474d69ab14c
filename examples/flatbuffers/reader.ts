import { openReader } from 'ringwire';
import { readings } from './channel.js';
import { Reading } from './reading.js';

let count = 0;
let checksum = 0;
const sensors = new Set<string>();

for await (const message of openReader(readings)) {
	// Nothing is parsed: each field is read from the message when it is asked for.
	const reading = Reading.rootOf(message);
	count++;
	sensors.add(reading.sensor);
	checksum += reading.values.reduce((sum, value) => sum + value, Number(reading.time));
}

console.log(`reader: ${count} readings of ${sensors.size} sensors, checksum ${checksum}`);
