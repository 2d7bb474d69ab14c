import { connect } from 'ringwire';
import { echo } from './channel.js';

// Waits for the server if it is not there yet.
const connection = await connect(echo, { timeoutMs: 30_000 });
const lines = ['every line', 'comes back', 'louder'];
for (const [number, text] of lines.entries()) await connection.writer.write({ number, text });
connection.writer.end();
for await (const answer of connection.reader) console.log(`client: ${answer}`);
console.log(`client: that was all (${await connection.whenClosed()})`);
