/** A process that opens writers: NAME COUNT. Sends its parent the microseconds of the first `openWriter` and the median of the others. */
import { bytes, defineChannel, openWriter } from 'ringwire';
import { quantile } from '../rows.js';

export interface Opened {
	readonly first: number;
	readonly later: number;
}

const [name = '', count = '2'] = process.argv.slice(2);
const times: number[] = [];
for (let index = 0; index < Number(count); index++) {
	const channel = defineChannel({ name: `${name}-${index}`, codec: bytes() });
	const start = performance.now();
	const writer = openWriter(channel);
	times.push((performance.now() - start) * 1000);
	await writer.close({ lingerMs: 0 });
}
const [first = Number.NaN, ...later] = times;
process.send?.({ first, later: quantile(later, 0.5) } satisfies Opened);
process.disconnect();
