import { setTimeout } from 'node:timers';
import { config } from 'rxjs';
import { RingwireError } from '../base/errors.js';
import type { Ending } from '../reader/lifecycle.js';
import type { Waiter } from '../reader/message-source.js';
import { type CancelFlag, type MessageSource, messageSource, type Nothing, nothing } from '../reader/message-source.js';
import type { ChannelReader } from '../reader/reader.js';

/** Who takes the messages of a pump: a subscriber, or an operator that stands in for one. */
export interface Sink<T> {
	readonly closed: boolean;
	next(message: T): void;
	error(reason: unknown): void;
	complete(): void;
}

/** A sink that has joined a pump. */
export interface Member {
	/** True: no message can be taken now, and nobody gets any meanwhile. */
	pause(paused: boolean): void;
	leave(): void;
}

export interface MulticasterOptions<T> {
	open(): ChannelReader<T>;
	/** The reader is closed when nobody listens any more. */
	readonly closesReader: boolean;
	readonly onDecodeError: 'event' | 'error';
	/** Default: each message in its turn. */
	readonly taker?: Taker<T>;
}

/** Which message of the ring is the next one. */
export interface Taker<T> {
	/**
	 * `nothing`: wait until there is more, at least until the next turn of the loop. Throws DECODE; `undecodable` is told
	 * of messages that are passed over for another one.
	 */
	take(source: MessageSource<T>, interest: CancelFlag, undecodable: Undecodable): T | Nothing;
	/** What a sink is given when it joins. */
	readonly current: T | Nothing;
}

export type Undecodable = (error: RingwireError) => void;

export type ReaderWatcher = (reader: ChannelReader<unknown>) => void;

interface Place<T> {
	readonly sink: Sink<T>;
	paused: boolean;
	/** It has been given `current`, or something newer. */
	current: boolean;
}

/** From the first sink that joins to the last one that leaves, or to the end. */
interface Session<T> {
	readonly reader: ChannelReader<T>;
	readonly source: MessageSource<T>;
	/** Aborted: there is nobody to give a message to, for now or for good. */
	readonly interest: CancelFlag;
	readonly waiter: Waiter;
	readonly undecodable: Undecodable;
	running: boolean;
	waiting: boolean;
}

/**
 * The one Reader behind a channel Observable, and the loop that hands its messages to all who have joined. The next message is pulled when
 * everybody's `next` has returned and nobody asks for a pause: otherwise the ring fills, and its overflow policy acts.
 */
export class Multicaster<T> {
	readonly #options: MulticasterOptions<T>;
	readonly #watchers = new Set<ReaderWatcher>();
	/** Replaced, never changed: the loop goes over it while sinks come and go. */
	#places: readonly Place<T>[] = [];
	#paused = false;
	#session: Session<T> | undefined;

	constructor(options: MulticasterOptions<T>) {
		this.#options = options;
	}

	/** What a sink is given when it joins, or `nothing`. */
	get current(): T | Nothing {
		const { taker } = this.#options;
		return taker === undefined ? nothing : taker.current;
	}

	/**
	 * Opens the reader for the first. Messages come from the next microtask on, `current` before them unless the sink `hasCurrent`. Throws as
	 * `openReader` does.
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

	/** Calls `watcher` with the reader whenever one is taken into use, and at once if one is. */
	watch(watcher: ReaderWatcher): () => void {
		this.#watchers.add(watcher);
		if (this.#session !== undefined) watcher(this.#session.reader);
		return () => void this.#watchers.delete(watcher);
	}

	/** Lets `look` at the source while it is in use. Answering true, it has found something for `take` to give out soon. */
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

	/** Goes on if a pause has been the matter and is over. */
	#seat(places: readonly Place<T>[]): void {
		this.#places = places;
		const paused = this.#paused;
		this.#paused = places.some((place) => place.paused);
		if (paused && !this.#paused && this.#session !== undefined) this.#run(this.#session);
	}

	#begin(): Session<T> {
		const reader = this.#options.open();
		const waiter: Waiter = {
			settle: (readiness) => {
				session.waiting = false;
				if (readiness === 'readable') this.#run(session);
				else this.#over(session, readiness);
			},
			fail: (reason) => this.#finish(session, (sink) => sink.error(reason)),
		};
		const isUnwanted = () => this.#session !== session || this.#paused;
		const session: Session<T> = {
			reader,
			source: reader[messageSource],
			interest: {
				get aborted() {
					return isUnwanted();
				},
			},
			waiter,
			undecodable: (error) => this.#undecodable(session, error),
			running: false,
			waiting: false,
		};
		this.#session = session;
		for (const watcher of this.#watchers) watcher(reader);
		return session;
	}

	/** Delivers what there is while everybody is ready, then waits for more. */
	#run(session: Session<T>): void {
		if (this.#session !== session || session.running || session.waiting) return;
		session.running = true;
		const { taker } = this.#options;
		// A listener that runs while a message is looked for may end the session or pause it.
		while (this.#session === session && !this.#paused) {
			try {
				const message =
					taker === undefined
						? session.source.next(session.interest)
						: taker.take(session.source, session.interest, session.undecodable);
				if (message === nothing || this.#session !== session) break;
				this.#deliver(message);
			} catch (error) {
				this.#undecodable(session, error);
			}
		}
		session.running = false;
		if (this.#session === session && !this.#paused) this.#wait(session);
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
			session.waiter.fail(busy);
		}
	}

	#undecodable(session: Session<T>, error: unknown): void {
		if (this.#options.onDecodeError === 'event' && error instanceof RingwireError) session.reader.report(error);
		else session.waiter.fail(error);
	}

	#over(session: Session<T>, over: Ending): void {
		if (over === 'ended') this.#finish(session, (sink) => sink.complete());
		else session.waiter.fail(closedUnder(session.reader));
	}

	/** Everybody is told the last word. Whoever subscribes in answer to it begins anew. */
	#finish(session: Session<T>, tell: (sink: Sink<T>) => void): void {
		if (this.#session !== session) return;
		const places = this.#places;
		this.#end();
		this.#seat([]);
		for (const { sink } of places) tell(sink);
	}

	#end(): void {
		const session = this.#session;
		if (session === undefined) return;
		this.#session = undefined;
		session.source.cancel(session.waiter);
		if (this.#options.closesReader) session.reader[Symbol.dispose]();
	}
}

function give<T>(place: Place<T>, message: T): void {
	const { sink } = place;
	place.current = true;
	if (sink.closed) return;
	try {
		sink.next(message);
	} catch (exception) {
		// Subscribers of RxJS never get here, operators of others may.
		reportUnhandled(exception);
	}
}

/** What an Observable fails with when somebody has closed its reader. */
export function closedUnder({ name: channel }: { readonly name: string }): RingwireError {
	const what = `channel "${channel}": the reader was closed under its Observable`;
	return new RingwireError('ERR_RINGWIRE_CLOSED', what, { channel });
}

/** What RxJS does with an exception that has nowhere to go: tells it to `config.onUnhandledError`, or makes it an uncaught one, in both cases later. */
export function reportUnhandled(exception: unknown): void {
	setTimeout(() => {
		if (config.onUnhandledError === null) throw exception;
		config.onUnhandledError(exception);
	});
}
