import { RingwireError, type RingwireErrorCode } from './errors.js';
import type { DepartureReason } from './peer.js';
import { describePeer, type Peer } from './peer.js';

const codes = {
	closed: 'ERR_RINGWIRE_CLOSED',
	died: 'ERR_RINGWIRE_PEER_DIED',
	corrupt: 'ERR_RINGWIRE_CORRUPT',
} as const satisfies Record<DepartureReason, RingwireErrorCode>;

const departures = {
	closed: 'has closed the connection',
	died: 'died',
	corrupt: 'was cut off because its shared memory is invalid',
} as const satisfies Record<DepartureReason, string>;

/** The error of calls on a connection or a service whose peer is gone. `kind` says what `channel` names, for the message. */
export function departureError(
	kind: 'channel' | 'service',
	channel: string,
	peer: Peer,
	reason: DepartureReason,
): RingwireError {
	const message = `${kind} "${channel}": ${describePeer(peer)} ${departures[reason]}`;
	return new RingwireError(codes[reason], message, { channel, peer });
}

/** The error of reads after a writer left or died without `end()`: its messages may be incomplete. */
export function truncationError(channel: string, peer: Peer, reason: DepartureReason): RingwireError {
	if (reason === 'corrupt') return departureError('channel', channel, peer, reason);
	const how = reason === 'died' ? 'died' : 'left';
	const message = `channel "${channel}": ${describePeer(peer)} ${how} without end()`;
	return new RingwireError('ERR_RINGWIRE_PEER_DIED', message, { channel, peer });
}
