import { checkSignal } from '../base/abort.js';
import { checkOptions } from '../base/check.js';
import { attempt } from '../base/errors.js';
import { type Channel, checkChannel, nativeContract } from '../definition/channel.js';
import { WakeLine } from '../endpoint/opened.js';
import { loadAddon } from '../native/load.js';
import { laneSizes } from './lane-sizes.js';
import { type Writer, type WriterOptions, writerKeys } from './types.js';
import { ChannelWriter } from './writer.js';

/**
 * Opens a writer of the channel, with a lane of its own. Synchronous; readers and writers may be opened in any order.
 * Throws TypeError and RangeError for its arguments, `signal.reason` if the signal is aborted already, and ACCESS, LIMIT,
 * UNSUPPORTED and SYSTEM.
 */
export function openWriter<T>(channel: Channel<T, unknown>, options?: WriterOptions): Writer<T> {
	return openChannelWriter(checkChannel(channel), checkOptions('options', options, writerKeys));
}

/** For adapters: `openWriter` for a channel and option names that have been checked. */
export function openChannelWriter<T>(channel: Channel<T, unknown>, options: WriterOptions): ChannelWriter<T> {
	const sizes = laneSizes(channel, options);
	checkSignal('signal', options.signal)?.throwIfAborted();
	const line = new WakeLine();
	const open = () => loadAddon().openWriter(nativeContract(channel), sizes, line.wake);
	return new ChannelWriter(channel, options, { native: attempt(open, channel.name), line });
}
