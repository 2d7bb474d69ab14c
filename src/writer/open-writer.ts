import { checkSignal } from '../base/abort.js';
import { checkOptions } from '../base/check.js';
import { attempt } from '../base/errors.js';
import { type Channel, checkChannel, nativeContract } from '../definition/channel.js';
import { WakeLine } from '../endpoint/opened.js';
import { loadAddon } from '../native/load.js';
import { laneSizes } from './lane-sizes.js';
import { checkPool } from './pool.js';
import { type Writer, type WriterOptions, writerKeys } from './types.js';
import { ChannelWriter } from './writer.js';

/**
 * Opens a writer of the channel, with a lane of its own. Synchronous; readers and writers may be opened in any order.
 * Throws TypeError and RangeError for its arguments, `signal.reason` if the signal is aborted already, and ACCESS, LIMIT,
 * UNSUPPORTED and SYSTEM; CLOSED if the pool is closed.
 */
export function openWriter<T>(channel: Channel<T, unknown>, options?: WriterOptions): Writer<T> {
	return openChannelWriter(checkChannel(channel), checkOptions('options', options, writerKeys));
}

/** For adapters: `openWriter` for a channel and option names that have been checked. */
export function openChannelWriter<T>(channel: Channel<T, unknown>, options: WriterOptions): ChannelWriter<T> {
	const sizes = laneSizes(channel, options);
	checkSignal('signal', options.signal)?.throwIfAborted();
	const pool = checkPool(options.pool);
	const line = new WakeLine();
	const openNative = () =>
		loadAddon().openWriter(nativeContract(channel), { ...sizes, pool: pool?.native }, line.wake);
	const open = () => attempt(openNative, channel.name);
	const native = pool === undefined ? open() : pool.admit(channel, open);
	return new ChannelWriter(channel, options, { native, line });
}
