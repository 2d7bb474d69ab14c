import { Observable } from 'rxjs';
import { nothing } from '../reader/message-source.js';
import type { Multicaster } from './multicaster.js';

/** What `fromChannel` and `latestFrom` give. Its pump is for operators of this package that messageSource themselves. */
export class ChannelObservable<T> extends Observable<T> {
	readonly #pump: Multicaster<T>;

	constructor(pump: Multicaster<T>) {
		super((subscriber) => {
			const { current } = pump;
			if (current !== nothing) subscriber.next(current);
			if (subscriber.closed) return;
			const member = pump.join(subscriber, current !== nothing);
			return () => member.leave();
		});
		this.#pump = pump;
	}

	/** The pump of a channel Observable; undefined for any other, also for one that was derived from it by an operator. */
	static multicasterOf<T>(observable: Observable<T>): Multicaster<T> | undefined {
		return observable instanceof ChannelObservable ? observable.#pump : undefined;
	}
}
