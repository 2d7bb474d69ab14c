import { RingwireError, type RingwireErrorCode } from './errors.js';
import type { DepartureReason } from './peer.js';
import { describePeer, type Peer } from './peer.js';

const codes = {
	closed: 'ERR_RINGWIRE_CLOSED',
	died: 'ERR_RINGWIRE_PEER_DIED',
	corrupt: 'ERR_RINGWIRE_CORRUPT',
} as const satisfies Record<DepartureReason, RingwireErrorCode>;

const deeds = {
	closed: 'has closed the connection',
	died: 'died',
	corrupt: 'was cut off for what it put into its shared memory',
} as const satisfies Record<DepartureReason, string>;

/** What fails because its only peer is gone, as on a connection. `kind`: as what the message names `channel`. */
export function departureError(
	kind: 'channel' | 'service',
	channel: string,
	peer: Peer,
	reason: DepartureReason,
): RingwireError {
	const message = `${kind} "${channel}": ${describePeer(peer)} ${deeds[reason]}`;
	return new RingwireError(codes[reason], message, { channel, peer });
}

/** What fails because a writer is gone that had not ended: what it wrote is not the whole, also if it said goodbye. */
export function truncationError(channel: string, peer: Peer, reason: DepartureReason): RingwireError {
	if (reason === 'corrupt') return departureError('channel', channel, peer, reason);
	const deed = reason === 'died' ? 'died' : 'left';
	const message = `channel "${channel}": ${describePeer(peer)} ${deed} without having ended`;
	return new RingwireError('ERR_RINGWIRE_PEER_DIED', message, { channel, peer });
}
