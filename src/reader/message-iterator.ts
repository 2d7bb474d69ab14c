import { onAbort } from '../base/abort.js';
import type { Ending } from './lifecycle.js';
import { type CancelFlag, type MessageSource, type Nothing, nothing, type Waiter } from './message-source.js';

type Result<T> = IteratorResult<T, undefined>;

/** The part of a reader that takes messages one by one. */
interface IteratedSource<T> extends Pick<MessageSource<T>, 'ending' | 'busy' | 'next' | 'wait' | 'cancel'> {
	busyError(): Error;
	nextForWaiter(cancel?: CancelFlag): T | Nothing;
}

interface Pending<T> {
	resolve(result: Result<T> | Promise<Result<T>>): void;
	reject(reason: unknown): void;
}

/**
 * The iterator behind `for await (const message of reader)`. It is no async generator, because `return()` of one waits for
 * a pending `next()`: leaving the loop from outside would hang.
 *
 * `next` fails as `read` does. The language does not call `return()` on an iterator that failed, so the first failure
 * finishes the iterator and leaves the reader. Only BUSY, for a second `next` while one waits, changes nothing.
 */
export class MessageIterator<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
	readonly #core: IteratedSource<T>;
	readonly #signals: readonly AbortSignal[];
	readonly #leaveReader: () => Promise<void>;
	readonly #waiter: Waiter;
	/** Undefined until the first `next`. */
	#stopListening: (() => void)[] | undefined;
	#pending: Pending<T> | undefined;
	/** The reader had ended or was closed before the iterator was made. */
	readonly #cameLate: boolean;
	/** Set when the iterator is finished. */
	readonly #finished = { aborted: false };
	/** A failure that no `next` has been rejected with yet. */
	#unreported: { readonly reason: unknown } | undefined;

	/** Each of the signals aborts it. `leaveReader` is called when the iterator is left before the end: it closes the reader or does nothing. */
	constructor(core: IteratedSource<T>, signals: readonly AbortSignal[], leaveReader: () => Promise<void>) {
		this.#core = core;
		this.#cameLate = core.ending !== undefined;
		this.#signals = signals;
		this.#leaveReader = leaveReader;
		this.#waiter = { settle: this.#settle, fail: (reason) => this.#fail(reason) };
	}

	next(): Promise<Result<T>> {
		if (this.#finished.aborted) return this.#afterwards();
		if (this.#core.busy) return Promise.reject(this.#core.busyError());
		if (this.#cameLate) return Promise.resolve(done());
		try {
			this.#listen();
			const message = this.#core.next(this.#finished);
			if (message !== nothing) return Promise.resolve({ value: message, done: false });
		} catch (error) {
			this.#fail(error);
		}
		// It may have failed, or a listener to an event before the message may have finished it.
		if (this.#finished.aborted) return this.#afterwards();
		return new Promise((resolve, reject) => {
			this.#pending = { resolve, reject };
			this.#core.wait(this.#waiter);
		});
	}

	async return(): Promise<Result<T>> {
		this.#finish()?.resolve(done());
		await this.#leaveReader();
		return done();
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
		if (this.#stopListening !== undefined) return;
		for (const signal of this.#signals) signal.throwIfAborted();
		this.#stopListening = this.#signals.map((signal) => onAbort(signal, () => this.#fail(signal.reason)));
	}

	/** No promise is settled before a message has been looked for: it would be lost if the promise were settled already. */
	readonly #settle = (readiness: 'readable' | Ending): void => {
		if (readiness !== 'readable') {
			this.#finish()?.resolve(done());
			return;
		}
		const pending = this.#pending;
		this.#pending = undefined;
		try {
			const message = this.#core.nextForWaiter(this.#finished);
			if (message !== nothing) {
				pending?.resolve({ value: message, done: false });
				return;
			}
			if (!this.#finished.aborted) {
				this.#pending = pending;
				this.#core.wait(this.#waiter);
				return;
			}
		} catch (error) {
			this.#fail(error);
		}
		pending?.resolve(this.#afterwards());
	};

	#fail(reason: unknown): void {
		const pending = this.#finish();
		void this.#leaveReader();
		if (pending === undefined) this.#unreported = { reason };
		else pending.reject(reason);
	}

	/** The result of `next` on a finished iterator: a failure that has not been reported yet must not look like the end. */
	#afterwards(): Promise<Result<T>> {
		const failure = this.#unreported;
		this.#unreported = undefined;
		return failure === undefined ? Promise.resolve(done()) : Promise.reject(failure.reason);
	}

	/** Stops waiting; returns the pending `next`. */
	#finish(): Pending<T> | undefined {
		this.#finished.aborted = true;
		for (const stop of this.#stopListening ?? []) stop();
		this.#core.cancel(this.#waiter);
		const pending = this.#pending;
		this.#pending = undefined;
		return pending;
	}
}

function done(): IteratorReturnResult<undefined> {
	return { value: undefined, done: true };
}
