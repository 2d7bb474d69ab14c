import { checkBoolean } from '../base/check.js';
import { describeValue } from '../codecs/describe-value.js';
import { type Channel, checkChannel } from '../definition/channel.js';
import { EndpointHandle } from '../endpoint/handle.js';
import type { Handle } from '../endpoint/types.js';
import { ChannelReader } from '../reader/reader.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import { openChannelWriter } from '../writer/open-writer.js';
import type { Writer, WriterOptions } from '../writer/types.js';
import { ChannelWriter } from '../writer/writer.js';

/** The source of an adapter's handle: the handle that it was given, or a Channel for which it opens handles. */
export interface HandleSource<H> {
	/** The handle that was given. */
	readonly given: H | undefined;
	/** True: the adapter closes the handle when it is done. */
	readonly closes: boolean;
	/** Returns the given handle, or opens a new one. Throws as `openReader` and `openWriter` do. */
	acquire(): H;
}

/** The handle of an adapter that acquires it only once. */
export interface Acquired<H> {
	readonly handle: H;
	/** True: the adapter closes the handle when it is done. */
	readonly closes: boolean;
}

/**
 * The Reader or Channel that an adapter was given, checked. `options` are for the Readers that it opens. Throws TypeError for
 * a Writer, for options of a Reader that is open already, and for `keepOpen` with a Channel.
 */
export function readerSource<T>(
	source: Channel<never, T> | Reader<T>,
	options: ReaderOptions,
	keepOpen = false,
): HandleSource<ChannelReader<T>> {
	checkBoolean('keepOpen', keepOpen);
	if (source instanceof ChannelReader) return givenHandle(source, options, keepOpen, 'Reader');
	if (isHandle(source)) throw wrongSide('source', source, 'a Channel or a Reader');
	const channel = checkChannel(source, 'source', 'the result of defineChannel, or a Reader');
	refuseKeepOpen(keepOpen, 'Reader');
	return { given: undefined, closes: true, acquire: () => new ChannelReader(channel, options) };
}

/** As `readerSource`, for a Writer. */
export function writerSource<T>(
	target: Channel<T, unknown> | Writer<T>,
	options: WriterOptions,
	keepOpen = false,
): HandleSource<ChannelWriter<T>> {
	checkBoolean('keepOpen', keepOpen);
	if (target instanceof ChannelWriter) return givenHandle(target, options, keepOpen, 'Writer');
	if (isHandle(target)) throw wrongSide('target', target, 'a Channel or a Writer');
	const channel = checkChannel(target, 'target', 'the result of defineChannel, or a Writer');
	refuseKeepOpen(keepOpen, 'Writer');
	return { given: undefined, closes: true, acquire: () => openChannelWriter(channel, options) };
}

/** `readerSource`, acquired at once. Throws also as `openReader` does. */
export function acquireReader<T>(
	source: Channel<never, T> | Reader<T>,
	options: ReaderOptions,
	keepOpen?: boolean,
): Acquired<ChannelReader<T>> {
	return acquired(readerSource(source, options, keepOpen));
}

/** `writerSource`, acquired at once. Throws also as `openWriter` does. */
export function acquireWriter<T>(
	target: Channel<T, unknown> | Writer<T>,
	options: WriterOptions,
	keepOpen?: boolean,
): Acquired<ChannelWriter<T>> {
	return acquired(writerSource(target, options, keepOpen));
}

/** Throws TypeError for a Reader that uses the memory of its messages again, for an adapter that keeps them. */
export function checkKeeping(source: unknown, adapter: string): void {
	if (!(source instanceof ChannelReader) || !source.reusesMemory) return;
	throw new TypeError(`source: got a Reader with reuseMemory, must be one without: ${adapter} keeps messages`);
}

function acquired<H>(source: HandleSource<H>): Acquired<H> {
	return { handle: source.acquire(), closes: source.closes };
}

function givenHandle<H>(given: H, options: object, keepOpen: boolean, what: string): HandleSource<H> {
	const unused = Object.entries(options).find(([, value]) => value !== undefined);
	if (unused !== undefined) {
		const [option, value] = unused;
		throw new TypeError(`${option}: got ${describeValue(value)}, must be absent: the ${what} is open already`);
	}
	return { given, closes: !keepOpen, acquire: () => given };
}

function refuseKeepOpen(keepOpen: boolean, what: string): void {
	if (!keepOpen) return;
	throw new TypeError(
		`keepOpen: got true, must be absent with a Channel: the ${what} of the adapter is always closed`,
	);
}

function isHandle(value: Channel<never, unknown> | Handle): value is Handle {
	return value instanceof EndpointHandle;
}

function wrongSide(option: string, value: unknown, allowed: string): TypeError {
	return new TypeError(`${option}: got ${describeValue(value)}, must be ${allowed}`);
}
