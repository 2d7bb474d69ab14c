import { checkInteger } from '../base/check.js';
import { bytes } from '../codecs/bytes.js';
import { isValidated } from '../codecs/validated.js';
import type { Channel } from '../definition/channel.js';

/** A channel of `bytes()` is a byte stream, which has no boundaries. Any other is a stream in object mode, one message a chunk. */
export function isByteStream(channel: Channel<never, unknown>): boolean {
	return channel.codec.id === bytes().id && !isValidated(channel.codec);
}

/** The default `highWaterMark` of a stream that is read. Small, because the ring is the queue. */
export function defaultMark(channel: Channel<never, unknown>): number {
	if (channel.overflow === 'latest') return 0;
	return isByteStream(channel) ? 64 * 1024 : 16;
}

/** Node checks the mark in the constructor of the stream, which is too late: the handle is open by then. */
export function checkHighWaterMark(option: string, value: unknown): void {
	if (value === undefined) return;
	checkInteger(option, value, { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes, or messages in object mode' });
}
