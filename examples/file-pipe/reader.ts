import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createReadStream } from 'ringwire/streams';
import { packed } from './channel.js';

const [copy = 'copy'] = process.argv.slice(2);

// Should the writer die half-way, this rejects with ERR_RINGWIRE_PEER_DIED: half a file never looks like a whole one.
const target = createWriteStream(copy);
await pipeline(createReadStream(packed), createGunzip(), target);
console.log(`reader: ${target.bytesWritten} bytes written to ${copy}`);
