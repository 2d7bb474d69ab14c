import { concat, defer, ignoreElements, Observable, type OperatorFunction, tap } from 'rxjs';
import { writerOrChannel } from '../adapter/acquire.js';
import { checkBoolean, checkOneOf, checkOptions, checkTimeout, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import type { Writer, WriterOptions } from '../writer/types.js';
import { writerKeys } from '../writer/types.js';
import { ObservableWriter, type ObservableWriterOptions } from './observable-writer.js';

/** The options of `openWriter` are for the Writers that it opens of a Channel. */
export interface WriteToOptions<T> extends WriterOptions {
	/**
	 * With the policy `block`, when there is no room for a message. An Observable cannot be asked to wait, so: `error` (default) fails with FULL and
	 * unsubscribes from the source. `drop` drops it. `conflate` keeps the newest message, one, until there is room, and drops the one that it takes the
	 * place of. The other policies decide this themselves.
	 */
	readonly whenFull?: 'error' | 'drop' | 'conflate' | undefined;
	/** Called with each dropped message and how many there were with it; also with those that the policy `drop-newest` drops. What it throws fails the Observable. */
	readonly onDrop?: ((message: T, count: number) => void) | undefined;
	/** How long the completion waits for a first reader: 0 or more, default Infinity. */
	readonly readerTimeoutMs?: number | undefined;
	/** Only for a Writer that was given. False (default): it stays open and is not ended. */
	readonly closeWriter?: boolean | undefined;
}

const writeToKeys: KeysOf<WriteToOptions<unknown>> = {
	...writerKeys,
	whenFull: true,
	onDrop: true,
	readerTimeoutMs: true,
	closeWriter: true,
};

/**
 * Writes every value of the source to a channel; emits nothing. Each subscription opens a Writer of the Channel, or uses the one that it is given, to which
 * nobody else should write then.
 *
 * - When it waits: values are written as they come, never later; there is no queue, and at most one message waits (`whenFull: 'conflate'`).
 * - When full: see `whenFull`. A source that can wait, such as a stream or an iterator, is better served by `createWriteStream` or `await writer.write()`.
 * - At completion of the source: writes the message that still waits, and then, unless it was given a Writer that is to stay open, ends the channel,
 *   waits until a reader has the lane mapped or has read it (`readerTimeoutMs`, after which it fails with TIMEOUT, saying how many messages nobody
 *   read), leaves, and completes.
 * - On error: fails with FULL, ENCODE, TOO_LARGE, CLOSED when the channel was shut down, and MISMATCH, VERSION, ACCESS or LIMIT when a link was refused
 *   while nobody else is connected. After an error of the source or its own it leaves without ending, so no reader takes what it got for the whole.
 * - On unsubscribe: leaves at once, without ending.
 * - What concurrency cannot change: the order of the messages.
 *
 * Throws TypeError and RangeError for its arguments; what `openWriter` throws fails the Observable.
 */
export function writeTo<T>(
	target: Channel<T, unknown> | Writer<T>,
	options?: WriteToOptions<T>,
): OperatorFunction<T, never> {
	const { whenFull = 'error', onDrop, closeWriter = false, ...rest } = checkOptions('options', options, writeToKeys);
	const { readerTimeoutMs = Number.POSITIVE_INFINITY, ...writerOptions } = rest;
	checkOneOf('whenFull', whenFull, ['error', 'drop', 'conflate']);
	checkTimeout('readerTimeoutMs', readerTimeoutMs);
	checkBoolean('closeWriter', closeWriter);
	if (onDrop !== undefined && typeof onDrop !== 'function') {
		throw new TypeError(`onDrop: got ${typeof onDrop}, must be a function`);
	}
	const found = writerOrChannel(target, writerOptions);
	const outletOptions: ObservableWriterOptions<T> = { whenFull, onDrop, readerTimeoutMs, closeWriter };
	return (source) =>
		new Observable((subscriber) => {
			const outlet = new ObservableWriter(found, writerOptions, outletOptions, (error) =>
				subscriber.error(error),
			);
			subscriber.add(() => outlet.leave());
			const written = source.pipe(tap((message) => outlet.write(message)));
			concat(
				written,
				defer(() => outlet.end()),
			)
				.pipe(ignoreElements())
				.subscribe(subscriber);
		});
}
