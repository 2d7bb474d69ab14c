import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { say, whenTold } from './child.js';
import { chunkBytes, nowMs, type SenderSays, type Transfer } from './transfer.js';
import { sendTo } from './transports.js';

whenTold(async ({ transport, address, file, copy }: Transfer) => {
	const content = copy === undefined ? readFileSync(file) : undefined;
	const target = await sendTo(transport, address);
	const begunAtMs = nowMs();
	const source = content ? Readable.from(pieces(content)) : createReadStream(file, { highWaterMark: chunkBytes });
	await pipeline(source, target);
	say<SenderSays>({ type: 'sent', begunAtMs });
});

function* pieces(content: Buffer): Generator<Buffer> {
	for (let begin = 0; begin < content.length; begin += chunkBytes) yield content.subarray(begin, begin + chunkBytes);
}
