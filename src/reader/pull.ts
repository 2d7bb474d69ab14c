import { setImmediate } from 'node:timers';
import type { RingwireError } from '../base/errors.js';
import { TurnBudget } from '../base/turn-budget.js';
import type { NativeEvent, NativeReader } from '../native/boundary.js';
import type { Batch } from './batch.js';
import { EventOrder } from './event-order.js';
import { type Ending, Readiness, type Waiter } from './readiness.js';
import { waitFor } from './wait-for.js';

/** `reader[pull]` is the Pull of a Reader: for adapters inside this package. */
export const pull: unique symbol = Symbol('ringwire.pull');

/** What `next` and `take` answer when there is no message; a message may itself be undefined. */
export const nothing: unique symbol = Symbol('ringwire.nothing');
export type Nothing = typeof nothing;

/** What `takeBatch` gives at most, and one message more. */
const batchBytesMax = 1024 * 1024;

/** Steps towards a message that came to events only before the event loop has its turn: a liar can go on for ever. */
const stepsMax = 256;

/** Who is about to take a message, as a signal can say it: events that are told before it may change his mind. */
export interface CancelFlag {
	readonly aborted: boolean;
}

/** The Reader, as its Pull sees it. */
export interface PullHost {
	dispatch(event: NativeEvent): void;
	/** Everything has been read after a shutdown. */
	drained(): void;
	dataEdge(): void;
	/** From `hold` to `release` somebody waits, and the handle must not be collected. */
	hold(): void;
	release(): void;
	busy(): Error;
	undecodable(cause: unknown): RingwireError;
	/** An error that no call can throw. */
	report(error: RingwireError): void;
}

/**
 * The one way by which messages leave a Reader: `read`, the iterators, Observables and Readables all sit on it. It
 * joins the batch, the events that lie between messages, the wait for more, and the turn budget.
 *
 * An adapter drains without a promise per message:
 *
 *     const source = reader[pull];
 *     for (;;) {
 *       for (let message = source.next(); message !== nothing; message = source.next()) deliver(message);
 *       if ((await source.whenReadable(signal)) !== 'readable') break;
 *     }
 *
 * Listeners run in `next`, before its message. Who may be made to stop by one of them gives `next` his interest: when that
 * is gone, the message stays where it is.
 *
 * `next` throws a RingwireError with code DECODE for a message that cannot be decoded; that one is gone, and one may go
 * on. Keep a reference to the reader as long as you wait for more.
 */
export class Pull<T> {
	readonly #host: PullHost;
	readonly #native: NativeReader;
	readonly #batch: Batch<T>;
	readonly #order: EventOrder;
	readonly #budget = new TurnBudget();
	#over: Ending | undefined;
	/** The reason of the signal by which it was closed. */
	#abort: { readonly reason: unknown } | undefined;
	#failure: Error | undefined;
	#draining = false;
	readonly #readiness: Readiness;
	/** A read that has waited looks whether there is its message. */
	#looking = false;
	#committing = false;

	constructor(host: PullHost, native: NativeReader, batch: Batch<T>) {
		this.#host = host;
		this.#native = native;
		this.#batch = batch;
		this.#order = new EventOrder(native, batch, (event) => host.dispatch(event));
		this.#readiness = this.#makeReadiness();
	}

	/** True while somebody waits: then nobody else may. */
	get waiting(): boolean {
		return this.#readiness.waiting || this.#looking;
	}

	/** What who comes while somebody waits is told. */
	busy(): Error {
		return this.#host.busy();
	}

	get over(): Ending | undefined {
		return this.#over;
	}

	/** Why reads fail when everything is drained, if they do. */
	get failure(): Error | undefined {
		return this.#failure;
	}

	get available(): number {
		return this.#over === undefined ? this.#batch.size + this.#native.available() : 0;
	}

	/** The next message, or `nothing`: there is none now, or the budget of this turn is spent. `wait` knows which. */
	next(interest?: CancelFlag): T | Nothing {
		if (this.#budget.spent || !this.#prepare(interest)) return nothing;
		this.#budget.spend(this.#batch.nextLength);
		return this.#takeOne();
	}

	/** `next`, for a read that has waited: it has its turn until it has looked, and whoever comes meanwhile is BUSY. */
	nextInTurn(interest?: CancelFlag): T | Nothing {
		this.#looking = true;
		try {
			return this.next(interest);
		} finally {
			this.#looking = false;
		}
	}

	/** The next message, or `nothing` when there is none now. For who never waits and so has no budget. */
	take(): T | Nothing {
		return this.#prepare() ? this.#takeOne() : nothing;
	}

	/**
	 * Up to `limit` messages; stops where events come in between, before a message that cannot be decoded, when it has so
	 * many bytes that more would only take memory, and before it would read over what it has.
	 */
	takeBatch(limit: number): T[] {
		const messages: T[] = [];
		if (!this.#prepare()) return messages;
		let bytesLeft = batchBytesMax;
		try {
			for (
				let more = true;
				more;
				more &&= !this.#batch.reusesMemory && bytesLeft > 0 && this.#order.nextIsMessage()
			) {
				const bytesBefore = this.#batch.bytes;
				more = this.#batch.takeInto(messages, limit - messages.length, bytesLeft) && messages.length < limit;
				bytesLeft -= this.#batch.bytes - bytesBefore;
			}
		} catch (cause) {
			const error = this.#host.undecodable(cause);
			if (messages.length === 0) throw error;
			this.#host.report(error);
		} finally {
			this.#order.deliverSoon();
			this.#afterTake();
		}
		return messages;
	}

	/**
	 * The newest message that there is when it is called, or `nothing`; those before it are passed over, undecoded for the
	 * most part, and count as handed out. Bounded: what is written meanwhile is left for the next call. Of several writers the newest is the
	 * one that the reader's order puts last. For who wants no backlog, and so has no budget. Throws nothing: `undecodable` is told of each
	 * message that cannot be decoded, and the one before it is the newest then.
	 */
	newest(undecodable: (error: RingwireError) => void, interest?: CancelFlag): T | Nothing {
		let left = this.available;
		let newest: T | Nothing = nothing;
		do {
			if (!this.#prepare(interest)) break;
			left -= this.#batch.size;
			const found = this.#batch.takeNewest((cause) => undecodable(this.#host.undecodable(cause)));
			if (found !== undefined) newest = found.message;
			this.#afterTake();
		} while (left > 0 && !interest?.aborted);
		return newest;
	}

	/**
	 * Calls the waiter when `next` may give something, or when there is an end to it; at once for an end. Throws BUSY
	 * when somebody waits.
	 */
	wait(waiter: Waiter): void {
		if (this.waiting) throw this.#host.busy();
		const { spent } = this.#budget;
		if (this.#over !== undefined) {
			waiter.settle(this.#over);
		} else if (this.#failure !== undefined && !spent) {
			waiter.fail(this.#failure);
		} else {
			this.#readiness.wait(waiter, spent);
		}
	}

	/** `wait`, for who came before the end: where the reader's signal has made it, he fails with its reason. */
	waitOn(waiter: Waiter): void {
		if (this.#abort === undefined) this.wait(waiter);
		else waiter.fail(this.#abort.reason);
	}

	cancel(waiter: Waiter): void {
		this.#readiness.cancel(waiter);
	}

	/** As `waitOn`, for who likes promises. Rejects with `signal.reason`, PEER_DIED and BUSY. */
	whenReadable(signal?: AbortSignal): Promise<'readable' | Ending> {
		return waitFor(this, signal, (result) => ({ result }));
	}

	/** One message, made into the result by `message`; or what `over` makes of the end. Both may throw. */
	one<R>(signal: AbortSignal | undefined, message: (message: T) => R, over: (over: Ending) => R): Promise<R> {
		return waitFor(this, signal, (readiness) => {
			if (readiness !== 'readable') return { result: over(readiness) };
			const next = this.nextInTurn(signal);
			return next === nothing ? undefined : { result: message(next) };
		});
	}

	/** Asks for one call of `dataEdge` when there is something. */
	wantEdge(): void {
		if (this.#over === undefined) this.#readiness.wantEdge();
	}

	/** The addon says that there is something. */
	wake(): void {
		this.#readiness.wake();
	}

	/**
	 * The addon says that there are events. Those that belong behind messages which nobody has taken yet wait for them.
	 */
	takeEvents(): void {
		this.#order.takeAll();
	}

	/** The channel has been shut down: ends as soon as there is nothing left to read. */
	drain(): void {
		this.#draining = true;
		if (this.available === 0) this.#host.drained();
	}

	/** From here on reads fail when everything is drained. */
	fail(failure: Error): void {
		this.willFail(failure);
		if (this.#readiness.waiting) this.#readiness.serve();
	}

	/** As `fail`, but who waits does not hear of it yet. */
	willFail(failure: Error): void {
		this.#failure ??= failure;
	}

	/** Nothing more is read of this peer: it is gone when what was copied out of the ring already has been taken. */
	breakOff(departure: NativeEvent): void {
		this.#order.append(departure);
	}

	/**
	 * There will be no message any more. Who waits is rejected with `reason` when there is one, or with the failure that he
	 * was about to hear of; else he is told so.
	 */
	finish(over: Ending, reason?: unknown): void {
		if (this.#over === undefined) {
			this.#batch.abandon();
			this.#order.clear();
		}
		this.#over = over;
		if (reason !== undefined) this.#abort = { reason };
		const waiter = this.#readiness.takeWaiter();
		const failure = reason ?? (over === 'closed' ? this.#failure : undefined);
		if (failure === undefined) waiter?.settle(over);
		else waiter?.fail(failure);
	}

	#makeReadiness(): Readiness {
		const host = {
			isOver: () => this.#over !== undefined,
			holdsMessage: () => this.#batch.size > 0,
			hasMessage: () => this.available > 0 || this.#lookAhead(),
			renew: () => this.#budget.renew(),
			dataEdge: () => this.#host.dataEdge(),
			hold: () => this.#host.hold(),
			release: () => this.#host.release(),
		};
		return new Readiness(host, this.#native);
	}

	/** As `prepare`, for who has not asked for a message: what he has of the last ones stays good. */
	#lookAhead(): boolean {
		this.#batch.detachLent();
		return this.#prepare();
	}

	/** True when there is a message to take, after all events that come before it, and somebody wants it still. */
	#prepare(interest?: CancelFlag): boolean {
		if (this.#order.ready) return true;
		for (let steps = 0; this.#over === undefined && steps < stepsMax; steps++) {
			const found = this.#order.advance();
			if (found === 'message') return true;
			if (found === 'empty') {
				if (this.#draining && this.available === 0) this.#host.drained();
				return false;
			}
			if (interest?.aborted) return false;
		}
		return false;
	}

	#takeOne(): T {
		try {
			return this.#batch.take();
		} catch (cause) {
			throw this.#host.undecodable(cause);
		} finally {
			this.#afterTake();
		}
	}

	/**
	 * Who takes one message in a turn of the loop gives its room back with it. What is taken after it in the same turn
	 * is given back when the batch is used up, at the latest at the end of the turn.
	 */
	#afterTake(): void {
		if (this.#batch.size === 0) this.#order.deliverSoon();
		else if (!this.#committing) {
			this.#committing = true;
			this.#batch.commit();
			setImmediate(this.#commit); // with unref() the loop would go to sleep first
		}
	}

	readonly #commit = (): void => {
		this.#committing = false;
		this.#batch.commit();
	};
}
