import { Builder } from 'flatbuffers';
import { openWriter } from 'ringwire';
import { readings } from './channel.js';
import { createReading } from './reading.js';

const writer = openWriter(readings);
const builder = new Builder();
let checksum = 0;

for (let n = 0; n < 2000; n++) {
	const values = Float32Array.from({ length: n % 50 }, (_, i) => n + i);
	checksum += values.reduce((sum, value) => sum + value, n);
	builder.clear();
	builder.finish(createReading(builder, `sensor ${n % 3}`, BigInt(n), values));
	// The memory of the builder: the write has copied it when it resolves, so that the builder can be cleared.
	await writer.write(builder.asUint8Array());
}

await writer.flush();
writer.end();
await writer.close();
console.log(`writer: 2000 readings, checksum ${checksum}`);
