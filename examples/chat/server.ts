import { type Connection, listen } from 'ringwire';
import { chat, type Said } from './channel.js';

const expected = Number(process.argv[2] ?? 3);
const server = listen(chat);
let come = 0;

server.on('connection', ({ connection }) => {
	come += 1;
	console.log(`server: connect ${connection.peer.role} ${come}, ${server.connections.length} are here`);
	connection.on('disconnect', ({ reason }) => console.log(`server: disconnect ${reason}`));
	void serveOne(connection);
	if (come === expected) tellAll({ by: 'server', text: 'everybody is here' });
});

async function serveOne(connection: Connection<Said, Said>): Promise<void> {
	try {
		for await (const said of connection.reader) tellAll(said);
	} catch {
		// It died; the event has told so.
	}
	await connection.close();
	if (come === expected && server.connections.length === 0) await server.close(); // an example ends
}

/** Never waits for a client that does not read: a client whose ring is full misses the line. */
function tellAll(said: Said): void {
	for (const { writer, closed } of server.connections) {
		if (!closed && !writer.closed) writer.tryWrite(said);
	}
}
