import { Deadline } from '../base/deadline.js';
import { channelError, type RingwireError } from '../base/errors.js';
import { holdsBack } from '../definition/channel.js';
import { lackOfReaders } from './holding-readers.js';
import type { ChannelWriter } from './writer.js';

/**
 * Resolves when the readers no longer depend on the writer for what was written: a reader is connected, which has mapped the
 * lane and reads the rest of it even if the writer leaves; or everything has been read by readers that have left again. With
 * a policy that holds back, only a reader that holds back counts. A writer that has written nothing waits too, because its
 * end must reach a reader.
 *
 * Rejects with TIMEOUT if no such reader connects within `readerTimeoutMs`, with `signal.reason`, and as `whenConnected`.
 */
export async function whenHandedOver(
	writer: ChannelWriter<unknown>,
	readerTimeoutMs: number,
	signal: AbortSignal,
): Promise<void> {
	signal.throwIfAborted();
	if (isHandedOver(writer)) return;
	const deadline = new Deadline(signal, readerTimeoutMs, () => timeout(writer, readerTimeoutMs));
	await writer.whenPeers(() => isHandedOver(writer), deadline);
}

function isHandedOver(writer: ChannelWriter<unknown>): boolean {
	if (!holdsBack(writer.channel.overflow)) return writer.peers.length > 0;
	return writer.holders > 0 || (writer.stats.messages > 0 && writer.unread === 0);
}

function timeout(writer: ChannelWriter<unknown>, readerTimeoutMs: number): RingwireError {
	const unread = writer.unread === 1 ? '1 message is' : `${writer.unread} messages are`;
	const what = `no reader took over within ${readerTimeoutMs} ms, and ${unread} unread${lackOfReaders(writer)}`;
	return channelError('ERR_RINGWIRE_TIMEOUT', writer.name, what);
}
