import type { Observable } from 'rxjs';
import { checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import type { Lease } from '../reader/lease.js';
import type { Reader } from '../reader/types.js';
import { ChannelObservable } from './channel-observable.js';
import { leasesOf, releaseUnlessKept } from './flow.js';
import { Multicaster } from './multicaster.js';
import { type FromChannelOptions, fromChannelKeys, multicasterOptions } from './multicaster-options.js';

export type LeasesFromOptions = Omit<FromChannelOptions, 'onDecodeError'>;

const { onDecodeError: _, ...leasesFromKeys }: KeysOf<FromChannelOptions> = fromChannelKeys;

/**
 * The messages of a channel as leases: large ones are not copied. A lease ends when `next` of every subscriber has returned, unless one of them has
 * called its `keep()`; then it ends by `release()`.
 *
 * - When it waits, when full, on unsubscribe, kept under concurrency: as `fromChannel`. A lease that is kept holds its writer back.
 * - At the end: completes as `fromChannel`. Kept leases stay as they are then. When the last subscriber leaves earlier, the Reader closes, which ends
 *   kept leases, unless `keepOpen` is true.
 * - On error: as `fromChannel`, and with LIMIT when the Reader has 1024 open leases. `lease.message` throws DECODE; the Observable goes on if
 *   the subscriber catches it.
 *
 * `channelEvents(observable)` emits the events of its Readers. Throws TypeError and RangeError for its arguments.
 */
export function leasesFrom<T>(
	source: Channel<never, T> | Reader<T>,
	options?: LeasesFromOptions,
): Observable<Lease<T>> {
	const checked = multicasterOptions(source, checkOptions('options', options, leasesFromKeys));
	return new ChannelObservable(new Multicaster(leasesOf(checked, releaseUnlessKept)));
}
