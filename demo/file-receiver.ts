import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { say, whenTold } from './child.js';
import { chunkBytes, nowMs, type ReceiverSays, type Transfer } from './transfer.js';
import { receiveFrom } from './transports.js';

const progressEveryMs = 40;

whenTold(async ({ transport, address, copy }: Transfer) => {
	const receiving = receiveFrom(transport, address);
	await receiving.ready;
	say<ReceiverSays>({ type: 'ready' });
	const source = await receiving.stream;
	const target = copy === undefined ? new Discard() : createWriteStream(copy, { highWaterMark: chunkBytes });
	const timer = setInterval(() => {
		say<ReceiverSays>({ type: 'progress', bytes: target.bytesWritten });
	}, progressEveryMs);
	await pipeline(source, target);
	const endedAtMs = nowMs();
	clearInterval(timer);
	say<ReceiverSays>({ type: 'received', bytes: target.bytesWritten, endedAtMs });
});

class Discard extends Writable {
	bytesWritten = 0;

	override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
		this.bytesWritten += chunk.length;
		callback();
	}
}
