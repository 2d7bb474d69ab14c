import { channelError, type RingwireError } from '../base/errors.js';
import { TurnBudget } from '../base/turn-budget.js';
import type { ChannelEvent } from '../endpoint/events.js';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import { onWake } from '../endpoint/opened.js';
import { type NativeEvent, type NativeReader, Wake } from '../native/boundary.js';
import type { Batch } from './batch.js';
import { decodeError } from './decode-error.js';
import { EventOrder } from './event-order.js';
import type { MessageLease } from './lease.js';
import type { Leases } from './leases.js';
import type { Ending, ReaderLifecycle } from './lifecycle.js';
import { type CancelFlag, type MessageSource, type Nothing, nothing, type Waiter } from './message-source.js';
import type { MessageVisitor } from './types.js';
import { whenReadable } from './wait-for.js';
import { WakeUp } from './wake-up.js';

/** `takeBatch` stops after the message with which it has returned so many bytes. */
const batchBytesMax = 1024 * 1024;

/** Steps that may find events only before the event loop gets a turn: a lying writer can cause events for ever. */
const stepsMax = 256;

/** The Reader, as its core sees it. */
export interface ReadingHost {
	readonly name: string;
	readonly keepAlive: KeepAlive;
	/** Applies and emits an event of the addon. */
	dispatch(event: NativeEvent): void;
	emit(event: ChannelEvent): void;
	/** Emits an error that no call can throw. */
	report(error: RingwireError): void;
	/** Everything has been delivered after a shutdown. */
	ended(): void;
	/** The refusal that the next call that waits fails with. Removes it. */
	takeRefusal(): RingwireError | undefined;
}

/**
 * The one way of messages out of a Reader. It joins the batch, the events between messages, one waiter (and the edge for
 * polling callers, which shares its wait), and the turn budget. A wake-up of the addon settles the waiter, and the waiter
 * takes messages with `next`.
 */
export class ReadingCore<T> implements MessageSource<T> {
	readonly #host: ReadingHost;
	readonly #native: NativeReader;
	readonly #batch: Batch<T>;
	readonly #leases: Leases<T>;
	readonly #lifecycle: ReaderLifecycle;
	readonly #order: EventOrder;
	readonly #budget = new TurnBudget();
	readonly #wakeUp: WakeUp;
	#waiter: Waiter | undefined;
	/** A waiter has been settled and looks for its message. */
	#looking = false;
	/** A polling caller has requested a `data` event. */
	#edgeWanted = false;

	constructor(
		host: ReadingHost,
		native: NativeReader,
		batch: Batch<T>,
		leases: Leases<T>,
		lifecycle: ReaderLifecycle,
	) {
		this.#host = host;
		this.#native = native;
		this.#batch = batch;
		this.#leases = leases;
		this.#lifecycle = lifecycle;
		this.#order = new EventOrder(native, batch, (event) => host.dispatch(event));
		this.#wakeUp = new WakeUp(native, () => this[onWake](Wake.data));
	}

	/** True while a call waits or the codec runs: no other call may read. */
	get busy(): boolean {
		return this.#waiter !== undefined || this.#looking || this.#batch.decoding;
	}

	/** True while the codec runs. */
	get decoding(): boolean {
		return this.#batch.decoding;
	}

	get ending(): Ending | undefined {
		return this.#lifecycle.ending;
	}

	get failure(): Error | undefined {
		return this.#lifecycle.failure;
	}

	get isShutDown(): boolean {
		return this.#lifecycle.isShutDown;
	}

	get available(): number {
		return this.ending === undefined ? this.#batch.size + this.#native.available() : 0;
	}

	busyError(): RingwireError {
		const what = this.#batch.decoding
			? 'the codec that decodes a message, or the visitor of readEach, must not read from the same reader'
			: 'a read waits already, and only one may: await it first';
		return channelError('ERR_RINGWIRE_BUSY', this.#host.name, what);
	}

	/** `unlimited`: for calls that never wait and therefore have no budget. */
	next(cancel?: CancelFlag, unlimited = false): T | Nothing {
		if ((!unlimited && this.#budget.spent) || !this.#prepare(cancel)) return nothing;
		if (!unlimited) this.#budget.spend(this.#batch.nextLength);
		try {
			return this.#batch.take();
		} catch (cause) {
			throw this.#undecodable(cause);
		} finally {
			this.#afterTake();
		}
	}

	/** `next` for a call that has waited: it still counts as waiting, so that listeners that run meanwhile cannot read. */
	nextForWaiter(cancel?: CancelFlag): T | Nothing {
		this.#looking = true;
		try {
			return this.next(cancel);
		} finally {
			this.#looking = false;
		}
	}

	/** As `next`, but the message is leased. Throws LIMIT. */
	nextLease(cancel?: CancelFlag, unlimited = false): MessageLease<T> | Nothing {
		if (!unlimited && this.#budget.spent) return nothing;
		for (let steps = 0; this.ending === undefined && steps < stepsMax; steps++) {
			const found = this.#advanceToLease();
			if (typeof found === 'object') {
				if (!unlimited) this.#budget.spend(found.bytes.length);
				return found;
			}
			if (found === 'empty') {
				this.#endIfDrained();
				return nothing;
			}
			if (cancel?.aborted) return nothing;
		}
		return nothing;
	}

	/** As `nextForWaiter`. */
	nextLeaseForWaiter(cancel?: CancelFlag): MessageLease<T> | Nothing {
		this.#looking = true;
		try {
			return this.nextLease(cancel);
		} finally {
			this.#looking = false;
		}
	}

	/** The next message, or `nothing`. For calls that never wait: they have no budget. */
	take(): T | Nothing {
		return this.next(undefined, true);
	}

	/**
	 * Up to `limit` messages. Stops before an event, before a message that cannot be decoded, after 1 MiB, and before memory
	 * is used again.
	 */
	takeBatch(limit: number): T[] {
		const messages: T[] = [];
		if (!this.#prepare()) return messages;
		let bytesLeft = batchBytesMax;
		try {
			for (let more = true; more; more &&= bytesLeft > 0 && this.#canTakeMore()) {
				const bytesBefore = this.#batch.bytes;
				more = this.#batch.takeInto(messages, limit - messages.length, bytesLeft) && messages.length < limit;
				bytesLeft -= this.#batch.bytes - bytesBefore;
			}
		} catch (cause) {
			const error = this.#undecodable(cause);
			if (messages.length === 0) throw error;
			this.#host.report(error);
		} finally {
			this.#order.deliverSoon();
			this.#afterTake();
		}
		return messages;
	}

	/** Calls the visitor with up to `limit` messages, and returns their number. Stops before an event and after 1 MiB. Throws what it throws. */
	visitBatch(visitor: MessageVisitor, limit: number): number {
		if (!this.#prepare()) return 0;
		const before = this.#batch.messages;
		let left = limit;
		let bytesLeft = batchBytesMax;
		try {
			for (let more = true; more; more &&= left > 0 && bytesLeft > 0 && this.#canVisitMore()) {
				const bytesBefore = this.#batch.bytes;
				more = this.#batch.visit(visitor, left, bytesLeft);
				left = limit - (this.#batch.messages - before);
				bytesLeft -= this.#batch.bytes - bytesBefore;
			}
		} finally {
			this.#order.deliverSoon();
			this.#afterTake();
		}
		return limit - left;
	}

	newest(undecodable: (error: RingwireError) => void, cancel?: CancelFlag): T | Nothing {
		if (this.#batch.decoding) return nothing;
		let left = this.available;
		let newest: T | Nothing = nothing;
		do {
			if (!this.#prepare(cancel)) break;
			left -= this.#batch.size;
			const found = this.#batch.takeNewest((cause) => undecodable(this.#undecodable(cause)));
			if (found !== undefined) newest = found.message;
			this.#afterTake();
		} while (left > 0 && !cancel?.aborted);
		return newest;
	}

	wait(waiter: Waiter): void {
		if (this.busy) throw this.busyError();
		const { abort, ending, failure } = this.#lifecycle;
		if (abort !== undefined) waiter.fail(abort.reason);
		else if (ending !== undefined) waiter.settle(ending);
		else if (this.#budget.spent) {
			// There may be more messages, which come before a failure.
			this.#hold(waiter);
			this.#wakeUp.nextTurn();
		} else {
			const reason = failure ?? this.#host.takeRefusal();
			if (reason !== undefined) waiter.fail(reason);
			else {
				this.#hold(waiter);
				this.#requestWakeUp();
			}
		}
	}

	cancel(waiter: Waiter): void {
		if (this.#waiter !== waiter) return;
		this.#removeWaiter();
		if (!this.#edgeWanted) this.#wakeUp.cancel();
	}

	whenReadable(signal?: AbortSignal): Promise<'readable' | Ending> {
		return whenReadable(this, signal);
	}

	/** Requests one `data` event when there is a message. */
	wantEdge(): void {
		if (this.ending !== undefined) return;
		this.#edgeWanted = true;
		this.#requestWakeUp();
	}

	/** With `Wake.data` there may be a message: settles the waiter, or else serves the edge. */
	[onWake](bits: number): void {
		if (bits & Wake.forgotten) this.#leases.forgotten(this.#native.takeForgotten());
		if (bits & Wake.events) this.takeEvents();
		if ((bits & Wake.data) === 0) return;
		this.#wakeUp.done();
		this.#budget.renew();
		const waiter = this.#waiter;
		if (waiter !== undefined) {
			this.#waiter = undefined;
			waiter.settle('readable');
			this.#host.keepAlive.release();
			// The waiter may have taken everything: the edge is still to come.
			if (this.#edgeWanted && this.#waiter === undefined && this.ending === undefined) this.#requestWakeUp();
		} else if (this.#edgeWanted && this.ending === undefined) {
			this.#serveEdge();
		}
	}

	/** Lets the waiter look again: it may have to fail. */
	wakeWaiter(): void {
		if (this.#waiter !== undefined) this[onWake](Wake.data);
	}

	/** Takes the addon's events. Those that belong behind messages that have not been taken yet wait for these. */
	takeEvents(): void {
		this.#order.takeAll();
	}

	/** The channel has been shut down. */
	beginShutdown(): void {
		this.#lifecycle.shutDown();
		this.#endIfDrained();
	}

	/** Fails the waiter. Returns whether there was one. */
	failWaiter(reason: unknown): boolean {
		const waiter = this.#removeWaiter();
		waiter?.fail(reason);
		return waiter !== undefined;
	}

	/** Emits this event behind all messages that have been copied out of the ring. */
	append(event: NativeEvent): void {
		this.#order.append(event);
	}

	/** Everything has been delivered. */
	end(): void {
		this.#leases.keep();
		this.#lifecycle.end();
		this.#finish(this.failure);
	}

	/** No message will be delivered any more. Messages that were not taken stay in the ring. */
	close(abort?: { readonly reason: unknown }): void {
		const { failure } = this;
		this.#lifecycle.close(abort);
		this.#finish(abort === undefined ? failure : abort.reason);
		this.#leases.end();
	}

	#finish(failure: unknown): void {
		this.#batch.abandon();
		this.#order.clear();
		const waiter = this.#removeWaiter();
		const { ending } = this;
		if (failure !== undefined || ending === undefined) waiter?.fail(failure);
		else waiter?.settle(ending);
	}

	#hold(waiter: Waiter): void {
		this.#waiter = waiter;
		this.#host.keepAlive.hold();
	}

	#removeWaiter(): Waiter | undefined {
		const waiter = this.#waiter;
		if (waiter === undefined) return undefined;
		this.#waiter = undefined;
		this.#host.keepAlive.release();
		return waiter;
	}

	#serveEdge(): void {
		if (this.available > 0 || this.#lookAhead()) {
			this.#edgeWanted = false;
			this.#host.emit({ type: 'data', available: this.available });
		} else if (this.ending === undefined) {
			this.#requestWakeUp(); // it was an event only
		}
	}

	/** `prepare` without a request for a message: the messages that were given out last stay as they are. */
	#lookAhead(): boolean {
		this.#batch.detachLent();
		return this.#prepare();
	}

	#requestWakeUp(): void {
		this.#wakeUp.request(this.#batch.size > 0);
	}

	/** True when there is a message to take, after all events that come before it, and `cancel` is not set. */
	#prepare(cancel?: CancelFlag): boolean {
		if (this.#order.ready) return true;
		for (let steps = 0; this.ending === undefined && steps < stepsMax; steps++) {
			const found = this.#order.advance();
			if (found === 'message') return true;
			if (found === 'empty') {
				this.#endIfDrained();
				return false;
			}
			if (cancel?.aborted) return false;
		}
		return false;
	}

	/** One step towards the next message. One that was copied before comes first. */
	#advanceToLease(): MessageLease<T> | 'event' | 'empty' {
		if (this.#batch.size > 0) {
			if (!this.#order.ready && this.#order.advance() !== 'message') return 'event';
			const lease = this.#leases.copyOf(this.#batch);
			this.#afterTake();
			return lease;
		}
		const found = this.#order.advanceBy(this.#readLease);
		if (typeof found === 'object') this.#batch.countApart(found.bytes.length);
		return found;
	}

	readonly #readLease = () => this.#leases.read();

	#endIfDrained(): void {
		if (this.#lifecycle.isDraining && this.available === 0) this.#host.ended();
	}

	#canTakeMore(): boolean {
		return !this.#batch.reusesMemory && this.#canVisitMore();
	}

	#canVisitMore(): boolean {
		return this.ending === undefined && this.#order.nextIsMessage();
	}

	#afterTake(): void {
		if (this.#batch.size === 0) this.#order.deliverSoon();
		else this.#batch.commitThisTurn();
	}

	#undecodable(cause: unknown): RingwireError {
		return decodeError(this.#host.name, this.#batch.codecId, cause);
	}
}
