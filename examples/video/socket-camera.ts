import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expose, frameBytes, framesPerSecond, now, viewers } from './channel.js';
import { reportCpu } from './measure.js';

const [path = '', count = '300'] = process.argv.slice(2);
const frames = Number(count);
const frame = Buffer.alloc(frameBytes);
const sockets = new Map<string, Socket>();
const server = createServer((socket) => socket.once('data', (name) => sockets.set(String(name), socket))).listen(path);
while (sockets.size < viewers.length) await sleep(10);

const cpu = reportCpu();
const begin = now();
for (let number = 1; number <= frames; number++) {
	expose(frame, number);
	const written = [...sockets].map(async ([name, socket]) => {
		if (name !== 'every' && socket.writableLength > 0) return; // drops the frame
		if (!socket.write(Buffer.from(frame)) && name === 'every') await once(socket, 'drain');
	});
	await Promise.all(written);
	await sleep(Math.max(0, begin + (number * 1000) / framesPerSecond - now()));
}
console.log(`camera: ${frames} frames, ${cpu()}`);
for (const socket of sockets.values()) socket.end();
server.close();
