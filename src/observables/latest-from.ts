import type { Observable } from 'rxjs';
import { checkBoolean, checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import type { Lease } from '../reader/lease.js';
import { type CancelFlag, type MessageSource, type Nothing, nothing } from '../reader/message-source.js';
import type { Reader } from '../reader/types.js';
import { ChannelObservable } from './channel-observable.js';
import { type Flow, leasesOf, messagesOf, releaseUnlessKept } from './flow.js';
import { Multicaster, type Taker, type Undecodable } from './multicaster.js';
import { type FromChannelOptions, fromChannelKeys, newestLastOptions } from './multicaster-options.js';

export interface LatestFromOptions<V> extends FromChannelOptions {
	/** The value before there is a message. It is emitted to subscribers as any other value. */
	readonly initial?: V | undefined;
	/**
	 * True: values are leases, see `leasesFrom`. A value ends when a newer one replaces it, and with the last subscriber, unless it is kept. Default
	 * false. There is no initial value then.
	 */
	readonly lease?: boolean | undefined;
}

const latestFromKeys: KeysOf<LatestFromOptions<unknown>> = { ...fromChannelKeys, initial: true, lease: true };

/** An Observable with its newest value, as a BehaviorSubject has one, but read-only. */
export interface Latest<T, V extends T | undefined = T | undefined> extends Observable<T> {
	/**
	 * The newest message in the ring, whether subscribers have seen it or not; the initial value before there is a message. Without a subscriber,
	 * and while the channel's own codec decodes, the ring is not read, and this is the last known value. Reading it may emit events, as `tryRead`
	 * does. Never waits, never throws.
	 */
	readonly value: V;
}

/**
 * The newest message of a channel, for states, positions and frames. After a slow `next` a subscriber gets the newest message and not the
 * backlog, under any overflow policy. A new subscriber gets the known value, if there is one, before `subscribe` returns.
 *
 * Readers are opened and closed as by `fromChannel`. The Readers of a Channel have `order: 'time'` unless the options state otherwise, so that the
 * newest message of several writers is the one that was written last.
 *
 * - When it waits: subscribing never waits. At most one value is emitted in a turn of the event loop, the newest at that moment.
 * - When full: writers of `block` and `drop-newest` are held back only while `next` of a subscriber runs. With `lossy: true` they are never
 *   held back; a lane that no other reader reads stays full then. Messages that are passed over count as read (`stats.messages`), and those
 *   that were overwritten before as lost (`stats.lost`): read + lost = published.
 * - At the end: completes after the last value, which is always emitted. `value` stays; a lease has ended then, and `value` is undefined.
 * - On error: as `fromChannel`. `value` as at the end.
 * - Asynchronous work: `pullMap` directly behind it takes the newest message whenever it is ready for one.
 * - Kept under concurrency: the values of one writer never go backwards. When the writers are idle, the last emitted value is the
 *   newest one.
 *
 * Throws TypeError and RangeError for its arguments.
 */
export function latestFrom<T>(
	source: Channel<never, T> | Reader<T>,
	options: Omit<LatestFromOptions<NoInfer<T>>, 'initial'> & { readonly lease: true },
): Latest<Lease<T>>;
export function latestFrom<T>(
	source: Channel<never, T> | Reader<T>,
	options: LatestFromOptions<NoInfer<T>> & { readonly initial: NoInfer<T>; readonly lease?: false | undefined },
): Latest<T, T>;
export function latestFrom<T>(
	source: Channel<never, T> | Reader<T>,
	options?: LatestFromOptions<NoInfer<T>> & { readonly lease?: false | undefined },
): Latest<T>;
export function latestFrom<T>(
	source: Channel<never, T> | Reader<T>,
	options?: LatestFromOptions<T>,
): Latest<T> | Latest<Lease<T>> {
	const { initial, lease = false, ...rest } = checkOptions('options', options, latestFromKeys);
	checkBoolean('lease', lease);
	const checked = newestLastOptions(source, rest, 'latestFrom');
	if (!lease) return new LatestObservable(messagesOf(checked), initial);
	if (initial !== undefined) throw new TypeError('initial: must be absent when lease is true');
	return new LatestObservable(leasesOf(checked, undefined), undefined, releaseUnlessKept);
}

class LatestObservable<T> extends ChannelObservable<T> implements Latest<T> {
	readonly #multicaster: Multicaster<T>;
	readonly #taker: NewestTaker<T>;

	/** `release` is called with a value that has been replaced, or whose Reader is not used any more. Without it values stay. */
	constructor(flow: Flow<T>, initial: T | undefined, release?: (value: T) => void) {
		const taker = new NewestTaker<T>(initial === undefined ? nothing : initial, release);
		const multicaster = new Multicaster(flow, taker);
		super(multicaster);
		this.#multicaster = multicaster;
		this.#taker = taker;
	}

	get value(): T | undefined {
		this.#multicaster.look((source, undecodable) => this.#taker.look(source, undecodable));
		const { newest } = this.#taker;
		return newest === nothing ? undefined : newest;
	}
}

/** Takes the newest message, once in a turn of the event loop: a second value in the same turn would be outdated at the end of the turn. */
class NewestTaker<T> implements Taker<T> {
	/** The newest known message. */
	newest: T | Nothing;
	/** The last message that `take` has returned. */
	#current: T | Nothing;
	/** `newest` has not been returned by `take`. */
	#found = false;
	#takenThisTurn = false;
	/** The number of sessions that are over. A listener to an event before a message may end the session. */
	#sessions = 0;
	readonly #release: ((value: T) => void) | undefined;

	constructor(initial: T | Nothing, release: ((value: T) => void) | undefined) {
		this.newest = this.#current = initial;
		this.#release = release;
	}

	get current(): T | Nothing {
		return this.#current;
	}

	take(source: MessageSource<T>, cancel: CancelFlag, undecodable: Undecodable): T | Nothing {
		if (this.#takenThisTurn && !this.#found) {
			this.#takenThisTurn = false;
			return nothing;
		}
		const message = this.#newestOf(source, undecodable, cancel);
		if (message !== nothing) this.#know(message);
		else if (!this.#found) return nothing;
		this.#found = false;
		this.#takenThisTurn = true;
		const { newest } = this;
		const current = this.#current;
		this.#current = newest;
		if (current !== newest && current !== nothing) this.#release?.(current);
		return newest;
	}

	sessionOver(): void {
		this.#sessions++;
		if (this.#release === undefined) return;
		const values = new Set<T | Nothing>([this.newest, this.#current]);
		this.newest = this.#current = nothing;
		this.#found = false;
		for (const value of values) if (value !== nothing) this.#release(value);
	}

	/** Returns whether there is a message that `take` has not returned. */
	look(source: MessageSource<T>, undecodable: Undecodable): boolean {
		const message = this.#newestOf(source, undecodable);
		if (message !== nothing) {
			this.#know(message);
			this.#found = true;
		}
		return this.#found;
	}

	/** A value that is found when its session is over is released at once. */
	#newestOf(source: MessageSource<T>, undecodable: Undecodable, cancel?: CancelFlag): T | Nothing {
		const sessions = this.#sessions;
		const message = source.newest(undecodable, cancel);
		if (message === nothing || sessions === this.#sessions || this.#release === undefined) return message;
		this.#release(message);
		return nothing;
	}

	#know(message: T): void {
		const { newest } = this;
		this.newest = message;
		if (newest !== nothing && newest !== this.#current) this.#release?.(newest);
	}
}
