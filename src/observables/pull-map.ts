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
 * Asynchronous work for each message: the result of `project` (a Promise, an Observable, an iterable) is subscribed, and its values are emitted as
 * they come. Unlike `mergeMap` and `concatMap` it has no queue. While `concurrency` messages are worked on, no further message leaves the ring. The
 * ring fills, and the channel's overflow policy acts on the writers.
 *
 * It must stand directly behind `fromChannel` or `latestFrom`, because only these can stop reading. Behind any other Observable it throws TypeError.
 *
 * - When it waits: while `concurrency` messages are worked on. All subscribers of one channel Observable get each message together, so the others
 *   wait too. Call `fromChannel` once more for a subscriber that must not wait.
 * - At the end: completes when the channel Observable has completed and all work is done.
 * - On error: fails at once with the error of the work, of `project` or of the source; the other work is unsubscribed. The other subscribers of
 *   the channel go on.
 * - On unsubscribe: the work is unsubscribed. A Promise runs on regardless, and RxJS leaves an async iterable at its next value.
 * - Kept under concurrency: with 1, the values come in the order of the messages; with more, the values of each message come in
 *   their order.
 *
 * Throws TypeError and RangeError for its arguments.
 */
export function pullMap<T, R>(
	project: (message: T, index: number) => ObservableInput<R>,
	options?: PullMapOptions,
): OperatorFunction<T, R> {
	if (typeof project !== 'function') throw new TypeError(`project: got ${typeof project}, must be a function`);
	const { concurrency = 1 } = checkOptions('options', options, pullMapKeys);
	checkInteger('concurrency', concurrency, { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'messages' });
	return (source) => {
		const multicaster = ChannelObservable.multicasterOf(source);
		if (multicaster === undefined) {
			throw new TypeError('pullMap: the source must be the result of fromChannel, with no operator in between');
		}
		return defer(() => {
			const slots = new Slots(multicaster, concurrency);
			return slots.messages.pipe(
				mergeMap((message, index) => defer(() => project(message, index)).pipe(finalize(slots.free))),
			);
		});
	};
}

/** The messages of a Multicaster for one subscriber, paused while `concurrency` of them have not been freed. */
class Slots<T> {
	readonly messages: Observable<T>;
	readonly #concurrency: number;
	#taken = 0;
	#pause: (paused: boolean) => void = () => {};

	constructor(multicaster: Multicaster<T>, concurrency: number) {
		this.#concurrency = concurrency;
		this.messages = new Observable<T>((subscriber) => {
			const member = multicaster.join({
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
