import type { ListenerTo } from '../base/emitter.js';
import type { RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import type { NativeEvent } from '../native/boundary.js';

/**
 * What happens on a channel, as this endpoint sees it.
 *
 * `data` and `space` are edges for people who poll: `data` comes once after `tryRead` or `readBatch` gave nothing,
 * `space` once after `tryWrite` answered false. `lost` tells exactly how many messages of that writer this reader did
 * not get, before the message that follows them. `disconnect` of a writer comes after everything that it published has
 * been delivered. `end` is a reader's last event.
 */
export type ChannelEvent =
	| { readonly type: 'connect'; readonly peer: Peer }
	| {
			readonly type: 'disconnect';
			readonly peer: Peer;
			readonly reason: DepartureReason;
			/** A writer: it had ended, and nothing of it is missing. A reader: false. */
			readonly ended: boolean;
	  }
	| { readonly type: 'data'; readonly available: number }
	| { readonly type: 'space'; readonly free: number }
	| { readonly type: 'lost'; readonly peer: Peer; readonly count: number }
	| { readonly type: 'end' }
	| { readonly type: 'shutdown'; readonly peer: Peer }
	| { readonly type: 'error'; readonly error: RingwireError };

export type ChannelEventType = ChannelEvent['type'];
export type ChannelEventOf<K extends ChannelEventType> = Extract<ChannelEvent, { readonly type: K }>;
export type ChannelListener<K extends ChannelEventType> = ListenerTo<ChannelEvent, K>;

/** Every event there is, for who listens to all of them. */
export const channelEventTypes = [
	'connect',
	'disconnect',
	'data',
	'space',
	'lost',
	'end',
	'shutdown',
	'error',
] as const satisfies readonly ChannelEventType[];

/**
 * Dispatches events one at a time and each taken out first: what a listener asks for in its turn, be it a message or newer
 * events, comes behind those that are still in here. Answers whether there were any.
 */
export function dispatchAll(due: NativeEvent[], dispatch: (event: NativeEvent) => void): boolean {
	let event = due.shift();
	if (event === undefined) return false;
	for (; event !== undefined; event = due.shift()) dispatch(event);
	return true;
}
