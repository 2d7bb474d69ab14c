/** One side of a connection in a process of its own, which stays until it is killed: writes so many numbers, and echoes messages if its task wants that. */
import { connect, defineDuplex, json, listen, RingwireError } from 'ringwire';
import type { DuplexPartyTask } from '../support/duplex-party-task.js';

const task: DuplexPartyTask = JSON.parse(process.argv[2] ?? '');
const numbers = { codec: json<number>(), capacity: 64 * 1024 };
const duplex = defineDuplex({ name: task.channel, toServer: numbers, toClient: numbers });

async function attend(): Promise<void> {
	if (task.role === 'client') {
		await talk(await connect(duplex));
	} else {
		const server = listen(duplex);
		process.send?.({ type: 'listening' });
		for await (const connection of server) {
			talk(connection).catch((error: unknown) => {
				// A client closes the connection of an attempt whose time is over, and tries again.
				if (!(error instanceof RingwireError && error.code === 'ERR_RINGWIRE_CLOSED')) throw error;
			});
		}
	}
}

async function talk({ writer, reader }: Awaited<ReturnType<typeof connect<number, number>>>): Promise<void> {
	process.send?.({ type: 'connected' });
	for (let i = 0; i < task.says; i++) await writer.write(i);
	if (task.says > 0) process.send?.({ type: 'said' });
	if (task.echoes) for await (const number of reader.iterate({ keepOpen: true })) await writer.write(number);
}

await attend();
