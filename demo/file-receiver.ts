import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { onTask, report } from './child.js';
import { chunkBytes, nowMs, type ReceiverMessage, type Transfer } from './transfer.js';
import { receiveFrom } from './transports.js';

const progressEveryMs = 40;

onTask(async ({ transport, address, copy }: Transfer) => {
	const receiving = receiveFrom(transport, address);
	await receiving.ready;
	report<ReceiverMessage>({ type: 'ready' });
	const source = await receiving.stream;
	const target = copy === undefined ? new Discard() : createWriteStream(copy, { highWaterMark: chunkBytes });
	const timer = setInterval(() => {
		report<ReceiverMessage>({ type: 'progress', bytes: target.bytesWritten });
	}, progressEveryMs);
	await pipeline(source, target);
	const endedAtMs = nowMs();
	clearInterval(timer);
	report<ReceiverMessage>({ type: 'received', bytes: target.bytesWritten, endedAtMs });
});

class Discard extends Writable {
	bytesWritten = 0;

	override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
		this.bytesWritten += chunk.length;
		callback();
	}
}
