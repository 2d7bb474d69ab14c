import { RingwireError } from '../base/errors.js';

/** Whether a call has failed because the other side is gone: an ordinary end of a connection attempt. */
export function peerLeft(error: unknown): boolean {
	return (
		error instanceof RingwireError &&
		(error.code === 'ERR_RINGWIRE_PEER_DIED' || error.code === 'ERR_RINGWIRE_CLOSED')
	);
}
