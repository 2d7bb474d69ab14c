import type { Observable } from 'rxjs';
import type { Channel } from '../definition/channel.js';
import { type CancelFlag, type MessageSource, type Nothing, nothing } from '../reader/message-source.js';
import type { Reader } from '../reader/types.js';
import { ChannelObservable } from './channel-observable.js';
import type { FromChannelOptions } from './from-channel.js';
import { Multicaster, type Taker, type Undecodable } from './multicaster.js';
import { multicasterOptions, newestLast } from './multicaster-options.js';

/** An Observable that knows its newest value, like a BehaviorSubject that cannot be written to. */
export interface Latest<T, V extends T | undefined = T | undefined> extends Observable<T> {
	/**
	 * The newest message that is in the ring now, seen by subscribers or not; the initial value before there was any. Without a subscriber nobody
	 * looks, and it is what was known last. Reading it may tell events, as `tryRead` does. Never waits, never throws.
	 */
	readonly value: V;
}

/**
 * The newest message of a channel, for states, positions and frames: a slow subscriber gets the newest one next and not the backlog, under any overflow
 * policy. A subscriber is first given the value that is known, if there is one, before `subscribe` returns.
 *
 * It opens and closes Readers and reports ends and errors as `fromChannel` does. Those of a Channel have `order: 'time'` unless the options say
 * otherwise, by which the newest of several writers is the one written last.
 *
 * - When it waits: subscribing never does. At most one value a turn of the event loop is emitted, the newest at that moment.
 * - When full: writers of `block` and `drop-newest` are held back only as long as a subscriber's `next` takes, and not even so long with
 *   `lossy: true`; but then a lane that nobody else reads stays full. Messages passed over count as read (`stats.messages`), those overwritten
 *   before as lost (`stats.lost`); so read + lost = published still holds.
 * - Asynchronous work: `pullMap` directly behind it works on the newest message whenever it is ready for another.
 * - At the end: completes after the last value, which is always emitted. `value` stays.
 * - What concurrency cannot change: values of one writer never go backwards, and after the writers have come to rest the last value emitted is
 *   the newest.
 */
export function latestFrom<T>(
	source: Channel<never, T> | Reader<T>,
	initial?: undefined,
	options?: FromChannelOptions,
): Latest<T>;
export function latestFrom<T>(
	source: Channel<never, T> | Reader<T>,
	initial: T,
	options?: FromChannelOptions,
): Latest<T, T>;
export function latestFrom<T>(
	source: Channel<never, T> | Reader<T>,
	initial?: T,
	options?: FromChannelOptions,
): Latest<T, T | undefined> {
	return new LatestObservable(multicasterOptions(source, newestLast(source, options, 'latestFrom')), initial);
}

class LatestObservable<T> extends ChannelObservable<T> implements Latest<T> {
	readonly #pump: Multicaster<T>;
	readonly #taker: NewestTaker<T>;

	constructor(options: ReturnType<typeof multicasterOptions<T>>, initial: T | undefined) {
		const taker = new NewestTaker<T>(initial === undefined ? nothing : initial);
		const pump = new Multicaster({ ...options, taker });
		super(pump);
		this.#pump = pump;
		this.#taker = taker;
	}

	get value(): T | undefined {
		this.#pump.look((source, undecodable) => this.#taker.look(source, undecodable));
		const { newest } = this.#taker;
		return newest === nothing ? undefined : newest;
	}
}

/** Takes the newest message, one for each turn of the loop: what would be emitted before the loop has turned is out of date when it has. */
class NewestTaker<T> implements Taker<T> {
	/** The newest one that is known. */
	newest: T | Nothing;
	/** The last one that was given out. */
	#current: T | Nothing;
	/** `look` has found a message that has not been given out. */
	#found = false;
	#givenThisTurn = false;

	constructor(initial: T | Nothing) {
		this.newest = this.#current = initial;
	}

	get current(): T | Nothing {
		return this.#current;
	}

	take(source: MessageSource<T>, interest: CancelFlag, undecodable: Undecodable): T | Nothing {
		if (this.#givenThisTurn && !this.#found) {
			this.#givenThisTurn = false;
			return nothing;
		}
		if (!this.look(source, undecodable, interest)) return nothing;
		this.#found = false;
		this.#givenThisTurn = true;
		this.#current = this.newest;
		return this.#current;
	}

	/** Answers whether there is a message that has not been given out. */
	look(source: MessageSource<T>, undecodable: Undecodable, interest?: CancelFlag): boolean {
		const message = source.newest(undecodable, interest);
		if (message !== nothing) {
			this.newest = message;
			this.#found = true;
		}
		return this.#found;
	}
}
