import { letGo, type MessageLease } from '../reader/lease.js';
import { leaseSource } from '../reader/lease-source.js';
import { type MessageSource, messageSource } from '../reader/message-source.js';
import type { ChannelReader } from '../reader/reader.js';
import type { MulticasterOptions } from './multicaster-options.js';

/** The messages of a Reader in one of their forms. */
export interface Flow<T> extends Pick<MulticasterOptions<unknown>, 'onDecodeError' | 'signal'> {
	/** The Reader that was given. */
	readonly given: ChannelReader<unknown> | undefined;
	/** Whether the Reader is closed with the last subscriber. */
	readonly closes: boolean;
	/** Returns the given Reader, or opens one. Throws as `openReader` does. */
	acquire(): { readonly reader: ChannelReader<unknown>; readonly source: MessageSource<T> };
	/** Called when `next` of every subscriber has returned. Undefined: there is nothing to do. */
	readonly delivered: ((message: T) => void) | undefined;
}

export function messagesOf<T>({ source, onDecodeError, signal }: MulticasterOptions<T>): Flow<T> {
	const acquire = () => {
		const reader = source.acquire();
		return { reader, source: reader[messageSource] };
	};
	return { given: source.given, closes: source.closes, acquire, onDecodeError, signal, delivered: undefined };
}

/** Messages as leases. `delivered` releases those that are not kept, unless the Observable does it later. */
export function leasesOf<T>(
	{ source, onDecodeError, signal }: MulticasterOptions<T>,
	delivered: ((lease: MessageLease<T>) => void) | undefined,
): Flow<MessageLease<T>> {
	const acquire = () => {
		const reader = source.acquire();
		return { reader, source: reader[leaseSource] };
	};
	return { given: source.given, closes: source.closes, acquire, onDecodeError, signal, delivered };
}

export function releaseUnlessKept(lease: MessageLease<unknown>): void {
	lease[letGo]();
}
