import type { DepartureReason } from '../base/peer.js';

type State =
	/** `finished`: the directions that have come to their proper end. */
	{ readonly is: 'open'; readonly finished: 0 | 1 } | { readonly is: 'closed'; readonly reason: DepartureReason };

/** How far a connection's life has come. One transition for each event; each returns whether it has closed the connection. */
export class ConnectionLifecycle {
	#state: State = { is: 'open', finished: 0 };

	/** Undefined while the connection is open. */
	get closeReason(): DepartureReason | undefined {
		return this.#state.is === 'closed' ? this.#state.reason : undefined;
	}

	/** A writer has ended, and its reader has read everything. A connection whose two directions have finished is closed. */
	finishDirection(): boolean {
		if (this.#state.is === 'closed') return false;
		if (this.#state.finished === 1) return this.close('closed');
		this.#state = { is: 'open', finished: 1 };
		return false;
	}

	/** The peer is gone, the connection was shut down, or this side closes it. The first reason counts. */
	close(reason: DepartureReason): boolean {
		if (this.#state.is === 'closed') return false;
		this.#state = { is: 'closed', reason };
		return true;
	}
}
