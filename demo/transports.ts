/** The two ways that the file takes, each as a pair of streams of Node. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { defineChannel } from 'ringwire';
import { createReadStream, createWriteStream } from 'ringwire/streams';

export type Transport = 'channel' | 'unix socket';

export interface Receiving {
	/** From here on the sender may come. */
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

/** Resolves when the two sides are connected, so that this is not part of what is timed. */
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
