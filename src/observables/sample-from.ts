import { from, interval, Observable, type ObservableInput, share } from 'rxjs';
import { onAbort } from '../base/abort.js';
import { checkInteger, checkObject, timerMax } from '../base/check.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Channel } from '../definition/channel.js';
import { nothing } from '../reader/message-source.js';
import type { Reader } from '../reader/types.js';
import { type FromChannelOptions, newestLastOptions } from './multicaster-options.js';
import { Sampler } from './sampler.js';

/** The ticks of `sampleFrom`: every emission of a notifier, or an interval of 1 to 2^31 - 1 milliseconds. */
export type SampleTimes = ObservableInput<unknown> | { readonly everyMs: number };

/**
 * At each tick the newest message since the tick before; nothing if there is none. With the policies `latest` and `drop-oldest` the ring is not
 * read between two ticks, so a fast writer costs nothing. With `block` and `drop-newest` it is read as the messages come, so that no writer
 * waits for a tick. Most messages that are passed over are not decoded; they count as read.
 *
 * It is hot: all subscribers share one Reader and one notifier, from the first subscription to the last unsubscription. The Readers of a
 * Channel have `order: 'time'` unless the options state otherwise, so that the newest message of several writers is the one that was written
 * last. The first tick may emit a message that was there before, unless the options have `from: 'newest'`.
 *
 * - When it waits: never.
 * - When full: see above.
 * - At the end: completes at the first tick that finds the Reader at its end and no message; and when the notifier completes, because there will be
 *   no tick any more.
 * - On error: as `fromChannel`, at the next tick at the latest; and as the notifier.
 * - On unsubscribe: the notifier is unsubscribed, and the Reader is closed, a given one unless `keepOpen` is true.
 * - Kept under concurrency: the samples of one writer never go backwards.
 *
 * Throws TypeError and RangeError for its arguments.
 */
export function sampleFrom<T>(
	source: Channel<never, T> | Reader<T>,
	times: SampleTimes,
	options?: FromChannelOptions,
): Observable<T> {
	const ticks = ticksOf(times);
	const checked = newestLastOptions(source, options, 'sampleFrom');
	const { signal } = checked;
	const samples = new Observable<T>((subscriber) => {
		const sampler = new Sampler(checked, (error) => subscriber.error(error));
		subscriber.add(() => sampler.stop());
		subscriber.add(onAbort(signal, () => subscriber.error(signal?.reason)));
		if (subscriber.closed) return;
		const tick = () => {
			const sample = sampler.take();
			if (sample !== nothing) subscriber.next(sample);
			else if (sampler.ended) subscriber.complete();
		};
		subscriber.add(
			ticks.subscribe({
				next: tick,
				error: (error) => subscriber.error(error),
				complete: () => subscriber.complete(),
			}),
		);
	});
	return samples.pipe(share());
}

function ticksOf(times: SampleTimes): Observable<unknown> {
	if (typeof times === 'object' && times !== null && 'everyMs' in times) {
		const { everyMs } = checkObject('times', times, { everyMs: true });
		return interval(checkInteger('everyMs', everyMs, { min: 1, max: timerMax, unit: 'milliseconds' }));
	}
	try {
		return from(times);
	} catch (cause) {
		const allowed = 'must be { everyMs } or an Observable, Promise or iterable';
		throw new TypeError(`times: got ${describeValue(times)}, ${allowed}`, { cause });
	}
}
