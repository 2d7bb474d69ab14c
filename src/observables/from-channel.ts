import type { Observable } from 'rxjs';
import type { Channel } from '../definition/channel.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import { ChannelObservable } from './channel-observable.js';
import { Multicaster } from './multicaster.js';
import { multicasterOptions } from './multicaster-options.js';

/** The options of `openReader` are for the Readers that it opens of a Channel. */
export interface FromChannelOptions extends ReaderOptions {
	/** Only for a Reader that was given. False (default): it stays open when the last subscriber leaves, and the next one goes on with it. */
	readonly closeReader?: boolean | undefined;
	/**
	 * A message that cannot be decoded: `event` (default) makes it an `error` event of the Reader and goes on with the next message; `error` fails
	 * the Observable, and with it everybody's subscription.
	 */
	readonly onDecodeError?: 'event' | 'error' | undefined;
}

/**
 * The messages of a channel as a hot Observable: one Reader for all subscribers of this Observable, however many, each of whom gets every message
 * from the time of subscription on. The Reader of a Channel is opened by the first subscriber and closed when the last one leaves, which
 * releases the event loop; a later subscriber opens a new one. A Reader that was given is used as it is, and nobody else may read from it meanwhile.
 *
 * - When it waits: subscribing never does, and emits nothing before it has returned. Messages are emitted in one synchronous loop while there are any,
 *   with a turn for the event loop after 1024 messages or 1 MiB.
 * - When full: there is no buffer. The next message is taken out of the ring when `next` of every subscriber has returned, so one that takes its
 *   time is backpressure on the writers, and the channel's overflow policy acts. For asynchronous work use `pullMap`, as an operator that
 *   queues (`mergeMap`, `concatMap`, `observeOn`) queues without bound.
 * - At the end: completes when every writer that was met has ended, or the channel was shut down, and all is delivered.
 * - On error: fails for all subscribers with CLOSED when somebody closed the Reader; MISMATCH, VERSION, ACCESS or LIMIT when a link was refused while
 *   nobody else is connected; PEER_DIED only if the Reader was opened with `onPeerDeath: 'error'`, and by default a death is an event; BUSY when somebody else
 *   reads; and what `openReader` throws. What cannot be decoded: see `onDecodeError`. A subscriber that throws hurts only itself: RxJS reports it, see its
 *   `config.onUnhandledError`.
 * - On unsubscribe: nothing more is delivered to that subscriber, also from within `next`. What has not been delivered when the Reader closes stays in
 *   the ring for others.
 * - What concurrency cannot change: the order of one writer's messages, and that all subscribers see them in the same order.
 *
 * `channelEvents(observable)` gives the events of its Readers. Throws TypeError and RangeError for its arguments.
 */
export function fromChannel<T>(source: Channel<never, T> | Reader<T>, options?: FromChannelOptions): Observable<T> {
	return new ChannelObservable(new Multicaster(multicasterOptions(source, options)));
}
