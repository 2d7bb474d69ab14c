/** A stream into a channel in a process of its own, which is gone without a goodbye as soon as the stream has finished. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bytes, defineChannel } from 'ringwire';
import { createWriteStream } from 'ringwire/streams';
import type { StreamWriterReport, StreamWriterTask } from '../support/stream-task.js';

const task: StreamWriterTask = JSON.parse(process.argv[2] ?? '');
const hash = createHash('sha256');

function* chunks() {
	for (let i = 0; i < task.chunks; i++) {
		const chunk = randomBytes(task.chunkBytes);
		hash.update(chunk);
		yield chunk;
	}
}

await pipeline(Readable.from(chunks()), createWriteStream(defineChannel({ name: task.channel, codec: bytes() })));
const report: StreamWriterReport = { type: 'finished', sha256: hash.digest('hex') };
process.send?.(report, () => {
	if (task.after === 'kill') process.kill(process.pid, 'SIGKILL');
	else process.exit(0);
});
