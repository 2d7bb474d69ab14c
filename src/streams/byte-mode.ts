import { checkInteger } from '../base/check.js';
import { reasonOf } from '../base/errors.js';
import { bytes } from '../codecs/bytes.js';
import type { Channel } from '../definition/channel.js';

/** A channel of plain bytes is a byte stream, which has no boundaries; any other is a stream of objects, one a message. */
export function isByteStream(channel: Channel<never, unknown>): boolean {
	return channel.codec.id === bytes().id;
}

/** Before anything is opened: Node refuses it only when the stream is made. */
export function checkHighWaterMark(option: string, value: unknown): void {
	if (value === undefined) return;
	checkInteger(option, value, { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes, or messages in object mode' });
}

/** The reason of a signal as the Error that a stream is destroyed with. A reason may be any value, also one without text. */
export function asError(reason: unknown): Error {
	return reason instanceof Error ? reason : new Error(reasonOf(reason), { cause: reason });
}
