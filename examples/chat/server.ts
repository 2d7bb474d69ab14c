import { listen } from 'ringwire';
import { chat, type Said } from './channel.js';

const expected = Number(process.argv[2] ?? 3);
let arrived = 0;

const server = listen(chat, {
	async onConnection(connection) {
		arrived += 1;
		console.log(`server: connect ${connection.peer.role} ${arrived}, ${server.connections.length} are here`);
		connection.on('disconnect', ({ reason }) => console.log(`server: disconnect ${reason}`));
		connection.on('close', closeAfterLast);
		if (arrived === expected) sendToAll({ by: 'server', text: 'all are here' });
		for await (const said of connection.reader) sendToAll(said);
	},
});

// A client that was killed makes its handler reject. The server goes on.
server.on('error', ({ error }) => console.log(`server: ${error.message}`));

/** Does not wait: a client without room misses the line. */
function sendToAll(said: Said): void {
	for (const { writer } of server.connections) if (!writer.closed) writer.tryWrite(said);
}

/** An example ends. */
function closeAfterLast(): void {
	if (arrived === expected && server.connections.length === 0) void server.close();
}
