import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { frameBytes, slowMs } from './channel.js';
import { Sightings } from './measure.js';

const [path = '', viewer = 'every'] = process.argv.slice(2);
while (!existsSync(path)) await sleep(10);
const socket = createConnection(path);
await once(socket, 'connect');
socket.write(viewer);

const sightings = new Sightings(viewer);
const frame = Buffer.alloc(frameBytes);
let filled = 0;
for await (const chunk of socket as AsyncIterable<Buffer>) {
	for (let at = 0; at < chunk.length; ) {
		const taken = chunk.copy(frame, filled, at);
		at += taken;
		filled += taken;
		if (filled < frameBytes) continue;
		if (viewer === 'slow') await sleep(slowMs);
		sightings.look(frame);
		filled = 0;
	}
}
sightings.print();
