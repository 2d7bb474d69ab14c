import { acquireReader, checkKeeping, readerOrChannel } from '../adapter/acquire.js';
import { checkBoolean, checkOneOf, checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import { ChannelReader } from '../reader/reader.js';
import type { Reader } from '../reader/types.js';
import { readerKeys } from '../reader/types.js';
import type { FromChannelOptions } from './from-channel.js';
import type { MulticasterOptions } from './multicaster.js';

const fromChannelKeys: KeysOf<FromChannelOptions> = { ...readerKeys, closeReader: true, onDecodeError: true };

/** Where the messages of an Observable come from, checked. Throws TypeError and RangeError for its arguments. */
export function multicasterOptions<T>(
	source: Channel<never, T> | Reader<T>,
	options: FromChannelOptions | undefined,
): Omit<MulticasterOptions<T>, 'taker'> {
	const {
		closeReader = false,
		onDecodeError = 'event',
		...readerOptions
	} = checkOptions('options', options, fromChannelKeys);
	checkBoolean('closeReader', closeReader);
	checkOneOf('onDecodeError', onDecodeError, ['event', 'error']);
	const found = readerOrChannel(source, readerOptions);
	const given = found instanceof ChannelReader ? found : undefined;
	const open = () => given ?? acquireReader(found, readerOptions).handle;
	return { open, closesReader: given === undefined || closeReader, onDecodeError };
}

/** The options of who wants the newest message and keeps it: of several writers that is the one written last. */
export function newestLast(
	source: Channel<never, unknown> | Reader<unknown>,
	options: FromChannelOptions | undefined,
	who: string,
): FromChannelOptions | undefined {
	checkKeeping(source, who);
	if (source instanceof ChannelReader) return options;
	const { order = 'time', ...rest } = checkOptions('options', options, fromChannelKeys);
	return { ...rest, order };
}
