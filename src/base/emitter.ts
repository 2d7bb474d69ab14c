import { describeValue } from '../codecs/describe-value.js';
import type { RingwireError } from './errors.js';

/**
 * A listener to one type of event out of a union of events. Its parameter is bivariant, as that of a method: so a Writer
 * and a Reader are assignable to the type Handle, which has the events of both.
 */
export type ListenerTo<E extends { readonly type: string }, K extends E['type']> = {
	listener(event: Extract<E, { readonly type: K }>): void;
}['listener'];

/**
 * The part of Node's EventEmitter contract that every handle has, typed by its union of events, so that `events.once` and
 * `events.on` of `node:events` work. A listener gets one argument, the event. All methods throw TypeError for an event type
 * that the handle does not have.
 */
export interface TypedEmitter<E extends { readonly type: string }> {
	/** Calls `listener` with every event of that type from now on. */
	on<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this;
	/** As `on`, for the next event of that type only. */
	once<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this;
	/** Removes the newest registration of `listener` for that type; does nothing if there is none. */
	off<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this;
	/** Same as `on`. */
	addListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this;
	/** Same as `off`. */
	removeListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this;
	/** Removes all listeners, or those of one type. */
	removeAllListeners(event?: E['type']): this;
	/** The number of listeners for that type. */
	listenerCount(event: E['type']): number;
	/** A copy of the listeners for that type, in the order of registration. */
	listeners(event: E['type']): ((event: never) => void)[];
	/** The types that have listeners. */
	eventNames(): string[];
}

/** `listener` is a method here, so that listeners to different types of event fit into one map. */
interface Entry<E> {
	readonly once: boolean;
	called: boolean;
	listener(event: E): void;
}

/**
 * Base class of all handles. An emission calls the listeners that were registered when it began, in the order of
 * registration. A listener that throws does not keep the others from being called: its exception becomes an uncaught one
 * after the emission. An `error` event without a listener becomes a process warning, once for each code.
 */
export abstract class Emitter<E extends { readonly type: string }> implements TypedEmitter<E> {
	readonly #types: ReadonlySet<string>;
	readonly #entries = new Map<E['type'], readonly Entry<E>[]>();
	readonly #warned = new Set<string>();

	/** `error` is accepted besides `types`: `events.once` of Node listens to it on every emitter. */
	constructor(types: readonly E['type'][]) {
		this.#types = new Set([...types, 'error']);
	}

	on<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		return this.#add(event, listener, false);
	}

	once<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		return this.#add(event, listener, true);
	}

	off<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		const entry = this.#entriesOf(event).findLast((candidate) => candidate.listener === listener);
		if (entry !== undefined) this.#drop(event, entry);
		return this;
	}

	addListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		return this.on(event, listener);
	}

	removeListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		return this.off(event, listener);
	}

	removeAllListeners(event?: E['type']): this {
		if (event === undefined) this.#entries.clear();
		else if (this.#entriesOf(event).length > 0) this.#entries.delete(event);
		this.listenersChanged();
		return this;
	}

	listenerCount(event: E['type']): number {
		return this.#entriesOf(event).length;
	}

	listeners(event: E['type']): ((event: never) => void)[] {
		return this.#entriesOf(event).map(({ listener }) => listener);
	}

	eventNames(): string[] {
		return [...this.#entries.keys()];
	}

	/** Returns whether the event had a listener. */
	protected emit(event: E): boolean {
		const entries = this.#entries.get(event.type);
		if (entries === undefined) {
			if (isErrorEvent(event)) this.warn(event.error);
			return false;
		}
		for (const entry of entries) {
			if (entry.once) {
				// An emission from within a listener may have called it already.
				if (entry.called) continue;
				entry.called = true;
				this.#drop(event.type, entry);
			}
			const { listener } = entry;
			try {
				listener(event);
			} catch (exception) {
				raiseLater(exception);
			}
		}
		return true;
	}

	/** Whether any event has a listener. */
	protected get hasListeners(): boolean {
		return this.#entries.size > 0;
	}

	/** Called after a listener was added or removed. */
	protected listenersChanged(): void {}

	#add<K extends E['type']>(event: K, listener: ListenerTo<E, K>, once: boolean): this {
		const entries = this.#entriesOf(event);
		if (typeof listener !== 'function') {
			throw new TypeError(`listener: got ${describeValue(listener)}, must be a function`);
		}
		const entry: Entry<E> = { once, called: false, listener };
		this.#entries.set(event, [...entries, entry]);
		this.listenersChanged();
		return this;
	}

	#drop(type: E['type'], entry: Entry<E>): void {
		const rest = this.#entriesOf(type).filter((candidate) => candidate !== entry);
		if (rest.length > 0) this.#entries.set(type, rest);
		else this.#entries.delete(type);
		this.listenersChanged();
	}

	#entriesOf(type: E['type']): readonly Entry<E>[] {
		if (!this.#types.has(type)) {
			const allowed = [...this.#types].join(', ');
			throw new TypeError(`event: got ${describeValue(type)}, must be one of ${allowed}`);
		}
		return this.#entries.get(type) ?? [];
	}

	/** Emits a process warning, once for each code. */
	protected warn(error: RingwireError): void {
		if (this.#warned.has(error.code)) return;
		this.#warned.add(error.code);
		process.emitWarning(error);
	}
}

function isErrorEvent(event: { readonly type: string }): event is { type: 'error'; error: RingwireError } {
	return event.type === 'error' && 'error' in event;
}

/** Throws an exception of a user's listener on the next tick, when the current operation has been completed. */
export function raiseLater(exception: unknown): void {
	process.nextTick(raise, exception);
}

function raise(exception: unknown): never {
	throw exception;
}
