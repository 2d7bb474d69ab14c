import type { Observable } from 'rxjs';
import type { Channel } from '../definition/channel.js';
import type { Reader } from '../reader/types.js';
import { ChannelObservable } from './channel-observable.js';
import { messagesOf } from './flow.js';
import { Multicaster } from './multicaster.js';
import { type FromChannelOptions, multicasterOptions } from './multicaster-options.js';

/**
 * The messages of a channel as a hot Observable. All subscribers share one Reader, and each gets every message from the time of its
 * subscription on. The first subscriber opens the Reader of a Channel, the last one to leave closes it, which releases the event loop; a later
 * subscriber opens a new one. A given Reader is closed in the same way unless `keepOpen` is true. No other call may read from it meanwhile.
 *
 * - When it waits: subscribing never waits, and emits nothing before it has returned. Messages are emitted in one synchronous loop while there are
 *   any; the event loop gets a turn after 1024 messages or 1 MiB.
 * - When full: there is no buffer. The next message is taken out of the ring when `next` of every subscriber has returned. A slow `next` is
 *   therefore backpressure on the writers, and the channel's overflow policy acts. Use `pullMap` for asynchronous work: an operator that
 *   queues (`mergeMap`, `concatMap`, `observeOn`) queues without bound.
 * - At the end: completes when the Reader has reached its end (`until`), or the channel was shut down, and everything is delivered.
 * - On error: fails for all subscribers with CLOSED when other code has closed the Reader; with `signal.reason`; with MISMATCH, VERSION, ACCESS or LIMIT,
 *   once, when a link was refused and no other peer is connected or connecting (an event only with `until: 'closed'`); with PEER_DIED if the
 *   Reader has `onPeerDeath: 'error'`; with BUSY when another call reads, which leaves the Reader open; and as `openReader` throws. For
 *   a message that cannot be decoded see `onDecodeError`. RxJS reports the exception of a subscriber (`config.onUnhandledError`);
 *   the other subscribers go on.
 * - On unsubscribe: that subscriber gets nothing more, also from within `next`. Messages that were not delivered stay in the ring for
 *   other readers.
 * - Kept under concurrency: the order of one writer's messages. All subscribers see the messages in the same order.
 *
 * `channelEvents(observable)` emits the events of its Readers. Throws TypeError and RangeError for its arguments.
 */
export function fromChannel<T>(source: Channel<never, T> | Reader<T>, options?: FromChannelOptions): Observable<T> {
	return new ChannelObservable(new Multicaster(messagesOf(multicasterOptions(source, options))));
}
