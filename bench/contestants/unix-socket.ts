import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../payload.js';
import type { Contestant } from './types.js';

/**
 * Node's own unix socket: one write a message, paused when the socket says so. It has no message boundaries and
 * the receiver does not look for any, which flatters it.
 */
export const unixSocket: Contestant = {
	name: 'unix socket (net)',
	rival: true,
	receive(trial, meter) {
		return new Promise((resolve, reject) => {
			const server = createServer((socket) => {
				server.close();
				socket.on('data', (piece: Uint8Array) => meter.bytes(piece));
				socket.on('end', resolve);
				socket.on('error', reject);
			});
			server.on('error', reject);
			server.listen(join(trial.folder, trial.name), () => meter.ready());
		});
	},
	async send(trial) {
		const socket = connect(join(trial.folder, trial.name));
		await once(socket, 'connect');
		const message = messageOf(trial.size);
		for (let sent = 0; sent < trial.count; sent++) {
			if (!socket.write(message)) await once(socket, 'drain');
		}
		socket.end();
		await once(socket, 'close');
	},
};
