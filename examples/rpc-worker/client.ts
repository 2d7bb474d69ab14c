import { readdir, readFile } from 'node:fs/promises';
import { connectService, RemoteError } from 'ringwire';
import { statistics } from './service.js';

const client = await connectService(statistics, { timeoutMs: 30_000 });

// All at once: responses are matched to requests by id. Each request may have its own signal and timeout.
const folder = new URL('../../../../docs/', import.meta.url);
const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).sort();
await Promise.all(
	files.map(async (file) => {
		const text = await readFile(new URL(file, folder));
		const { words, longest, compressed } = await client.request(text, { timeoutMs: 30_000 });
		console.log(
			`client: ${file}: ${words} words, the longest is ${longest.length} letters, ${compressed} bytes with brotli`,
		);
	}),
);

// An exception of the handler arrives as a RemoteError.
try {
	await client.request(new Uint8Array(0));
} catch (error) {
	if (!(error instanceof RemoteError)) throw error;
	console.log(`client: refused: ${error.message}`);
}
await client.close();
