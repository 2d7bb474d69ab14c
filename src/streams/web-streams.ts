import { Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { checkOptions } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import type { Reader } from '../reader/types.js';
import type { Writer } from '../writer/types.js';
import { createReadStream, type ReadStreamOptions } from './read-stream.js';
import { createWriteStream, type WriteStreamOptions, writeStreamKeys } from './write-stream.js';

/**
 * `createReadStream` as a Web stream, by Node's own converter. Everything said there holds: an error of the stream errors this one,
 * `cancel(reason)` destroys it. `highWaterMark` bounds each of the two buffers.
 */
export function createReadableStream<T>(
	source: Channel<never, T> | Reader<T>,
	options?: ReadStreamOptions,
): ReadableStream<T> {
	return Readable.toWeb(createReadStream(source, options));
}

/**
 * `createWriteStream` as a Web stream, by Node's own converter. Everything said there holds: `close()` settles as its end does, `abort(reason)`
 * destroys it. `highWaterMark` counts chunks here, for byte streams too, and is 1 by default.
 */
export function createWritableStream<T>(
	target: Channel<T, unknown> | Writer<T>,
	options?: WriteStreamOptions,
): WritableStream<T> {
	// The converter counts chunks, also where the stream's own mark is meant in bytes.
	const { highWaterMark = 1 } = checkOptions('options', options, writeStreamKeys);
	return Writable.toWeb(createWriteStream(target, { ...options, highWaterMark }));
}
