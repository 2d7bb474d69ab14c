/** Node's own unix socket: one write a message, waiting for `drain` when the socket says so; and the same corked. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { FramedPool, Unframer } from './framing.js';
import type { Calling, Contestant, Meter, Receiving, Sending, Spec } from './types.js';

const corkedBytes = 64 * 1024;

/** With several readers the writer is the one that listens. */
const addressOf = (spec: Spec, index = 0) => join(spec.folder, `${spec.name}-${spec.readers > 1 ? index : 0}`);

async function receive(spec: Spec, meter: Meter, { index }: { index: number }): Promise<Receiving> {
	const server = createServer((socket) => {
		const unframer = new Unframer((message) => meter.message(message));
		socket.on('data', (piece: Buffer) => unframer.push(piece));
	});
	await once(server.listen(addressOf(spec, index)), 'listening');
	return {};
}

async function connectAll(spec: Spec): Promise<Socket[]> {
	const sockets = Array.from({ length: spec.readers }, (_, index) => connect(addressOf(spec, index)));
	await Promise.all(sockets.map((socket) => once(socket, 'connect')));
	return sockets;
}

async function sendPlain(spec: Spec): Promise<Sending> {
	const sockets = await connectAll(spec);
	const pool = new FramedPool(spec.size);
	return {
		async send(count) {
			for (let sent = 0; sent < count; sent++) {
				const frame = pool.take(sent);
				for (const socket of sockets) if (!socket.write(frame)) await once(socket, 'drain');
			}
		},
	};
}

async function sendCorked(spec: Spec): Promise<Sending> {
	const sockets = await connectAll(spec);
	const pool = new FramedPool(spec.size);
	const together = Math.max(1, Math.floor(corkedBytes / spec.size));
	return {
		async send(count) {
			for (let sent = 0; sent < count; sent += together) {
				for (const socket of sockets) {
					socket.cork();
					for (let n = sent; n < Math.min(count, sent + together); n++) socket.write(pool.take(n));
					socket.uncork();
					if (socket.writableNeedDrain) await once(socket, 'drain');
				}
			}
		},
	};
}

async function echo(spec: Spec): Promise<Receiving> {
	const pool = new FramedPool(spec.size);
	let number = 0;
	const server = createServer((socket) => {
		const unframer = new Unframer(() => socket.write(pool.take(number++)));
		socket.on('data', (piece: Buffer) => unframer.push(piece));
	});
	await once(server.listen(addressOf(spec)), 'listening');
	return {};
}

async function call(spec: Spec): Promise<Calling> {
	const socket = connect(addressOf(spec));
	await once(socket, 'connect');
	const pool = new FramedPool(spec.size);
	let number = 0;
	let answered = () => {};
	const unframer = new Unframer(() => answered());
	socket.on('data', (piece: Buffer) => unframer.push(piece));
	return {
		call: () =>
			new Promise((resolve) => {
				answered = resolve;
				socket.write(pool.take(number++));
			}),
	};
}

export const unixSockets: readonly Contestant[] = [
	{ name: 'unix socket', rival: true, receive, send: sendPlain, echo, call },
	{ name: 'unix socket, corked', rival: true, receive, send: sendCorked },
];
