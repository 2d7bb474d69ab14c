import { checkKeeping, type HandleSource, readerSource } from '../adapter/acquire.js';
import { checkSignal } from '../base/abort.js';
import { checkOneOf, checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import { ChannelReader } from '../reader/reader.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import { readerKeys } from '../reader/types.js';

/** The options of `openReader` apply to the Readers that are opened for a Channel. With a given Reader only `signal` may be present. */
export interface FromChannelOptions extends ReaderOptions {
	/**
	 * For a given Reader only. True: it stays open when the last subscriber leaves, and the next subscriber goes on with it. False (default): it is
	 * closed then.
	 */
	readonly keepOpen?: boolean | undefined;
	/**
	 * A message that cannot be decoded: `event` (default) emits an `error` event of the Reader and goes on with the next message; `error` fails
	 * the Observable for all subscribers.
	 */
	readonly onDecodeError?: 'event' | 'error' | undefined;
	/** Aborting it fails the Observable with `signal.reason`, and closes the Reader unless `keepOpen` is true. */
	readonly signal?: AbortSignal | undefined;
}

/** The options of a `Multicaster`, checked. */
export interface MulticasterOptions<T> {
	readonly source: HandleSource<ChannelReader<T>>;
	readonly onDecodeError: 'event' | 'error';
	readonly signal: AbortSignal | undefined;
}

export const fromChannelKeys: KeysOf<FromChannelOptions> = { ...readerKeys, keepOpen: true, onDecodeError: true };

/** Throws TypeError and RangeError for the arguments of `fromChannel`. */
export function multicasterOptions<T>(
	source: Channel<never, T> | Reader<T>,
	options: FromChannelOptions | undefined,
): MulticasterOptions<T> {
	const {
		keepOpen,
		onDecodeError = 'event',
		signal,
		...readerOptions
	} = checkOptions('options', options, fromChannelKeys);
	checkOneOf('onDecodeError', onDecodeError, ['event', 'error']);
	checkSignal('signal', signal);
	return { source: readerSource(source, readerOptions, keepOpen), onDecodeError, signal };
}

/**
 * As `multicasterOptions`, for an operator that keeps the newest message. The Readers that it opens merge their writers by time, so that
 * the newest message of several writers is the one that was written last.
 */
export function newestLastOptions<T>(
	source: Channel<never, T> | Reader<T>,
	options: FromChannelOptions | undefined,
	operator: string,
): MulticasterOptions<T> {
	checkKeeping(source, operator);
	if (source instanceof ChannelReader) return multicasterOptions(source, options);
	const { order = 'time', ...rest } = checkOptions('options', options, fromChannelKeys);
	return multicasterOptions(source, { ...rest, order });
}
