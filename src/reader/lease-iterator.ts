import { type Lease, letGo, type MessageLease } from './lease.js';
import type { LeaseSource } from './lease-source.js';
import { MessageIterator } from './message-iterator.js';
import { type CancelFlag, type Nothing, nothing, type Waiter } from './message-source.js';

type Result<T> = IteratorResult<Lease<T>, undefined>;

/** The iterator behind `reader.leases()`: a lease ends with the next step of the loop, or with the loop, unless it is kept. */
export class LeaseIterator<T> implements AsyncIterableIterator<Lease<T>, undefined>, AsyncDisposable {
	readonly #leases: MessageIterator<MessageLease<T>>;
	#current: MessageLease<T> | undefined;

	/** As for MessageIterator. */
	constructor(source: LeaseSource<T>, signals: readonly AbortSignal[], leaveReader: () => Promise<void>) {
		// A lease belongs to the loop as soon as there is one: its promise is settled later, when the loop may have been left.
		const take = (lease: MessageLease<T> | Nothing) => {
			if (lease === nothing) return nothing;
			this.#letGo();
			this.#current = lease;
			return lease;
		};
		const taken = {
			get ending() {
				return source.ending;
			},
			get busy() {
				return source.busy;
			},
			busyError: () => source.busyError(),
			next: (cancel?: CancelFlag) => take(source.next(cancel)),
			nextForWaiter: (cancel?: CancelFlag) => take(source.nextForWaiter(cancel)),
			wait: (waiter: Waiter) => source.wait(waiter),
			cancel: (waiter: Waiter) => source.cancel(waiter),
		};
		this.#leases = new MessageIterator(taken, signals, leaveReader);
	}

	next(): Promise<Result<T>> {
		this.#letGo();
		return this.#leases.next();
	}

	return(): Promise<Result<T>> {
		this.#letGo();
		return this.#leases.return();
	}

	throw(reason?: unknown): Promise<Result<T>> {
		this.#letGo();
		return this.#leases.throw(reason);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.return();
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	#letGo(): void {
		this.#current?.[letGo]();
		this.#current = undefined;
	}
}
