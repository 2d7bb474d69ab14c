import { describeValue } from '../codecs/describe-value.js';
import type { RingwireError } from './errors.js';

/**
 * A listener to one type of event out of a union of events. Its parameter is bivariant, as that of a method: so a Writer
 * and a Reader are assignable to the type Handle, which has the events of both.
 */
export type ListenerTo<E extends { readonly type: string }, K extends E['type']> = {
	listener(event: Extract<E, { readonly type: K }>): void;
}['listener'];

/** A listener to any event of a union, bivariant as `ListenerTo`. */
export type ListenerToAny<E> = { listener(event: E): void }['listener'];

/**
 * Node's EventEmitter contract, typed by a union of events. Every handle has it, so that `events.once` and `events.on` of
 * `node:events` and `fromEvent` of RxJS accept a handle, in TypeScript too. A listener gets one argument, the event. All
 * methods throw TypeError for an event type that the handle does not have.
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
	/** As `on`, before the listeners that are registered. */
	prependListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this;
	/** As `once`, before the listeners that are registered. */
	prependOnceListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this;
	/** The number of listeners for that type, or of the registrations of one of them. */
	listenerCount(event: E['type'], listener?: (event: never) => void): number;
	/** A copy of the listeners for that type, in the order of their calls. */
	listeners(event: E['type']): ListenerToAny<E>[];
	/** Same as `listeners`: those of `once` have no wrapper. */
	rawListeners(event: E['type']): ListenerToAny<E>[];
	/** The types that have listeners. */
	eventNames(): string[];
	/**
	 * Calls the listeners for that type with `event`, and does nothing else: for tests of listeners. Returns whether there were any.
	 * Throws TypeError if `event` has another type.
	 */
	emit(type: E['type'], event: E): boolean;
	/** Always 0: any number of listeners, without a warning. */
	getMaxListeners(): number;
	/** Does nothing, as there is no limit. */
	setMaxListeners(count: number): this;
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
		return this.#add(event, listener);
	}

	once<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		return this.#add(event, listener, { once: true });
	}

	prependListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		return this.#add(event, listener, { first: true });
	}

	prependOnceListener<K extends E['type']>(event: K, listener: ListenerTo<E, K>): this {
		return this.#add(event, listener, { once: true, first: true });
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

	listenerCount(event: E['type'], listener?: (event: never) => void): number {
		const entries = this.#entriesOf(event);
		return listener === undefined ? entries.length : entries.filter((entry) => entry.listener === listener).length;
	}

	listeners(event: E['type']): ListenerToAny<E>[] {
		return this.#entriesOf(event).map(({ listener }) => listener);
	}

	rawListeners(event: E['type']): ListenerToAny<E>[] {
		return this.listeners(event);
	}

	eventNames(): string[] {
		return [...this.#entries.keys()];
	}

	emit(type: E['type'], event: E): boolean {
		this.#entriesOf(type);
		if (event?.type !== type) {
			throw new TypeError(`event.type: got ${describeValue(event?.type)}, must be ${type}`);
		}
		return this.#call(event);
	}

	getMaxListeners(): number {
		return 0;
	}

	setMaxListeners(_count: number): this {
		return this;
	}

	/** An event of the handle. Returns whether it had a listener. */
	protected emitEvent(event: E): boolean {
		const called = this.#call(event);
		if (!called && isErrorEvent(event)) this.warn(event.error);
		return called;
	}

	#call(event: E): boolean {
		const entries = this.#entries.get(event.type);
		if (entries === undefined) return false;
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

	#add<K extends E['type']>(
		event: K,
		listener: ListenerTo<E, K>,
		{ once = false, first = false }: { readonly once?: boolean; readonly first?: boolean } = {},
	): this {
		const entries = this.#entriesOf(event);
		if (typeof listener !== 'function') {
			throw new TypeError(`listener: got ${describeValue(listener)}, must be a function`);
		}
		const entry: Entry<E> = { once, called: false, listener };
		this.#entries.set(event, first ? [entry, ...entries] : [...entries, entry]);
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

	/** Emits a process warning, once for each `key`. */
	protected warnOnce(key: string, text: string): void {
		if (this.#isFirst(key)) process.emitWarning(text, 'RingwireWarning');
	}

	/** Emits a process warning, once for each code. */
	protected warn(error: RingwireError): void {
		if (this.#isFirst(error.code)) process.emitWarning(error);
	}

	#isFirst(warning: string): boolean {
		const first = !this.#warned.has(warning);
		this.#warned.add(warning);
		return first;
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
