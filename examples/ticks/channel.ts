import { defineChannel, json } from 'ringwire';

export interface Tick {
	readonly sequence: number;
	readonly symbol: 'AAA' | 'BBB' | 'CCC';
	readonly price: number;
}

/** `drop-oldest`: a price that was not read at once is worth nothing, so the writer never waits. */
export const ticks = defineChannel({ name: 'example-ticks', codec: json<Tick>(), overflow: 'drop-oldest' });
