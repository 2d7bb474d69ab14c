type Result<C> = IteratorResult<C, undefined>;

interface Taker<C> {
	take(connection: C): void;
	finish(): void;
}

/**
 * Connections that nobody has been given yet, and the iterators that wait for one. It is bounded by whoever adds: a
 * connection in here goes on counting against the server's `clientsMax`.
 */
export class ConnectionQueue<C extends object> {
	readonly #onTaken: (connection: C) => void;
	/** Whether somebody else has it already. */
	readonly #untaken = new Map<C, boolean>();
	readonly #takers = new Set<Taker<C>>();
	#iterators = 0;
	#closed = false;

	/** `onTaken` is called for each connection that an iterator gives. */
	constructor(onTaken: (connection: C) => void) {
		this.#onTaken = onTaken;
	}

	has(connection: C): boolean {
		return this.#untaken.has(connection);
	}

	/** `heard`: somebody else has it already, and it is kept only for iterators that there are. */
	add(connection: C, heard: boolean): void {
		if (this.#closed) return;
		const [taker] = this.#takers;
		if (taker !== undefined) {
			this.#takers.delete(taker);
			taker.take(connection);
			this.#onTaken(connection);
		} else if (!heard || this.#iterators > 0) this.#untaken.set(connection, heard);
	}

	/** Iterators finish. Answers what nobody has been given; what somebody else has stays his. */
	close(): C[] {
		this.#closed = true;
		for (const taker of this.#takers) taker.finish();
		this.#takers.clear();
		this.#forgetHeard();
		const untaken = [...this.#untaken.keys()];
		this.#untaken.clear();
		return untaken;
	}

	/**
	 * Written by hand, because `return()` of an async generator waits for the `next()` that waits for a connection. Several
	 * `next()` may wait; they are served in order.
	 */
	iterate(): AsyncIterableIterator<C, undefined> {
		const waiting = new Set<Taker<C>>();
		let finished = false;
		this.#iterators++;
		const finish = () => {
			if (finished) return;
			finished = true;
			for (const taker of waiting) {
				this.#takers.delete(taker);
				taker.finish();
			}
			this.#iterators--;
			if (this.#iterators === 0) this.#forgetHeard();
		};
		const iterator: AsyncIterableIterator<C, undefined> = {
			next: () => {
				const [connection] = finished ? [] : this.#untaken.keys();
				if (connection !== undefined) {
					this.#untaken.delete(connection);
					this.#onTaken(connection);
					return Promise.resolve({ value: connection, done: false });
				}
				if (finished || this.#closed) return Promise.resolve(over());
				return new Promise<Result<C>>((resolve) => {
					const taker: Taker<C> = {
						take(taken) {
							waiting.delete(taker);
							resolve({ value: taken, done: false });
						},
						finish() {
							waiting.delete(taker);
							resolve(over());
						},
					};
					waiting.add(taker);
					this.#takers.add(taker);
				});
			},
			return: () => {
				finish();
				return Promise.resolve(over());
			},
			[Symbol.asyncIterator]: () => iterator,
		};
		return iterator;
	}

	/** No iterator is left that they were kept for. */
	#forgetHeard(): void {
		for (const [connection, heard] of this.#untaken) {
			if (!heard) continue;
			this.#untaken.delete(connection);
			this.#onTaken(connection);
		}
	}
}

function over(): IteratorReturnResult<undefined> {
	return { value: undefined, done: true };
}
