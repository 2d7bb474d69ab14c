import { listen } from 'ringwire';
import { echo } from './channel.js';

const server = listen(echo, {
	async onConnection(connection) {
		const { reader, writer } = connection;
		console.log('server: a client has connected');
		for await (const { number, text } of reader) await writer.write(`${number}: ${text.toUpperCase()}`);
		writer.end();
		console.log(`server: the client has left (${await connection.whenClosed()})`);
		await server.close(); // an example ends
	},
});
