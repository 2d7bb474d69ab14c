import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { serve } from 'ringwire';
import { type Found, statistics } from './service.js';

const compress = promisify(brotliCompress);

const server = serve(statistics, async (text): Promise<Found> => {
	if (text.length === 0) throw new RangeError('the text is empty');
	const words = new TextDecoder().decode(text).split(/\s+/).filter(Boolean);
	const longest = words.reduce((long, word) => (word.length > long.length ? word : long), '');
	const compressed = (await compress(text)).length;
	return { words: words.length, longest, compressed, sha256: createHash('sha256').update(text).digest('hex') };
});

server.on('disconnect', () => {
	console.log('worker: the client has left');
	void server.close(); // an example ends
});
