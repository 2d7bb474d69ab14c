import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { onTask, report } from './child.js';
import { chunkBytes, nowMs, type SenderMessage, type Transfer } from './transfer.js';
import { sendTo } from './transports.js';

onTask(async ({ transport, address, file, bytes, copy }: Transfer) => {
	const content = copy === undefined ? contentOf(file, bytes) : undefined;
	const target = await sendTo(transport, address);
	const begunAtMs = nowMs();
	const source = content
		? Readable.from(chunksOf(content))
		: createReadStream(file, { highWaterMark: chunkBytes, end: bytes - 1 });
	await pipeline(source, target);
	report<SenderMessage>({ type: 'sent', begunAtMs });
});

let kept = Buffer.alloc(0);

/** The first bytes of the file. They are read once for all transfers. */
function contentOf(file: string, bytes: number): Buffer {
	if (kept.length < bytes) {
		const descriptor = openSync(file, 'r');
		const buffer = Buffer.allocUnsafe(bytes);
		kept = buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, 0));
		closeSync(descriptor);
	}
	return kept.subarray(0, bytes);
}

function* chunksOf(content: Buffer): Generator<Buffer> {
	for (let begin = 0; begin < content.length; begin += chunkBytes) yield content.subarray(begin, begin + chunkBytes);
}
