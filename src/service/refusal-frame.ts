import { codeFrom, type RingwireError, type RingwireErrorCode, serviceError } from '../base/errors.js';
import type { Peer } from '../base/peer.js';

/** Longer texts are cut: a codec may put everything that it could not decode into its message. */
const textLengthMax = 8 * 1024;

/** The reason why a server refuses a request, or cannot send the response, in at most `lengthMax` bytes. */
export function encodeRefusal(code: RingwireErrorCode, what: string, lengthMax: number): Buffer {
	// One code unit of a string takes at most three bytes of UTF-8.
	return Buffer.from(`${code} ${what}`.slice(0, Math.min(textLengthMax, Math.floor(lengthMax / 3))));
}

export function decodeRefusal(bytes: Buffer, service: string, peer: Peer): RingwireError {
	const text = bytes.toString();
	const [code = ''] = text.split(' ', 1);
	return serviceError(codeFrom(code), service, text.slice(code.length + 1), { peer });
}
