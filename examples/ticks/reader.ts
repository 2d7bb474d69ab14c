import { openReader } from 'ringwire';
import { channelEvents, fromChannel } from 'ringwire/observables';
import { bufferCount, count, filter, groupBy, last, map, max, mergeMap, min, zip } from 'rxjs';
import { ticks } from './channel.js';

const reader = openReader(ticks);
channelEvents(reader).subscribe((event) => {
	if (event.type === 'lost') console.log(`reader: lost ${event.count}`);
	if (event.type === 'disconnect' && !event.ended)
		console.log(`reader: a writer has gone (${event.reason}), others may come`);
	if (event.type === 'end') console.log('reader: the writer has said that this was all');
});

// Hot: all subscribers share the one reader, and each gets every tick.
const all = fromChannel(reader);

all.pipe(count()).subscribe((n) => console.log(`reader: ${n} ticks, ${reader.stats.lost} lost`));

all.pipe(
	filter(({ symbol }) => symbol === 'BBB'),
	bufferCount(1000),
	map((batch) => batch.reduce((sum, { price }) => sum + price, 0) / batch.length),
).subscribe((average) => console.log(`reader: BBB, average of 1000 ticks: ${average.toFixed(2)}`));

all.pipe(
	groupBy(({ symbol }) => symbol),
	mergeMap((group) => {
		const price = group.pipe(map((tick) => tick.price));
		return zip(price.pipe(min()), price.pipe(max()), price.pipe(last())).pipe(
			map(([low, high, close]) => `reader: ${group.key}, low ${low}, high ${high}, last ${close}`),
		);
	}),
).subscribe((text) => console.log(text));
