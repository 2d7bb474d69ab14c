import { setImmediate } from 'node:timers';
import { Observable } from 'rxjs';
import { describeValue } from '../codecs/describe-value.js';
import type { ChannelEvent } from '../endpoint/events.js';
import { EndpointHandle, whenLeft } from '../endpoint/handle.js';
import type { Handle } from '../endpoint/types.js';
import { ChannelObservable } from './channel-observable.js';

/**
 * The events of a Writer or Reader, or of the Readers behind an Observable of `fromChannel`, in order with the messages. A subscriber gets the
 * events from the time of its subscription on; `handle.peers` lists the peers that are connected already.
 *
 * - When it waits: never. It opens nothing, reads nothing, and does not keep the process alive.
 * - At the end: completes after the `close` event of the handle; soon if the handle has left already. For a channel Observable it
 *   goes on with the next Reader, and never completes.
 * - On error: never fails; an error is an `error` event here. While there is a subscriber, `error` events do not become process
 *   warnings.
 * - On unsubscribe: removes its listeners, also from within an event.
 *
 * Throws TypeError for any other source.
 */
export function channelEvents(source: Handle | Observable<unknown>): Observable<ChannelEvent> {
	if (source instanceof EndpointHandle) return eventsOf(source);
	const multicaster = source instanceof Observable ? ChannelObservable.multicasterOf(source) : undefined;
	if (multicaster === undefined) {
		throw new TypeError(
			`source: got ${describeValue(source)}, must be a Writer, a Reader or the result of fromChannel`,
		);
	}
	return new Observable((subscriber) => {
		let current: EndpointHandle | undefined;
		return multicaster.watch((reader) => {
			if (reader === current) return;
			current = reader;
			subscriber.add(eventsOf(reader).subscribe((event) => subscriber.next(event)));
		});
	});
}

function eventsOf(handle: EndpointHandle): Observable<ChannelEvent> {
	return new Observable((subscriber) => {
		const emit = (event: ChannelEvent) => subscriber.next(event);
		for (const type of handle.eventTypes) handle.on(type, emit);
		// `close` is emitted in process.nextTick after the handle has left, which is before the next immediate.
		const stopWaiting = handle[whenLeft](() => setImmediate(() => subscriber.complete()));
		return () => {
			stopWaiting();
			for (const type of handle.eventTypes) handle.off(type, emit);
		};
	});
}
