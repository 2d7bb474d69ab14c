import { type Lease, letGo, type MessageLease } from './lease.js';
import type { LeaseSource } from './lease-source.js';
import { MessageIterator } from './message-iterator.js';

type Result<T> = IteratorResult<Lease<T>, undefined>;

/** The iterator behind `reader.leases()`: a lease ends with the next step of the loop, or with the loop, unless it is kept. */
export class LeaseIterator<T> implements AsyncIterableIterator<Lease<T>, undefined>, AsyncDisposable {
	readonly #leases: MessageIterator<MessageLease<T>>;
	#current: MessageLease<T> | undefined;

	/** As for MessageIterator. */
	constructor(source: LeaseSource<T>, signals: readonly AbortSignal[], leaveReader: () => Promise<void>) {
		this.#leases = new MessageIterator(source, signals, leaveReader);
	}

	async next(): Promise<Result<T>> {
		this.#letGo();
		const result = await this.#leases.next();
		if (result.done !== true) this.#current = result.value;
		return result;
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
