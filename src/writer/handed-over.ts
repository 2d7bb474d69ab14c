import { clearTimeout, setTimeout } from 'node:timers';
import { RingwireError } from '../base/errors.js';
import type { ChannelWriter } from './writer.js';

const timerMax = 2 ** 31 - 1;

/**
 * Waits until what was written does not need this writer any more: a reader is connected, which has the lane mapped and
 * drains it even when we are gone; or readers that have left again had read everything. Without any message it waits
 * for a reader all the same, because the end itself has to reach somebody. Waits for a first reader at most
 * `readerTimeoutMs`; then it rejects with TIMEOUT, saying how many messages nobody read. Rejects with `signal.reason`,
 * CLOSED, and the error of a refused link.
 */
export async function whenHandedOver(
	writer: ChannelWriter<unknown>,
	readerTimeoutMs: number,
	signal: AbortSignal,
): Promise<void> {
	signal.throwIfAborted();
	if (writer.peers.length > 0 || hasBeenRead(writer)) return;
	const waiting = new AbortController();
	let timedOut = false;
	const abort = () => waiting.abort(signal.reason);
	const expire = () => {
		timedOut = true;
		waiting.abort();
	};
	signal.addEventListener('abort', abort);
	const timer = readerTimeoutMs <= timerMax ? setTimeout(expire, readerTimeoutMs) : undefined;
	try {
		await writer.whenConnected(1, { signal: waiting.signal });
	} catch (error) {
		if (!timedOut) throw error;
		throw timeout(writer, readerTimeoutMs);
	} finally {
		clearTimeout(timer);
		signal.removeEventListener('abort', abort);
	}
}

function hasBeenRead(writer: ChannelWriter<unknown>): boolean {
	const { overflow } = writer.channel;
	const holdsBack = overflow === 'block' || overflow === 'drop-newest';
	return holdsBack && writer.stats.messages > 0 && writer.unread === 0;
}

function timeout(writer: ChannelWriter<unknown>, readerTimeoutMs: number): RingwireError {
	const { name: channel, unread } = writer;
	const what = `no reader came within ${readerTimeoutMs} ms, and nobody has read ${unread} messages`;
	return new RingwireError('ERR_RINGWIRE_TIMEOUT', `channel "${channel}": ${what}`, { channel });
}
