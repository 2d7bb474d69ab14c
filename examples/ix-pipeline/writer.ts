import { openWriter } from 'ringwire';
import { readings } from './channel.js';

const rooms = ['kitchen', 'hall', 'cellar'];

const stop = new AbortController();
const writer = openWriter(readings);
await writer.whenConnected();
writer.on('disconnect', () => stop.abort());

// As many as the reader wants: it says so by leaving.
while (!stop.signal.aborted) {
	const i = writer.stats.messages;
	const temperature = 20 + 5 * Math.sin(i / 50);
	await writer.write(`${rooms[i % rooms.length]} ${temperature.toFixed(1)}`, { signal: stop.signal }).catch(() => {});
}
await writer.close({ lingerMs: 0 });
console.log('writer: the reader has left');
