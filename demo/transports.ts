/** The two transports that carry the file, each as a pair of Node streams. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { defineChannel } from 'ringwire';
import { createReadStream, createWriteStream } from 'ringwire/streams';

export type Transport = 'channel' | 'unix socket';

export interface Receiving {
	/** Resolves when the sender may connect. */
	readonly ready: Promise<unknown>;
	readonly stream: Promise<Readable>;
}

/** `address`: the name of the channel, or the path of the socket. */
export function receiveFrom(transport: Transport, address: string): Receiving {
	if (transport === 'channel') {
		return {
			ready: Promise.resolve(),
			stream: Promise.resolve(createReadStream(defineChannel({ name: address }))),
		};
	}
	const server = createServer().listen(address);
	const connected = once(server, 'connection').then(([socket]: Socket[]) => {
		server.close();
		if (socket === undefined) throw new Error('there is no connection');
		return socket;
	});
	return { ready: once(server, 'listening'), stream: connected };
}

/** Resolves when both sides are connected, so that connecting is not part of the measured time. */
export async function sendTo(transport: Transport, address: string): Promise<Writable> {
	if (transport === 'channel') {
		const stream = createWriteStream(defineChannel({ name: address }));
		await stream.writer.whenConnected();
		return stream;
	}
	const socket = connect(address);
	await once(socket, 'connect');
	return socket;
}
