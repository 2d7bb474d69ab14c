import type { RingwireError } from './errors.js';

/** Who is told of one type of event out of a union of them. */
export type ListenerTo<E extends { readonly type: string }, K extends E['type']> = (
	event: Extract<E, { readonly type: K }>,
) => void;

/** `listener` is a method here, so that a listener to one type of event can stand among those to the others. */
interface Entry<E> {
	readonly once: boolean;
	listener(event: E): void;
}

/**
 * The listeners of one handle. An emission serves those that were registered when it began, in the order of
 * registration. A listener that throws hurts neither the others nor the ring: its exception becomes an uncaught one
 * when all have been served.
 */
export class Emitter<E extends { readonly type: string }> {
	readonly #types: readonly E['type'][];
	readonly #entries = new Map<E['type'], readonly Entry<E>[]>();

	constructor(types: readonly E['type'][]) {
		this.#types = types;
	}

	/** True when nobody listens to anything. */
	get idle(): boolean {
		return this.#entries.size === 0;
	}

	has(type: E['type']): boolean {
		return this.#entries.has(type);
	}

	add<K extends E['type']>(type: K, listener: ListenerTo<E, K>, once: boolean): void {
		if (!this.#types.includes(type)) {
			throw new TypeError(`event: got ${JSON.stringify(type)}, must be one of ${this.#types.join(', ')}`);
		}
		if (typeof listener !== 'function') throw new TypeError(`listener: got ${typeof listener}, must be a function`);
		const entry: Entry<E> = { once, listener };
		this.#entries.set(type, [...(this.#entries.get(type) ?? []), entry]);
	}

	/** Takes back the newest registration of this listener; does nothing when there is none. */
	remove<K extends E['type']>(type: K, listener: ListenerTo<E, K>): void {
		const entry = this.#entries.get(type)?.findLast((candidate) => candidate.listener === listener);
		if (entry !== undefined) this.#drop(type, entry);
	}

	/** Answers whether anybody listened. */
	emit(event: E): boolean {
		const entries = this.#entries.get(event.type);
		if (entries === undefined) return false;
		for (const entry of entries) {
			if (entry.once) this.#drop(event.type, entry);
			const { listener } = entry;
			try {
				listener(event);
			} catch (exception) {
				raiseLater(exception);
			}
		}
		return true;
	}

	#drop(type: E['type'], entry: Entry<E>): void {
		const rest = (this.#entries.get(type) ?? []).filter((candidate) => candidate !== entry);
		if (rest.length > 0) this.#entries.set(type, rest);
		else this.#entries.delete(type);
	}
}

/** Makes an exception of a user's listener an uncaught one, when whoever has called it is through. */
export function raiseLater(exception: unknown): void {
	process.nextTick(raise, exception);
}

function raise(exception: unknown): never {
	throw exception;
}

/** An error that nobody listens to must not crash the process, and must not be silent either: once for each code. */
export class Warnings {
	readonly #warned = new Set<string>();

	warn(error: RingwireError): void {
		if (this.#warned.has(error.code)) return;
		this.#warned.add(error.code);
		process.emitWarning(error);
	}
}
