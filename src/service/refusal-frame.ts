import { codeFrom, RingwireError, type RingwireErrorCode } from '../base/errors.js';
import type { Peer } from '../base/peer.js';

/** Longer than that it is no message; a codec may put all that it could not decode into its own. */
const textLengthMax = 8 * 1024;

/** Why a server does not even ask its handler, or cannot send what that answered. At most `lengthMax` bytes. */
export function encodeRefusal(code: RingwireErrorCode, what: string, lengthMax: number): Buffer {
	// One unit of a string is at most three bytes of UTF-8.
	return Buffer.from(`${code} ${what}`.slice(0, Math.min(textLengthMax, Math.floor(lengthMax / 3))));
}

export function decodeRefusal(bytes: Buffer, channel: string, peer: Peer): RingwireError {
	const text = bytes.toString();
	const [code = ''] = text.split(' ', 1);
	const message = `service "${channel}": ${text.slice(code.length + 1)}`;
	return new RingwireError(codeFrom(code), message, { channel, peer });
}
