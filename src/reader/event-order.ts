import { dispatchAll } from '../endpoint/events.js';
import type { NativeEvent, NativeReader } from '../native/boundary.js';
import type { Batch } from './batch.js';

/**
 * Keeps a reader's events in their place between the messages. Some come before the batch that has just been read: they
 * are dispatched before its first message is taken. Some arrive while messages of the batch are still to be taken, and
 * tell of what happened behind them: a writer that is gone or the end must not be reported before its last message.
 */
export class EventOrder {
	readonly #native: NativeReader;
	readonly #batch: Batch<unknown>;
	readonly #dispatch: (event: NativeEvent) => void;
	/** Nothing more is waited for: they come before the next message. */
	readonly #due: NativeEvent[] = [];
	/** They come behind the last message of the batch. */
	#after: NativeEvent[] = [];
	/** Peers that came after the batch was read: no message of theirs is in it. This is what keeps `#after` bounded. */
	readonly #late = new Set<string>();

	constructor(native: NativeReader, batch: Batch<unknown>, dispatch: (event: NativeEvent) => void) {
		this.#native = native;
		this.#batch = batch;
		this.#dispatch = dispatch;
	}

	/** There is a message, and no event comes before it. */
	get ready(): boolean {
		return this.#batch.size > 0 && this.#due.length === 0;
	}

	/** Takes one step towards the next message. Listeners run in it and may do anything, also read or close. */
	advance(): 'message' | 'event' | 'empty' {
		if (this.#dispatchDue()) return 'event';
		if (this.#batch.size === 0) this.#fill();
		if (this.#due.length > 0) return 'event';
		return this.#batch.size > 0 ? 'message' : 'empty';
	}

	/** As `ready`, reading another batch if need be, but without dispatching anything. */
	nextIsMessage(): boolean {
		if (this.#batch.size === 0 && this.#after.length === 0) this.#fill();
		return this.ready;
	}

	/** Takes what the addon has now, and dispatches at once what need not wait for messages. */
	takeAll(): void {
		this.#findDue();
		for (const event of this.#native.takeEvents()) {
			if (this.#comesAfterBatch(event)) this.#after.push(event);
			else this.#due.push(event);
		}
		this.#dispatchDue();
	}

	/** An event that the addon does not tell, behind all messages that were copied out of the ring before it. */
	append(event: NativeEvent): void {
		this.#after.push(event);
		if (this.#batch.size === 0) this.deliverSoon();
	}

	/** The batch is used up: what waited for that is dispatched even if nobody reads on. */
	deliverSoon(): void {
		if (this.#after.length + this.#due.length > 0) process.nextTick(() => this.#dispatchDue());
	}

	clear(): void {
		this.#due.length = 0;
		this.#after = [];
	}

	/** Answers whether there was anything to dispatch. */
	#dispatchDue(): boolean {
		this.#findDue();
		return dispatchAll(this.#due, this.#dispatch);
	}

	/** What waited for the end of the batch does so no more when that is used up. */
	#findDue(): void {
		if (this.#batch.size > 0 || this.#after.length === 0) return;
		this.#due.push(...this.#after);
		this.#after = [];
	}

	#fill(): void {
		this.#late.clear();
		if (!this.#batch.fill()) return;
		for (const event of this.#native.takeEvents()) {
			if (event.type === 'end' && this.#batch.size > 0) this.#after.push(event);
			else this.#due.push(event);
		}
	}

	#comesAfterBatch(event: NativeEvent): boolean {
		if (this.#batch.size === 0) return false;
		switch (event.type) {
			case 'connect':
				this.#late.add(event.peer.id);
				return false;
			case 'disconnect':
				return !this.#late.delete(event.peer.id);
			case 'lost':
			case 'end':
				return true;
			case 'shutdown':
			case 'error':
			case 'refused':
				return false;
		}
	}
}
