import type { DepartureReason } from './events.js';
import type { Peer } from './peer.js';

/**
 * Ties a handle to the connection that it is one direction of: it has one peer, and never another one. Each handle calls
 * `finished`, `gone` or `shutDown` before it leaves for that reason, and `left` last.
 */
export interface Bond {
	/** This direction has come to its proper end: its writer had ended, and its reader has read everything. */
	finished(): void;
	/** The peer is gone for good. */
	gone(reason: DepartureReason): void;
	/** The connection is over for both, says the peer, or this handle itself. */
	shutDown(peer: Peer | undefined): void;
	left(): void;
}
