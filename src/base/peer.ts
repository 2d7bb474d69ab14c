import type { NativePeer } from '../native/boundary.js';

/**
 * Why a peer is gone. `closed`: it said goodbye. `died`: its process ended without. `corrupt`: it was cut off for what it
 * put into its shared memory or sent.
 */
export type DepartureReason = 'closed' | 'died' | 'corrupt';

/** One endpoint at the other side of a link. */
export interface Peer {
	/** 16 hexadecimal digits, unique to one endpoint's life: who closes and opens again comes back with another. */
	readonly id: string;
	/** As this process's pid namespace sees it; 0 when it cannot. */
	readonly pid: number;
	readonly uid: number;
	readonly role: 'writer' | 'reader' | 'server' | 'client';
	/** When this endpoint got to know it. */
	readonly since: Date;
}

export function peerFrom(native: NativePeer): Peer {
	return Object.freeze({
		id: native.id,
		pid: native.pid,
		uid: native.uid,
		role: native.role,
		since: new Date(),
	});
}

/** How a peer is named in a message for people. */
export function describePeer(peer: NativePeer): string {
	return `${peer.role} ${peer.id} (pid ${peer.pid})`;
}
