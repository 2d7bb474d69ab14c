import { defer, finalize, mergeMap, Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { checkInteger, checkOptions, type KeysOf } from '../base/check.js';
import { ChannelObservable } from './channel-observable.js';
import type { Multicaster } from './multicaster.js';

export interface PullMapOptions {
	/** How many messages are worked on at the same time: 1 or more, default 1. */
	readonly concurrency?: number | undefined;
}

const pullMapKeys: KeysOf<PullMapOptions> = { concurrency: true };

/**
 * Asynchronous work for each message: what `project` gives for it (a Promise, an Observable, an iterable) is subscribed, and its values are emitted as they
 * come. Unlike `mergeMap` and `concatMap` it has no queue: while `concurrency` messages are worked on no further one leaves the ring, which fills,
 * and the channel's overflow policy acts on the writers.
 *
 * It must stand directly behind `fromChannel`, as only that can stop pulling; behind any other Observable it throws TypeError.
 *
 * - When it waits: as said. All subscribers of one channel Observable get each message together, so while this one is not ready the others wait too;
 *   give it an Observable of its own (`fromChannel` once more) where they must not.
 * - At the end: completes when the channel has ended and all work is done.
 * - On error: of the work, of `project` or of the source, it fails at once, and the other work is unsubscribed. The other subscribers of the channel go on.
 * - On unsubscribe: the work is unsubscribed. (A Promise goes on regardless, and RxJS leaves an async iterable when that gives its next value.)
 * - What concurrency cannot change: with 1 the values come in the order of the messages; with more, each message's own values do.
 */
export function pullMap<T, R>(
	project: (message: T, index: number) => ObservableInput<R>,
	options?: PullMapOptions,
): OperatorFunction<T, R> {
	if (typeof project !== 'function') throw new TypeError(`project: got ${typeof project}, must be a function`);
	const { concurrency = 1 } = checkOptions('options', options, pullMapKeys);
	checkInteger('concurrency', concurrency, { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'messages' });
	return (source) => {
		const pump = ChannelObservable.multicasterOf(source);
		if (pump === undefined) {
			throw new TypeError('pullMap: the source must be what fromChannel gives, with no operator in between');
		}
		return defer(() => {
			const slots = new Slots(pump, concurrency);
			return slots.messages.pipe(
				mergeMap((message, index) => defer(() => project(message, index)).pipe(finalize(slots.free))),
			);
		});
	};
}

/** The messages of a pump, which is paused while `concurrency` of them have not been freed. For one subscriber. */
class Slots<T> {
	readonly messages: Observable<T>;
	readonly #concurrency: number;
	#taken = 0;
	#pause: (paused: boolean) => void = () => {};

	constructor(pump: Multicaster<T>, concurrency: number) {
		this.#concurrency = concurrency;
		this.messages = new Observable<T>((subscriber) => {
			const member = pump.join({
				get closed() {
					return subscriber.closed;
				},
				next: (message) => {
					this.#taken++;
					if (this.#taken === this.#concurrency) member.pause(true);
					subscriber.next(message);
				},
				error: (reason) => subscriber.error(reason),
				complete: () => subscriber.complete(),
			});
			this.#pause = member.pause;
			return member.leave;
		});
	}

	readonly free = (): void => {
		this.#taken--;
		if (this.#taken === this.#concurrency - 1) this.#pause(false);
	};
}
