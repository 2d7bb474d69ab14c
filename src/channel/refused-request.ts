import { errorFrom, type RingwireError, type RingwireErrorCode } from './errors.js';
import type { Peer } from './peer.js';

/** Why a server does not even ask its handler, or cannot send what that answered. */
export function encodeRefusal(code: RingwireErrorCode, what: string): Buffer {
	return Buffer.from(`${code} ${what}`);
}

export function decodeRefusal(bytes: Buffer, channel: string, peer: Peer): RingwireError {
	const text = bytes.toString();
	const [code = ''] = text.split(' ', 1);
	return errorFrom({ code, message: `service "${channel}": ${text.slice(code.length + 1)}` }, channel, peer);
}
