// A process at the other end of a channel, for tests: does what its parent tells it over the IPC channel, one request at a time.
import { defineChannel, json, type Overflow, openReader, openWriter, type Reader, type Writer } from 'ringwire';

interface Opening {
	name: string;
	overflow?: Overflow;
	codec?: string;
	group?: number | undefined;
	/** Answer only when a peer is there. */
	connected?: boolean;
}

export type Request =
	| ({ do: 'open writer' } & Opening)
	| ({ do: 'open reader' } & Opening)
	/** Writes so many numbers, counting up from `from`; waits for room. Answers nothing. */
	| { do: 'write'; from: number; count: number }
	/** Reads so many; answers them. */
	| { do: 'read'; count: number }
	| { do: 'connected'; count?: number }
	/** Answers their process and user ids. */
	| { do: 'peers' }
	| { do: 'end' }
	| { do: 'close' };

let writer: Writer<number> | undefined;
let reader: Reader<number> | undefined;

async function answer(request: Request): Promise<unknown> {
	switch (request.do) {
		case 'open writer':
			writer = openWriter(channelOf(request));
			return request.connected ? writer.whenConnected() : undefined;
		case 'open reader':
			reader = openReader(channelOf(request));
			return request.connected ? reader.whenConnected() : undefined;
		case 'write':
			for (let i = 0; i < request.count; i++) await writer?.write(request.from + i);
			return undefined;
		case 'read': {
			const messages: (number | undefined)[] = [];
			while (messages.length < request.count) messages.push(await reader?.read());
			return messages;
		}
		case 'connected':
			await (writer ?? reader)?.whenConnected(request.count);
			return undefined;
		case 'peers':
			return (writer ?? reader)?.peers.map(({ pid, uid }) => ({ pid, uid }));
		case 'end':
			writer?.end();
			return undefined;
		case 'close':
			return (await writer?.close()) ?? reader?.close();
	}
}

function channelOf({ name, overflow, group, codec = 'json' }: Opening) {
	return defineChannel({ name, overflow, group, codec: { ...json<number>(), id: codec } });
}

process.on('message', (request: Request) => {
	answer(request).then(
		(value) => process.send?.({ value }),
		(error: unknown) => process.send?.({ error: String(error) }),
	);
});
