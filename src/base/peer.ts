import type { NativePeer } from '../native/boundary.js';

/**
 * Why a peer is gone. `closed`: it closed its handle. `died`: its process ended without closing it. `corrupt`: this endpoint
 * cut the link, because the peer's shared memory or a packet from it was invalid.
 */
export type DepartureReason = 'closed' | 'died' | 'corrupt';

/** One endpoint at the other side of a link. */
export interface Peer {
	/** 16 hexadecimal digits. Every endpoint has its own: one that is closed and opened again has another id. */
	readonly id: string;
	/** The process id in the pid namespace of this process; 0 if the peer is in a namespace that is not visible here. */
	readonly pid: number;
	readonly uid: number;
	readonly role: 'writer' | 'reader' | 'server' | 'client';
	/** The time when this endpoint connected to it. */
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

/** The name of a peer in messages. */
export function describePeer(peer: NativePeer): string {
	return `${peer.role} ${peer.id} (pid ${peer.pid})`;
}
