import { onAbort } from '../base/abort.js';
import { nothing, type Pull } from './pull.js';
import type { Waiter } from './readiness.js';

type Result<T> = IteratorResult<T, undefined>;

interface Pending<T> {
	resolve(result: Result<T> | Promise<Result<T>>): void;
	reject(reason: unknown): void;
}

/**
 * The iterator behind `for await (const message of reader)`. Written by hand, because `return()` of an async generator
 * waits for the `next()` that waits for a message: leaving the loop from outside would hang.
 *
 * `next` fails as `read` does. The language leaves an iterator that failed without calling `return()`, and so the first
 * failure is the last word: the iterator is finished, and has left the reader. Only BUSY, for a second `next` while one
 * waits, changes nothing.
 */
export class MessageIterator<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
	readonly #source: Pull<T>;
	readonly #signal: AbortSignal | undefined;
	readonly #leaveReader: () => Promise<void>;
	readonly #waiter: Waiter;
	#stopListening: (() => void) | undefined;
	#pending: Pending<T> | undefined;
	/** There was nothing to iterate over any more. */
	readonly #cameLate: boolean;
	/** Aborted: the iterator is finished. */
	readonly #interest = { aborted: false };
	#unreported: { readonly reason: unknown } | undefined;

	/** `leaveReader` is called when the iterator is left before the end: it closes the reader or does nothing. */
	constructor(source: Pull<T>, signal: AbortSignal | undefined, leaveReader: () => Promise<void>) {
		this.#source = source;
		this.#cameLate = source.over !== undefined;
		this.#signal = signal;
		this.#leaveReader = leaveReader;
		this.#waiter = {
			settle: (readiness) => (readiness === 'readable' ? this.#goOn() : this.#finish()?.resolve(over())),
			fail: (reason) => this.#fail(reason),
		};
	}

	next(): Promise<Result<T>> {
		if (this.#interest.aborted) return this.#afterwards();
		if (this.#source.waiting) return Promise.reject(this.#source.busy());
		try {
			this.#listen();
			const message = this.#source.next(this.#interest);
			if (message !== nothing) return Promise.resolve({ value: message, done: false });
		} catch (error) {
			this.#fail(error);
		}
		// Failed, or left by a listener to what came before the message.
		if (this.#interest.aborted) return this.#afterwards();
		return new Promise((resolve, reject) => {
			this.#pending = { resolve, reject };
			if (this.#cameLate) this.#source.wait(this.#waiter);
			else this.#source.waitOn(this.#waiter);
		});
	}

	async return(): Promise<Result<T>> {
		this.#finish()?.resolve(over());
		await this.#leaveReader();
		return over();
	}

	async throw(reason?: unknown): Promise<Result<T>> {
		await this.return();
		throw reason;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.return();
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	#listen(): void {
		if (this.#signal === undefined || this.#stopListening !== undefined) return;
		this.#signal.throwIfAborted();
		this.#stopListening = onAbort(this.#signal, () => this.#fail(this.#signal?.reason));
	}

	/** While it looks nobody is told anything: a message that is found must not meet an answer that was given before. */
	#goOn(): void {
		const pending = this.#pending;
		this.#pending = undefined;
		try {
			const message = this.#source.nextInTurn(this.#interest);
			if (message !== nothing) {
				pending?.resolve({ value: message, done: false });
				return;
			}
			if (!this.#interest.aborted) {
				this.#pending = pending;
				this.#source.waitOn(this.#waiter);
				return;
			}
		} catch (error) {
			this.#fail(error);
		}
		pending?.resolve(this.#afterwards());
	}

	#fail(reason: unknown): void {
		const pending = this.#finish();
		void this.#leaveReader();
		if (pending === undefined) this.#unreported = { reason };
		else pending.reject(reason);
	}

	/**
	 * What `next` answers when the iterator is finished: a failure that nobody has heard of yet must not look like the
	 * end.
	 */
	#afterwards(): Promise<Result<T>> {
		const failure = this.#unreported;
		this.#unreported = undefined;
		return failure === undefined ? Promise.resolve(over()) : Promise.reject(failure.reason);
	}

	/** Nobody waits any more; answers who did. */
	#finish(): Pending<T> | undefined {
		this.#interest.aborted = true;
		this.#stopListening?.();
		this.#source.cancel(this.#waiter);
		const pending = this.#pending;
		this.#pending = undefined;
		return pending;
	}
}

function over(): IteratorReturnResult<undefined> {
	return { value: undefined, done: true };
}
