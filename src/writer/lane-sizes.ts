import { checkInteger } from '../base/check.js';
import { type Channel, capacityRange, checkMessageMax, depthRange } from '../definition/channel.js';
import type { WriterOptions } from './types.js';

/** The sizes of a writer's lane: its options, or else those of the channel. Throws RangeError. */
export function laneSizes(channel: Channel<never, unknown>, options: WriterOptions) {
	const { capacity = channel.capacity, depth = channel.depth } = options;
	checkInteger('capacity', capacity, capacityRange);
	checkInteger('depth', depth, depthRange);
	// A messageMax of half of the channel's capacity is most likely the default: it follows the capacity.
	const inherited = channel.messageMax === channel.capacity / 2 ? capacity / 2 : channel.messageMax;
	const { messageMax = inherited } = options;
	if (options.messageMax === undefined && messageMax > capacity / 2) {
		const allowed = `must be twice the channel's messageMax of ${messageMax} bytes, or more, or come with a messageMax of its own`;
		throw new RangeError(`capacity: got ${capacity}, ${allowed}`);
	}
	checkMessageMax(messageMax, capacity);
	return { capacity, depth, messageMax };
}
