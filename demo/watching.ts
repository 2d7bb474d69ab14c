/** What is said between the demo and the processes of its second part. */
import type { ChannelEvent } from 'ringwire';
import type { PipelineName } from './pipelines.js';

/** The next thing that the publisher is told, whatever it is, makes it end. */
export interface PublisherTask {
	readonly perSecond: number;
	/** How many messages the lane holds; the slower a subscriber, the sooner it is overtaken. */
	readonly depth: number;
	/** Subscribers to wait for before the first message. */
	readonly subscribers: number;
}

export interface SubscriberTask {
	readonly pipeline: PipelineName;
	/** What it does with each message takes so long. 0: as fast as it can. */
	readonly microsPerMessage: number;
}

/** An event as text, because it goes to another process. */
export interface EventSaid {
	readonly type: 'event';
	readonly event: ChannelEvent['type'];
	/** The pid of the peer that it is about, if it is about one. */
	readonly about: number | undefined;
	readonly details: string;
}

export type PublisherSays =
	| EventSaid
	| { readonly type: 'open' }
	| { readonly type: 'done'; readonly published: number };

export type SubscriberSays =
	| EventSaid
	| { readonly type: 'open' }
	| { readonly type: 'view'; readonly text: string }
	/** `begin`: the number of the first message that it could get; it joined when those before it were gone. */
	| { readonly type: 'done'; readonly begin: number; readonly delivered: number; readonly lost: number };

export function eventSaid(event: ChannelEvent): EventSaid {
	const about = 'peer' in event ? event.peer.pid : undefined;
	return { type: 'event', event: event.type, about, details: detailsOf(event) };
}

function detailsOf(event: ChannelEvent): string {
	switch (event.type) {
		case 'disconnect':
			return event.reason;
		case 'lost':
			return `${event.count.toLocaleString('en-US')} messages`;
		case 'error':
			return `${event.error.code}: ${event.error.message}`;
		default:
			return '';
	}
}
