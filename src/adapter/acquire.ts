import { checkBoolean } from '../base/check.js';
import { describeValue } from '../codecs/describe-value.js';
import { type Channel, checkChannel } from '../definition/channel.js';
import { EndpointHandle } from '../endpoint/handle.js';
import type { Handle } from '../endpoint/types.js';
import { ChannelReader } from '../reader/reader.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import type { Writer, WriterOptions } from '../writer/types.js';
import { ChannelWriter } from '../writer/writer.js';

/** The handle of an adapter that acquires it only once. */
export interface Acquired<H> {
	readonly handle: H;
	/** True: the adapter has opened the handle. */
	readonly opened: boolean;
	/** True: the adapter closes the handle when it is done. */
	readonly closes: boolean;
}

/**
 * The reader that an adapter was given, or a new one of its own. Throws TypeError for a Writer and for options of a
 * reader that is open already, and as `openReader` does.
 */
export function acquireReader<T>(
	source: Channel<never, T> | Reader<T>,
	options: ReaderOptions,
	keepOpen = false,
): Acquired<ChannelReader<T>> {
	checkBoolean('keepOpen', keepOpen);
	const found = readerOrChannel(source, options);
	if (found instanceof ChannelReader) return { handle: found, opened: false, closes: !keepOpen };
	refuseKeepOpen(keepOpen, 'Reader');
	return { handle: new ChannelReader(found, options), opened: true, closes: true };
}

/** The checks of `acquireReader`, for who will open a reader of the channel later. */
export function readerOrChannel<T>(
	source: Channel<never, T> | Reader<T>,
	options: ReaderOptions,
): ChannelReader<T> | Channel<never, T> {
	if (source instanceof ChannelReader) {
		refuseOptions(options, 'Reader');
		return source;
	}
	if (isHandle(source)) throw wrongSide('source', source, 'a Channel or a Reader');
	return checkChannel(source, 'source', 'the result of defineChannel, or a Reader');
}

/** Throws TypeError for a Reader that lends its messages, for an adapter that keeps them. */
export function checkKeeping(source: unknown, adapter: string): void {
	if (!(source instanceof ChannelReader) || !source.reusesMemory) return;
	throw new TypeError(`source: got a Reader with reuseMemory, must be one without: ${adapter} keeps messages`);
}

/** As `acquireReader`, for a writer. */
export function acquireWriter<T>(
	target: Channel<T, unknown> | Writer<T>,
	options: WriterOptions,
	keepOpen = false,
): Acquired<ChannelWriter<T>> {
	checkBoolean('keepOpen', keepOpen);
	const found = writerOrChannel(target, options);
	if (found instanceof ChannelWriter) return { handle: found, opened: false, closes: !keepOpen };
	refuseKeepOpen(keepOpen, 'Writer');
	return { handle: new ChannelWriter(found, options), opened: true, closes: true };
}

/** The checks of `acquireWriter`, for who will open a writer of the channel later. */
export function writerOrChannel<T>(
	target: Channel<T, unknown> | Writer<T>,
	options: WriterOptions,
): ChannelWriter<T> | Channel<T, unknown> {
	if (target instanceof ChannelWriter) {
		refuseOptions(options, 'Writer');
		return target;
	}
	if (isHandle(target)) throw wrongSide('target', target, 'a Channel or a Writer');
	return checkChannel(target, 'target', 'the result of defineChannel, or a Writer');
}

function refuseKeepOpen(keepOpen: boolean, what: string): void {
	if (!keepOpen) return;
	throw new TypeError(
		`keepOpen: got true, must be absent with a Channel: the ${what} of the adapter is always closed`,
	);
}

function refuseOptions(options: object, what: string): void {
	const given = Object.entries(options).find(([, value]) => value !== undefined);
	if (given === undefined) return;
	throw new TypeError(`${given[0]}: got ${describeValue(given[1])}, must be absent: the ${what} is open already`);
}

function isHandle(value: Channel<never, unknown> | Handle): value is Handle {
	return value instanceof EndpointHandle;
}

function wrongSide(option: string, value: unknown, allowed: string): TypeError {
	return new TypeError(`${option}: got ${describeValue(value)}, must be ${allowed}`);
}
