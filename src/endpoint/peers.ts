import { onAbort } from '../base/abort.js';
import type { RingwireError } from '../base/errors.js';
import { type Peer, peerFrom } from '../base/peer.js';
import type { NativePeer, NativePeerStats } from '../native/boundary.js';
import { isRefusal } from './refusal.js';
import type { PeerStats } from './types.js';

interface Waiter {
	readonly count: number;
	resolve(): void;
	reject(reason: unknown): void;
}

/** Who is connected to one endpoint, and who waits for somebody to be. */
export class PeerList {
	readonly #peers = new Map<string, Peer>();
	readonly #waiters = new Set<Waiter>();
	#list: readonly Peer[] = Object.freeze([]);

	/** The same frozen array until somebody comes or goes. */
	get peers(): readonly Peer[] {
		return this.#list;
	}

	add(peer: Peer): Peer {
		this.#peers.set(peer.id, peer);
		this.#renewList();
		for (const waiter of this.#waiters) if (this.#peers.size >= waiter.count) waiter.resolve();
		return peer;
	}

	/** Answers the peer as it was reported when it connected; undefined when it is not there. */
	remove({ id }: NativePeer): Peer | undefined {
		const peer = this.#peers.get(id);
		if (this.#peers.delete(id)) this.#renewList();
		return peer;
	}

	/** The peer as it was reported when it connected. */
	known(native: NativePeer): Peer {
		return this.#peers.get(native.id) ?? peerFrom(native);
	}

	/** The counters of those who are connected; the addon may know of others whose coming or going has not been told yet. */
	statsOf(counted: readonly NativePeerStats[]): PeerStats[] {
		return counted.flatMap((counts) => {
			const peer = this.#peers.get(counts.peer.id);
			return peer === undefined ? [] : [{ ...counts, peer }];
		});
	}

	whenThereAre(count: number, signal: AbortSignal | undefined): Promise<void> {
		if (this.#peers.size >= count) return Promise.resolve();
		return new Promise((resolve, reject) => {
			const done = () => {
				this.#waiters.delete(waiter);
				stop();
			};
			const waiter: Waiter = {
				count,
				resolve() {
					done();
					resolve();
				},
				reject(reason) {
					done();
					reject(reason);
				},
			};
			const stop = onAbort(signal, () => waiter.reject(signal?.reason));
			this.#waiters.add(waiter);
		});
	}

	/** A link could not be made. Answers whether somebody who waits has been told so. */
	refuse(error: RingwireError): boolean {
		if (!isRefusal(error) || this.#waiters.size === 0) return false;
		for (const waiter of this.#waiters) waiter.reject(error);
		return true;
	}

	close(reason: unknown): void {
		this.#peers.clear();
		this.#renewList();
		for (const waiter of this.#waiters) waiter.reject(reason);
	}

	#renewList(): void {
		this.#list = Object.freeze([...this.#peers.values()]);
	}
}
