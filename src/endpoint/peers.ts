import { onAbort } from '../base/abort.js';
import { type Peer, peerFrom } from '../base/peer.js';
import type { NativePeer, NativePeerStats } from '../native/boundary.js';
import type { PeerStats } from './types.js';

interface Waiter {
	isMet(): boolean;
	resolve(): void;
	reject(reason: unknown): void;
}

/** The peers that are connected to one endpoint, and the calls that wait for peers to connect. */
export class PeerList {
	readonly #peers = new Map<string, Peer>();
	readonly #waiters = new Set<Waiter>();
	#list: readonly Peer[] = Object.freeze([]);

	/** The same frozen array until a peer connects or disconnects. */
	get peers(): readonly Peer[] {
		return this.#list;
	}

	add(peer: Peer): Peer {
		this.#peers.set(peer.id, peer);
		this.#renewList();
		for (const waiter of this.#waiters) if (waiter.isMet()) waiter.resolve();
		return peer;
	}

	/** Returns the peer as it was reported when it connected; undefined if it is not connected. */
	remove({ id }: NativePeer): Peer | undefined {
		const peer = this.#peers.get(id);
		if (this.#peers.delete(id)) this.#renewList();
		return peer;
	}

	/** The peer as it was reported when it connected; a new one for a peer that is not connected. */
	known(native: NativePeer): Peer {
		return this.#peers.get(native.id) ?? peerFrom(native);
	}

	/** The counters of the connected peers. The addon may count others whose events have not been emitted yet. */
	statsOf(counted: readonly NativePeerStats[]): PeerStats[] {
		return counted.flatMap((counts) => {
			const peer = this.#peers.get(counts.peer.id);
			return peer === undefined ? [] : [{ ...counts, peer }];
		});
	}

	/**
	 * Resolves when `isMet` returns true, which is called at once and whenever a peer connects. Rejects with `signal.reason`,
	 * and as `reject` and `close` state.
	 */
	when(isMet: () => boolean, signal: AbortSignal): Promise<void> {
		if (isMet()) return Promise.resolve();
		return new Promise((resolve, reject) => {
			const settle = () => {
				this.#waiters.delete(waiter);
				stop();
			};
			const waiter: Waiter = {
				isMet,
				resolve() {
					settle();
					resolve();
				},
				reject(reason) {
					settle();
					reject(reason);
				},
			};
			const stop = onAbort(signal, () => waiter.reject(signal.reason));
			this.#waiters.add(waiter);
		});
	}

	/** Rejects the waiting calls. Returns whether there were any. */
	reject(reason: unknown): boolean {
		const waiters = [...this.#waiters];
		for (const waiter of waiters) waiter.reject(reason);
		return waiters.length > 0;
	}

	/** The endpoint has left: no peer is connected any more. */
	close(reason: unknown): void {
		this.#peers.clear();
		this.#renewList();
		this.reject(reason);
	}

	#renewList(): void {
		this.#list = Object.freeze([...this.#peers.values()]);
	}
}
