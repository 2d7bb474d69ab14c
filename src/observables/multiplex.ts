import { Observable } from 'rxjs';
import type { DuplexState } from './client-session.js';
import { reportUnhandled } from './failures.js';
import type { PendingSends } from './pending-sends.js';

interface Multiplexed<Out, In> {
	readonly messages: Observable<In>;
	readonly state: Observable<DuplexState>;
	readonly sends: PendingSends<Out>;
}

/** The implementation of `DuplexSubject.multiplex`. */
export function multiplex<Out, In>(
	{ messages, state, sends }: Multiplexed<Out, In>,
	subscribeMessage: () => Out,
	unsubscribeMessage: () => Out,
	filter: (message: In) => boolean,
): Observable<In> {
	return new Observable((subscriber) => {
		/** The subscribe message has been sent on the open connection. */
		let subscribed = false;
		subscriber.add(() => {
			if (!subscribed || sends.completed) return;
			try {
				sends.send(unsubscribeMessage());
			} catch (exception) {
				// The subscriber is closed already.
				reportUnhandled(exception);
			}
		});
		const subscription = messages.subscribe({
			next(message) {
				let wanted = false;
				try {
					wanted = filter(message);
				} catch (exception) {
					subscriber.error(exception);
				}
				if (wanted) subscriber.next(message);
			},
			error: (reason) => subscriber.error(reason),
			complete: () => subscriber.complete(),
		});
		const states = state.subscribe((now) => {
			subscribed = false;
			if (now.state !== 'open') return;
			try {
				sends.send(subscribeMessage());
				subscribed = true;
			} catch (exception) {
				subscriber.error(exception);
			}
		});
		subscriber.add(states);
		subscriber.add(subscription);
	});
}
