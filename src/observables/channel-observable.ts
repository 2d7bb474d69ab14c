import { Observable } from 'rxjs';
import { nothing } from '../reader/message-source.js';
import type { Multicaster } from './multicaster.js';

/** The result of `fromChannel` and `latestFrom`. Operators of this package use its Multicaster instead of subscribing. */
export class ChannelObservable<T> extends Observable<T> {
	readonly #multicaster: Multicaster<T>;

	constructor(multicaster: Multicaster<T>) {
		super((subscriber) => {
			const { current } = multicaster;
			if (current !== nothing) subscriber.next(current);
			if (subscriber.closed) return;
			const member = multicaster.join(subscriber, current !== nothing);
			return () => member.leave();
		});
		this.#multicaster = multicaster;
	}

	/** The Multicaster of a channel Observable; undefined for any other Observable, also for one that an operator has made of it. */
	static multicasterOf<T>(observable: Observable<T>): Multicaster<T> | undefined {
		return observable instanceof ChannelObservable ? observable.#multicaster : undefined;
	}
}
