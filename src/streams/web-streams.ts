import { Duplex, Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { checkOptions } from '../base/check.js';
import type { Connection } from '../connection/types.js';
import type { Channel } from '../definition/channel.js';
import type { Reader } from '../reader/types.js';
import type { Writer } from '../writer/types.js';
import { createDuplexStream, type DuplexStreamOptions, duplexStreamKeys } from './duplex-stream.js';
import { createReadStream, type ReadStreamOptions } from './read-stream.js';
import { createWriteStream, type WriteStreamOptions, writeStreamKeys } from './write-stream.js';

/**
 * `createReadStream` as a Web stream, by Node's own converter. An error of the Node stream errors this one, and `cancel(reason)` destroys the Node
 * stream. `highWaterMark` bounds each of the two buffers.
 */
export function createWebReadable<T>(
	source: Channel<never, T> | Reader<T>,
	options?: ReadStreamOptions,
): ReadableStream<T> {
	return Readable.toWeb(createReadStream(source, options));
}

/**
 * `createWriteStream` as a Web stream, by Node's own converter. `close()` settles when the Node stream finishes, and `abort(reason)` destroys it.
 * `highWaterMark` counts chunks, for byte streams too, and is 1 by default.
 */
export function createWebWritable<T>(
	target: Channel<T, unknown> | Writer<T>,
	options?: WriteStreamOptions,
): WritableStream<T> {
	// The converter counts chunks, also if the mark of the Node stream counts bytes.
	const { highWaterMark = 1 } = checkOptions('options', options, writeStreamKeys);
	return Writable.toWeb(createWriteStream(target, { ...options, highWaterMark }));
}

/**
 * `createDuplexStream` as a pair of Web streams, by Node's own converter. An error or abort of one of them ends both. `writableHighWaterMark` counts
 * chunks, and is 1 by default.
 */
export function createWebDuplex<Out, In>(
	connection: Connection<Out, In>,
	options?: DuplexStreamOptions,
): { readable: ReadableStream<In>; writable: WritableStream<Out> } {
	const { writableHighWaterMark = 1 } = checkOptions('options', options, duplexStreamKeys);
	return Duplex.toWeb(createDuplexStream(connection, { ...options, writableHighWaterMark }));
}
