import { connect } from 'ringwire';
import { chat } from './channel.js';

const [name = 'anonymous'] = process.argv.slice(2);
const connection = await connect(chat, { timeoutMs: 30_000 });
connection.on('disconnect', ({ reason }) => console.log(`${name}: disconnect ${reason}`));

for await (const { by, text } of connection.reader) {
	console.log(`${name}: <${by}> ${text}`);
	if (by === 'server') await connection.writer.write({ by: name, text: `hello, I am ${name}` });
	if (by === name) break; // its own line has come back
}
await connection.close();
