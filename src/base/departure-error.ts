import { channelError, type RingwireError, type RingwireErrorCode, serviceError } from './errors.js';
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
	corrupt: 'was cut off because its shared memory is invalid, or a message exceeds messageMax of the reader',
} as const satisfies Record<DepartureReason, string>;

/** The error of calls on a connection or a service whose peer is gone. `cause`: the error for which the peer was cut off. */
export function departureError(
	kind: 'channel' | 'service',
	name: string,
	peer: Peer,
	reason: DepartureReason,
	cause?: RingwireError,
): RingwireError {
	const make = kind === 'channel' ? channelError : serviceError;
	return make(codes[reason], name, `${describePeer(peer)} ${departures[reason]}`, {
		peer,
		...(cause === undefined ? {} : { cause }),
	});
}

/** The error of reads after a writer left or died without `end()`: its messages may be incomplete. */
export function truncationError(
	channel: string,
	peer: Peer,
	reason: DepartureReason,
	cause?: RingwireError,
): RingwireError {
	if (reason === 'corrupt') return departureError('channel', channel, peer, reason, cause);
	const how = reason === 'died' ? 'died' : 'left';
	return channelError('ERR_RINGWIRE_PEER_DIED', channel, `${describePeer(peer)} ${how} without end()`, { peer });
}
