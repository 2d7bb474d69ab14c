/** A writer and a reader that wait in one process, connected, after some traffic. Both directions wait: the lane is full too. */
import { defineChannel, openReader, openWriter, utf8 } from 'ringwire';

const { channel: name } = JSON.parse(process.argv[2] ?? '') as { channel: string };
const codec = utf8();
const writer = openWriter(defineChannel({ name, codec }));
const reader = openReader(defineChannel({ name, codec }));
for (let index = 0; index < 1000; index++) {
	await writer.write(`message ${index}`);
	await reader.read();
}
// From here on the reader sleeps in the kernel, with a call that waits; and a second channel whose writer waits for room.
void reader.read();
const full = openWriter(defineChannel({ name: `${name}-full`, codec, capacity: 64 * 1024, depth: 2 }));
const slow = openReader(defineChannel({ name: `${name}-full`, codec, capacity: 64 * 1024, depth: 2 }));
await full.whenConnected();
await slow.whenConnected();
full.tryWrite('1');
full.tryWrite('2');
void full.write('3');
// The channel to the parent is no part of what is looked at.
setTimeout(() => {
	process.send?.({ type: 'idle' });
	process.channel?.unref();
}, 100);
