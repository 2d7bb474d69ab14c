import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createWriteStream } from 'ringwire/streams';
import { packed } from './channel.js';

const [file = process.execPath] = process.argv.slice(2);

const target = createWriteStream(packed);
await pipeline(createReadStream(file), createGzip({ level: 1 }), target);
console.log(`writer: ${target.writer.stats.bytes} bytes, packed, went through the channel`);
