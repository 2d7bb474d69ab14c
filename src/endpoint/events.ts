import type { ListenerTo } from '../base/emitter.js';
import type { RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import type { NativeEvent } from '../native/boundary.js';

/** The events that a Writer and a Reader have in common. */
export type HandleEvent =
	/** A link to the peer is open. */
	| { readonly type: 'connect'; readonly peer: Peer }
	/** The link is gone. That of a writer comes after everything that it published has been delivered. */
	| {
			readonly type: 'disconnect';
			readonly peer: Peer;
			readonly reason: DepartureReason;
			/** A writer that had called `end`, and of which nothing is missing. False for a reader. */
			readonly ended: boolean;
	  }
	/** The peer has ended the channel for every endpoint on it. */
	| { readonly type: 'shutdown'; readonly peer: Peer }
	/** A failure that no call can throw, such as a refused link. */
	| { readonly type: 'error'; readonly error: RingwireError }
	/** The handle has left the channel. The last event. */
	| { readonly type: 'close' };

export type WriterEvent =
	| HandleEvent
	/** Once after `tryWrite` returned false: there is room. `free` is the largest message in bytes that fits now. */
	| { readonly type: 'space'; readonly free: number };

export type ReaderEvent =
	| HandleEvent
	/** Once after `tryRead` or `readBatch` found nothing: there are messages. */
	| { readonly type: 'data'; readonly available: number }
	/** Exactly so many messages of that writer were not delivered. Comes before the message that follows them. */
	| { readonly type: 'lost'; readonly peer: Peer; readonly count: number }
	/** The reader has reached its end (see `until`), and everything has been delivered. */
	| { readonly type: 'end' };

/** All events of one endpoint of a channel. */
export type ChannelEvent = WriterEvent | ReaderEvent;

export type ChannelEventType = ChannelEvent['type'];
export type ChannelEventOf<K extends ChannelEventType> = Extract<ChannelEvent, { readonly type: K }>;
export type ChannelListener<K extends ChannelEventType> = ListenerTo<ChannelEvent, K>;

const handleEventTypes = ['connect', 'disconnect', 'shutdown', 'error', 'close'] as const;
export const writerEventTypes: readonly WriterEvent['type'][] = [...handleEventTypes, 'space'];
export const readerEventTypes: readonly ReaderEvent['type'][] = [...handleEventTypes, 'data', 'lost', 'end'];

/**
 * Dispatches the events one at a time, in order, and removes each before it is dispatched. The effects of a listener, such as
 * a read or newer events, come after the events that are still in the list. Returns whether there were any.
 */
export function dispatchAll(due: NativeEvent[], dispatch: (event: NativeEvent) => void): boolean {
	let event = due.shift();
	if (event === undefined) return false;
	for (; event !== undefined; event = due.shift()) dispatch(event);
	return true;
}
