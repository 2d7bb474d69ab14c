/** The messages between the demo and the processes of its second part. */
import type { ChannelEvent } from 'ringwire';
import type { PipelineName } from './pipelines.js';

/** Any second message to the publisher makes it end. */
export interface PublisherTask {
	readonly perSecond: number;
	/** How many messages the lane holds. A subscriber that is further behind loses messages. */
	readonly depth: number;
	/** Subscribers to wait for before the first message. */
	readonly subscribers: number;
}

/** Any second message to a subscriber makes it fast. */
export interface SubscriberTask {
	readonly pipeline: PipelineName;
	/** The subscriber handles one message in the time in which this many are published. 0: as fast as possible. */
	readonly slowness: number;
}

/** An event in a form that can be sent to another process. */
export interface EventReport {
	readonly type: 'event';
	readonly event: ChannelEvent['type'];
	/** The pid of the peer that the event is about, if it is about one. */
	readonly about: number | undefined;
	/** How many messages were lost, if the event is `lost`. */
	readonly count: number;
	readonly details: string;
}

export type PublisherMessage =
	| EventReport
	| { readonly type: 'open' }
	/** More messages are published than the lane holds. */
	| { readonly type: 'wrapped' }
	| { readonly type: 'done'; readonly published: number };

export type SubscriberMessage =
	| EventReport
	| { readonly type: 'open' }
	| { readonly type: 'view'; readonly text: string }
	/** `begin`: the number of the first message that the lane still held when the subscriber joined. */
	| { readonly type: 'done'; readonly begin: number; readonly delivered: number; readonly lost: number };

export function eventReport(event: ChannelEvent): EventReport {
	const about = 'peer' in event ? event.peer.pid : undefined;
	const count = event.type === 'lost' ? event.count : 0;
	return { type: 'event', event: event.type, about, count, details: detailsOf(event) };
}

function detailsOf(event: ChannelEvent): string {
	switch (event.type) {
		case 'disconnect':
			return event.reason;
		case 'error':
			return `${event.error.code}: ${event.error.message}`;
		default:
			return '';
	}
}
