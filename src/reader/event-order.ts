import { dispatchAll } from '../endpoint/events.js';
import type { NativeEvent, NativeReader } from '../native/boundary.js';
import type { Batch } from './batch.js';

/**
 * Keeps a reader's events in their place between the messages. Events that come before the batch that has just been read
 * are dispatched before its first message is taken. Events that arrive while messages of the batch are still to be taken
 * may belong behind these: the departure of a writer and the end must not be emitted before its last message.
 */
export class EventOrder {
	readonly #native: NativeReader;
	readonly #batch: Batch<unknown>;
	readonly #dispatch: (event: NativeEvent) => void;
	/** To be dispatched before the next message. */
	readonly #due: NativeEvent[] = [];
	/** To be dispatched after the last message of the batch. */
	#after: NativeEvent[] = [];
	/** Peers that connected after the batch was read: it has no message of theirs. This keeps `#after` bounded. */
	readonly #late = new Set<string>();

	constructor(native: NativeReader, batch: Batch<unknown>, dispatch: (event: NativeEvent) => void) {
		this.#native = native;
		this.#batch = batch;
		this.#dispatch = dispatch;
	}

	/** True if there is a message, and no event comes before it. */
	get ready(): boolean {
		return this.#batch.size > 0 && this.#due.length === 0;
	}

	/** Takes one step towards the next message. Listeners run in it and may do anything, also read or close the reader. */
	advance(): 'message' | 'event' | 'empty' {
		if (this.#dispatchDue()) return 'event';
		if (this.#batch.size === 0) this.#fill();
		if (this.#due.length > 0) return 'event';
		return this.#batch.size > 0 ? 'message' : 'empty';
	}

	/** As `advance` when the batch is used up. `read` takes a message out of the ring, and none while events of the addon are waiting. */
	advanceBy<M>(read: () => M | 'events' | undefined): M | 'event' | 'empty' {
		if (this.#dispatchDue()) return 'event';
		this.#late.clear();
		const found = read();
		if (found === undefined) return 'empty';
		if (found !== 'events') return found;
		this.#due.push(...this.#native.takeEvents());
		return 'event';
	}

	/** As `ready`. Reads another batch if need be, but dispatches nothing. */
	nextIsMessage(): boolean {
		if (this.#batch.size === 0 && this.#after.length === 0) this.#fill();
		return this.ready;
	}

	/** Takes the addon's events, and dispatches those at once that need not wait for messages. */
	takeAll(): void {
		this.#findDue();
		for (const event of this.#native.takeEvents()) {
			if (this.#comesAfterBatch(event)) this.#after.push(event);
			else this.#due.push(event);
		}
		this.#dispatchDue();
	}

	/** Adds an event of our own, behind all messages that have been copied out of the ring. */
	append(event: NativeEvent): void {
		this.#after.push(event);
		if (this.#batch.size === 0) this.deliverSoon();
	}

	/** The batch is used up: dispatches on the next tick what waited for that, even if no call reads on. */
	deliverSoon(): void {
		if (this.#after.length + this.#due.length > 0) process.nextTick(() => this.#dispatchDue());
	}

	clear(): void {
		this.#due.length = 0;
		this.#after = [];
	}

	/** Returns whether there was anything to dispatch. */
	#dispatchDue(): boolean {
		this.#findDue();
		return dispatchAll(this.#due, this.#dispatch);
	}

	/** Events that waited for the end of the batch become due when it is used up. */
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
