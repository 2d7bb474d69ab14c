import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, openWriter } from 'ringwire';
import { everyFrame, expose, frameBytes, framesPerSecond, newestFrame, now } from './channel.js';
import { reportCpu } from './measure.js';

const frames = Number(process.argv[2] ?? 300);
const pool = createPool({ bytes: 8 * frameBytes });
const every = openWriter(everyFrame, { pool });
const newest = openWriter(newestFrame, { pool });
await Promise.all([every.whenConnected(), newest.whenConnected(2)]);

const cpu = reportCpu();
const begin = now();
for (let number = 1; number <= frames; number++) {
	const frame = await every.loan(frameBytes);
	expose(frame.bytes, number);
	frame.share(newest); // one frame in memory, in two channels
	frame.commit();
	await sleep(Math.max(0, begin + (number * 1000) / framesPerSecond - now()));
}
console.log(`camera: ${frames} frames, ${cpu()}`);
every.end();
newest.end();
await Promise.all([every.close({ lingerMs: 60_000 }), newest.close()]);
