import { Observable } from 'rxjs';
import { describeValue } from '../codecs/describe-value.js';
import type { ChannelEvent } from '../endpoint/events.js';
import { EndpointHandle, whenLeft } from '../endpoint/handle.js';
import type { Handle } from '../endpoint/types.js';
import { ChannelObservable } from './channel-observable.js';

/**
 * The events of a Writer or Reader, or of the Readers behind an Observable of `fromChannel`, as they come: multicast like the handle itself.
 * The past is not told again; `handle.peers` says who is connected now.
 *
 * It never waits, opens nothing, reads nothing, and does not hold the event loop. Events come where they belong between the messages. As long as
 * somebody subscribes, `error` events count as heard and are no longer printed as warnings. It completes when the handle has left, after a Reader's `end`;
 * that of a channel Observable goes on with its next Reader and never completes. It never fails: errors are events here. Unsubscribing takes back its listeners, also within an event. Throws TypeError for any other source.
 */
export function channelEvents(source: Handle | Observable<unknown>): Observable<ChannelEvent> {
	if (source instanceof EndpointHandle) return eventsOf(source);
	const pump = source instanceof Observable ? ChannelObservable.multicasterOf(source) : undefined;
	if (pump === undefined) {
		throw new TypeError(
			`source: got ${describeValue(source)}, must be a Writer, a Reader or what fromChannel gives`,
		);
	}
	return new Observable((subscriber) => {
		let current: EndpointHandle | undefined;
		return pump.watch((reader) => {
			if (reader === current) return;
			current = reader;
			subscriber.add(eventsOf(reader).subscribe((event) => subscriber.next(event)));
		});
	});
}

function eventsOf(handle: EndpointHandle): Observable<ChannelEvent> {
	return new Observable((subscriber) => {
		const tell = (event: ChannelEvent) => subscriber.next(event);
		for (const type of handle.eventTypes) handle.on(type, tell);
		// `end` and `close` are emitted after the handle has left.
		const stopWaiting = handle[whenLeft](() => setImmediate(() => subscriber.complete()));
		return () => {
			stopWaiting();
			for (const type of handle.eventTypes) handle.off(type, tell);
		};
	});
}
