import { setTimeout as sleep } from 'node:timers/promises';
import { buffer, filter, map, take } from 'ix/asynciterable/operators';
import { iterableFrom } from 'ringwire/iterables';
import { readings } from './channel.js';

const averages = iterableFrom(readings).pipe(
	map((line) => line.split(' ')),
	filter(([room]) => room === 'kitchen'),
	map(([, temperature]) => Number(temperature)),
	buffer(100),
	// Pulled, not pushed: while this waits, nothing is read, the ring fills, and the writer waits too.
	map(async (temperatures) => {
		await sleep(10);
		return temperatures.reduce((sum, one) => sum + one, 0) / temperatures.length;
	}),
	take(5),
);

let count = 0;
for await (const average of averages) {
	count++;
	console.log(`reader: average ${count} of 100 in the kitchen: ${average.toFixed(2)}`);
}
// `take` has let go of the iterable, and with it of the channel: this process ends, and the writer is told.
console.log('reader: has seen enough');
