/**
 * A server or a client of a duplex channel in a process of its own. It does what the test asks for over IPC, one thing
 * after another, and answers each with what came of it.
 */
import { type Connection, connect, defineDuplex, json, listen, type Server } from 'ringwire';

export type DuplexRequest =
	| { do: 'listen'; name: string }
	/** Waits for the next client. */
	| { do: 'accept' }
	| { do: 'connect'; name: string; timeoutMs?: number }
	/** Writes so many numbers, counting up from `from`; waits for room. */
	| { do: 'write'; from: number; count: number }
	/** Reads so many; answers them. */
	| { do: 'read'; count: number }
	| { do: 'end' | 'close' | 'dispose' | 'shutdown' | 'close reader' }
	/** The process exits with this code, without an answer. */
	| { do: 'exit'; code: number };

/** Full after two messages. */
const lane = { codec: json<number>(), capacity: 64 * 1024, depth: 2 };

let server: Server<number, number> | undefined;
let connection: Connection<number, number> | undefined;

async function answer(request: DuplexRequest): Promise<unknown> {
	switch (request.do) {
		case 'listen':
			server = listen(defineDuplex({ name: request.name, toServer: lane, toClient: lane }));
			return undefined;
		case 'accept': {
			const next = await server?.[Symbol.asyncIterator]().next();
			connection = next?.value;
			return connection?.peer.pid;
		}
		case 'connect': {
			const duplex = defineDuplex({ name: request.name, toServer: lane, toClient: lane });
			connection = await connect(duplex, { timeoutMs: request.timeoutMs });
			return connection.peer.pid;
		}
		case 'write':
			for (let i = 0; i < request.count; i++) await connection?.writer.write(request.from + i);
			return undefined;
		case 'read': {
			const messages: unknown[] = [];
			while (messages.length < request.count) messages.push((await connection?.reader.read()) ?? null);
			return messages;
		}
		case 'end':
			return connection?.writer.end();
		case 'close':
			return connection?.close();
		case 'dispose':
			return connection?.[Symbol.dispose]();
		case 'shutdown':
			return connection?.shutdown();
		case 'close reader':
			return connection?.reader.close();
		case 'exit':
			process.exit(request.code);
	}
}

process.on('message', (request: DuplexRequest) => {
	answer(request).then(
		(value) => process.send?.({ value }),
		(error: unknown) => process.send?.({ error: String(error) }),
	);
});
