import { onAbort } from '../base/abort.js';
import { RingwireError } from '../base/errors.js';
import type { Ending } from '../reader/lifecycle.js';
import type { CancelFlag, MessageSource, Nothing, Waiter } from '../reader/message-source.js';
import { nothing } from '../reader/message-source.js';
import type { ChannelReader } from '../reader/reader.js';
import { closedUnder, reportUnhandled } from './failures.js';
import type { Flow } from './flow.js';

/** Receives the messages of a Multicaster: a subscriber, or an operator in front of one. */
export interface Sink<T> {
	readonly closed: boolean;
	next(message: T): void;
	error(reason: unknown): void;
	complete(): void;
}

/** A sink that has joined a Multicaster. */
export interface Member {
	/** True: this sink cannot take a message now. No sink gets any until all are ready again. */
	pause(paused: boolean): void;
	leave(): void;
}

/** Chooses the next message of the ring. */
export interface Taker<T> {
	/**
	 * Returns `nothing` to wait for more messages, at least until the next turn of the event loop. Throws DECODE. Calls
	 * `undecodable` for each message that was passed over and cannot be decoded.
	 */
	take(source: MessageSource<T>, cancel: CancelFlag, undecodable: Undecodable): T | Nothing;
	/** The message that a sink is given when it joins. */
	readonly current: T | Nothing;
	/** The Reader is not used any more. */
	sessionOver(): void;
}

export type Undecodable = (error: RingwireError) => void;

export type ReaderWatcher = (reader: ChannelReader<unknown>) => void;

interface Place<T> {
	readonly sink: Sink<T>;
	paused: boolean;
	/** The sink has been given `current`, or something newer. */
	current: boolean;
}

/** One Reader in use, from the first sink that joins until the last one leaves, or until the end. */
interface Session<T> {
	readonly reader: ChannelReader<unknown>;
	readonly source: MessageSource<T>;
	/** Set when no sink can take a message, for now or for good. */
	readonly cancel: CancelFlag;
	readonly waiter: Waiter;
	readonly undecodable: Undecodable;
	/** Whether the Reader is closed with the session. */
	closes: boolean;
	running: boolean;
	waiting: boolean;
	/** A message is being looked for. */
	taking: boolean;
	aborted: boolean;
	stopListening(): void;
}

/**
 * The one Reader behind a channel Observable, and the loop that passes its messages to all sinks. It takes the next message when
 * `next` of every sink has returned and no sink is paused. Until then the ring fills, and its overflow policy acts.
 */
export class Multicaster<T> {
	readonly #flow: Flow<T>;
	/** Undefined: every message, in order. */
	readonly #taker: Taker<T> | undefined;
	readonly #watchers = new Set<ReaderWatcher>();
	/** Replaced and never changed: sinks come and go while the loop iterates over it. */
	#places: readonly Place<T>[] = [];
	#paused = false;
	#session: Session<T> | undefined;

	constructor(flow: Flow<T>, taker?: Taker<T>) {
		this.#flow = flow;
		this.#taker = taker;
	}

	/** The message that a sink is given when it joins, or `nothing`. */
	get current(): T | Nothing {
		return this.#taker === undefined ? nothing : this.#taker.current;
	}

	/**
	 * The first sink opens the Reader. Messages come from the next microtask on, after `current` unless the sink `hasCurrent`. Throws
	 * `signal.reason`, and as `openReader` does.
	 */
	join(sink: Sink<T>, hasCurrent = false): Member {
		const session = this.#session ?? this.#begin();
		const place: Place<T> = { sink, paused: false, current: hasCurrent };
		this.#seat([...this.#places, place]);
		queueMicrotask(() => {
			const { current } = this;
			if (current !== nothing && !place.current && this.#places.includes(place)) give(place, current);
			this.#run(session);
		});
		return {
			pause: (paused) => {
				place.paused = paused;
				this.#seat(this.#places);
			},
			leave: () => this.#leave(place),
		};
	}

	/** Calls `watcher` with each Reader when its session begins, and at once if a session is under way. */
	watch(watcher: ReaderWatcher): () => void {
		this.#watchers.add(watcher);
		if (this.#session !== undefined) watcher(this.#session.reader);
		return () => void this.#watchers.delete(watcher);
	}

	/** Calls `look` with the source of the session, if there is one. `look` returns true if `take` has a message to return soon. */
	look(look: (source: MessageSource<T>, undecodable: Undecodable) => boolean): void {
		const session = this.#session;
		if (session === undefined || !look(session.source, session.undecodable)) return;
		if (session.waiting) session.source.cancel(session.waiter);
		session.waiting = false;
		queueMicrotask(() => this.#run(session));
	}

	#leave(place: Place<T>): void {
		if (!this.#places.includes(place)) return;
		const places = this.#places.filter((candidate) => candidate !== place);
		if (places.length === 0) this.#end();
		this.#seat(places);
	}

	/** Goes on if the last paused sink has become ready or has left. */
	#seat(places: readonly Place<T>[]): void {
		this.#places = places;
		const paused = this.#paused;
		this.#paused = places.some((place) => place.paused);
		if (paused && !this.#paused && this.#session !== undefined) this.#run(this.#session);
	}

	#begin(): Session<T> {
		const { given, closes, signal } = this.#flow;
		if (signal?.aborted) {
			if (closes) given?.[Symbol.dispose]();
			throw signal.reason;
		}
		const { reader, source } = this.#flow.acquire();
		const waiter: Waiter = {
			settle: (readiness) => {
				session.waiting = false;
				if (readiness === 'readable') this.#run(session);
				else this.#hasEnded(session, readiness);
			},
			fail: (reason) => this.#finish(session, (sink) => sink.error(reason)),
		};
		const isUnwanted = () => this.#session !== session || this.#paused || session.aborted;
		const session: Session<T> = {
			reader,
			source,
			cancel: {
				get aborted() {
					return isUnwanted();
				},
			},
			waiter,
			undecodable: (error) => this.#undecodable(session, error),
			closes,
			running: false,
			waiting: false,
			taking: false,
			aborted: false,
			// A message that is being taken is still delivered: it would be lost otherwise.
			stopListening: onAbort(signal, () => {
				session.aborted = true;
				if (!session.taking) waiter.fail(signal?.reason);
			}),
		};
		this.#session = session;
		for (const watcher of this.#watchers) watcher(reader);
		return session;
	}

	/** Delivers messages while every sink is ready, then waits for more. */
	#run(session: Session<T>): void {
		if (this.#session !== session || session.running || session.waiting || this.#paused) return;
		const { source, cancel } = session;
		if (source.busy) {
			this.#wait(session);
			return;
		}
		session.running = true;
		const taker = this.#taker;
		const { delivered } = this.#flow;
		// A listener that runs while a message is looked for may end the session or pause it.
		while (this.#session === session && !this.#paused && !session.aborted) {
			try {
				session.taking = true;
				const message =
					taker === undefined ? source.next(cancel) : taker.take(source, cancel, session.undecodable);
				session.taking = false;
				if (message === nothing) break;
				if (this.#session === session) this.#deliver(message);
				delivered?.(message);
			} catch (error) {
				session.taking = false;
				this.#undecodable(session, error);
			}
		}
		session.running = false;
		if (session.aborted) session.waiter.fail(this.#flow.signal?.reason);
		else if (this.#session === session && !this.#paused) this.#wait(session);
	}

	#deliver(message: T): void {
		const places = this.#places;
		for (let i = 0; i < places.length; i++) {
			const place = places[i];
			if (place !== undefined) give(place, message);
		}
	}

	#wait(session: Session<T>): void {
		session.waiting = true;
		try {
			session.source.wait(session.waiter);
		} catch (busy) {
			session.closes = false; // another call reads from it
			session.waiter.fail(busy);
		}
	}

	#undecodable(session: Session<T>, error: unknown): void {
		if (this.#flow.onDecodeError === 'event' && isDecodeError(error)) session.reader.report(error);
		else session.waiter.fail(error);
	}

	#hasEnded(session: Session<T>, ending: Ending): void {
		if (ending === 'ended') this.#finish(session, (sink) => sink.complete());
		else session.waiter.fail(closedUnder(session.reader, 'reader'));
	}

	/** Ends the session and notifies all sinks. A sink that joins in response begins the next session. */
	#finish(session: Session<T>, notify: (sink: Sink<T>) => void): void {
		if (this.#session !== session) return;
		const places = this.#places;
		this.#end();
		this.#seat([]);
		for (const { sink } of places) notify(sink);
	}

	#end(): void {
		const session = this.#session;
		if (session === undefined) return;
		this.#session = undefined;
		session.stopListening();
		session.source.cancel(session.waiter);
		this.#taker?.sessionOver();
		if (session.closes && !session.reader.closed) session.reader[Symbol.dispose]();
	}
}

function isDecodeError(error: unknown): error is RingwireError {
	return error instanceof RingwireError && error.code === 'ERR_RINGWIRE_DECODE';
}

function give<T>(place: Place<T>, message: T): void {
	const { sink } = place;
	place.current = true;
	if (sink.closed) return;
	try {
		sink.next(message);
	} catch (exception) {
		// RxJS catches the exceptions of its own subscribers. An operator of another library may throw.
		reportUnhandled(exception);
	}
}
