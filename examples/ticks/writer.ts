import { openWriter } from 'ringwire';
import { writeTo } from 'ringwire/observables';
import { finalize, interval, map, mergeMap, range, take } from 'rxjs';
import { type Tick, ticks } from './channel.js';

const symbols = ['AAA', 'BBB', 'CCC'] as const;
const prices = { AAA: 100, BBB: 200, CCC: 300 };

const writer = openWriter(ticks);
await writer.whenConnected();

// 20 ticks a millisecond, for half a second or so.
interval(1)
	.pipe(
		take(500),
		mergeMap((i) => range(20 * i, 20)),
		map(nextTick),
		writeTo(writer),
		finalize(() => console.log(`writer: ${writer.stats.messages} ticks`)),
	)
	.subscribe();

/** A random walk. */
function nextTick(sequence: number): Tick {
	const symbol = symbols[sequence % 3] ?? 'AAA';
	prices[symbol] += Math.random() - 0.5;
	return { sequence, symbol, price: Number(prices[symbol].toFixed(2)) };
}
