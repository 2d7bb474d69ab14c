import type { Channel } from '../channel/contract.js';
import { bytes } from '../codecs/bytes.js';

/** A channel of plain bytes is a byte stream, which has no boundaries; any other is a stream of objects, one a message. */
export function isByteStream(channel: Channel<unknown>): boolean {
	return channel.codec.id === bytes().id;
}

/** Streams are destroyed with Errors; the reason of a signal may be anything. */
export function asError(reason: unknown): Error {
	return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}
