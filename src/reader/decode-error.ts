import { channelError, type RingwireError, reasonOf } from '../base/errors.js';

/** The DECODE error for what a codec has thrown. */
export function decodeError(channel: string, codecId: string, cause: unknown): RingwireError {
	const what = `the codec "${codecId}" cannot decode a message: ${reasonOf(cause)}`;
	return channelError('ERR_RINGWIRE_DECODE', channel, what, { cause });
}
