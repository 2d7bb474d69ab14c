import type { RingwireError } from './errors.js';
import type { Peer } from './peer.js';

/**
 * Why a peer is gone. `closed`: it said goodbye. `died`: its process ended without. `corrupt`: it was cut off for what it
 * put into its shared memory or sent.
 */
export type DepartureReason = 'closed' | 'died' | 'corrupt';

/**
 * What happens on a channel, as this endpoint sees it.
 *
 * `data` and `space` are edges for people who poll: `data` comes once after `tryRead` or `readBatch` gave nothing,
 * `space` once after `tryWrite` answered false. `lost` tells exactly how many messages of that writer this reader did
 * not get, before the message that follows them. `disconnect` of a writer comes after everything that it published has
 * been delivered. `end` is a reader's last event.
 */
export type ChannelEvent =
	| { readonly type: 'connect'; readonly peer: Peer }
	| {
			readonly type: 'disconnect';
			readonly peer: Peer;
			readonly reason: DepartureReason;
			/** A writer: it had ended, and nothing of it is missing. A reader: false. */
			readonly ended: boolean;
	  }
	| { readonly type: 'data'; readonly available: number }
	| { readonly type: 'space'; readonly free: number }
	| { readonly type: 'lost'; readonly peer: Peer; readonly count: number }
	| { readonly type: 'end' }
	| { readonly type: 'shutdown'; readonly peer: Peer }
	| { readonly type: 'error'; readonly error: RingwireError };

export type ChannelEventType = ChannelEvent['type'];
export type ChannelEventOf<K extends ChannelEventType> = Extract<ChannelEvent, { readonly type: K }>;
export type ChannelListener<K extends ChannelEventType> = ListenerTo<ChannelEvent, K>;

/** Who is told of one type of event out of a union of them. */
export type ListenerTo<E extends { readonly type: string }, K extends E['type']> = (
	event: Extract<E, { readonly type: K }>,
) => void;

/** Every event there is, for who listens to all of them. */
export const channelEventTypes = [
	'connect',
	'disconnect',
	'data',
	'space',
	'lost',
	'end',
	'shutdown',
	'error',
] as const satisfies readonly ChannelEventType[];

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
