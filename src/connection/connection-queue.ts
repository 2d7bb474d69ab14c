type Result<C> = IteratorResult<C, undefined>;

/** A `next()` of an iterator that waits for a connection. */
interface Waiter<C> {
	resolve(connection: C): void;
	finish(): void;
}

/**
 * Connections for the iterators of a server, and the calls of `next()` that wait for one.
 *
 * A connection that a listener or handler got as well is *shared*. It is kept only while there are iterators and until it
 * closes. Any other connection is kept until an iterator returns it and counts against `clientsMax` until then, so the server
 * limits the size of the queue.
 */
export class ConnectionQueue<C extends object> {
	readonly #onReturned: (connection: C) => void;
	/** Whether the connection is shared. */
	readonly #connections = new Map<C, boolean>();
	readonly #waiters = new Set<Waiter<C>>();
	#iterators = 0;
	#closed = false;

	/** `onReturned` is called for each connection that an iterator returns. */
	constructor(onReturned: (connection: C) => void) {
		this.#onReturned = onReturned;
	}

	add(connection: C, shared: boolean): void {
		if (this.#closed) return;
		const [waiter] = this.#waiters;
		if (waiter !== undefined) {
			this.#waiters.delete(waiter);
			waiter.resolve(connection);
			this.#onReturned(connection);
		} else if (!shared || this.#iterators > 0) this.#connections.set(connection, shared);
	}

	/** The connection has closed. Returns whether it is kept for an iterator all the same. */
	keepsClosed(connection: C): boolean {
		if (this.#connections.get(connection) === true) this.#connections.delete(connection);
		return this.#connections.has(connection);
	}

	/** Ends all iterators. Returns the connections that nothing but an iterator could have got. */
	close(): C[] {
		this.#closed = true;
		for (const waiter of this.#waiters) waiter.finish();
		this.#waiters.clear();
		this.#dropShared();
		const untaken = [...this.#connections.keys()];
		this.#connections.clear();
		return untaken;
	}

	/**
	 * Not an async generator: its `return()` would wait for a `next()` that waits for a connection. Several calls of `next()` may
	 * wait; they are served in order.
	 */
	iterate(): AsyncIterableIterator<C, undefined> {
		const waiting = new Set<Waiter<C>>();
		let finished = false;
		this.#iterators++;
		const finish = () => {
			if (finished) return;
			finished = true;
			for (const waiter of waiting) {
				this.#waiters.delete(waiter);
				waiter.finish();
			}
			this.#iterators--;
			if (this.#iterators === 0) this.#dropShared();
		};
		const iterator: AsyncIterableIterator<C, undefined> = {
			next: () => {
				const [connection] = finished ? [] : this.#connections.keys();
				if (connection !== undefined) {
					this.#connections.delete(connection);
					this.#onReturned(connection);
					return Promise.resolve({ value: connection, done: false });
				}
				if (finished || this.#closed) return Promise.resolve(done());
				return new Promise<Result<C>>((resolve) => {
					const waiter: Waiter<C> = {
						resolve(connection) {
							waiting.delete(waiter);
							resolve({ value: connection, done: false });
						},
						finish() {
							waiting.delete(waiter);
							resolve(done());
						},
					};
					waiting.add(waiter);
					this.#waiters.add(waiter);
				});
			},
			return: () => {
				finish();
				return Promise.resolve(done());
			},
			[Symbol.asyncIterator]: () => iterator,
		};
		return iterator;
	}

	#dropShared(): void {
		for (const [connection, shared] of this.#connections) if (shared) this.#connections.delete(connection);
	}
}

function done(): IteratorReturnResult<undefined> {
	return { value: undefined, done: true };
}
