import { type Connection, listen } from 'ringwire';
import { echo, type Line } from './channel.js';

const server = listen(echo);

for await (const connection of server) {
	console.log('server: a client has come');
	await answer(connection);
	console.log(`server: the client has left (${await connection.whenClosed()})`);
	await server.close(); // an example ends
}

async function answer({ reader, writer }: Connection<string, Line>): Promise<void> {
	for await (const { number, text } of reader) await writer.write(`${number}: ${text.toUpperCase()}`);
	writer.end();
}
