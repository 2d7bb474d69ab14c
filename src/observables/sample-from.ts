import { from, interval, Observable, type ObservableInput, share } from 'rxjs';
import { checkInteger, checkObject } from '../base/check.js';
import type { RingwireError } from '../base/errors.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Channel } from '../definition/channel.js';
import type { Waiter } from '../reader/message-source.js';
import { type MessageSource, messageSource, type Nothing, nothing } from '../reader/message-source.js';
import type { ChannelReader } from '../reader/reader.js';
import type { Reader } from '../reader/types.js';
import type { FromChannelOptions } from './from-channel.js';
import { closedUnder } from './multicaster.js';
import { multicasterOptions, newestLast } from './multicaster-options.js';

/** When to look: whenever the notifier emits, or every so many milliseconds, 1 to 2^31 - 1. */
export type SampleTimes = ObservableInput<unknown> | { readonly everyMs: number };

/**
 * At each tick the newest message that came since the tick before, and nothing if none came. With the policies `latest` and `drop-oldest` nobody looks into
 * the ring between two ticks, so a fast writer costs nothing; with `block` and `drop-newest` it is drained as the messages come, so that no
 * writer has to wait for a tick. Messages passed over are not decoded for the most part, and count as read.
 *
 * Hot: one Reader and one notifier for all subscribers, from the first to the last of them. The Reader of a Channel has `order: 'time'`, by
 * which the newest of several writers is the one written last, unless the options say otherwise. The first tick may give what was there
 * before, unless they say `from: 'newest'`.
 *
 * - When it waits: it never does.
 * - At the end: completes at the first tick that finds the channel at its end and nothing more in it; and when the notifier completes, as there will be
 *   no tick any more.
 * - On error: what `fromChannel` fails with, at the next tick at the latest; what the notifier fails with.
 * - On unsubscribe: the notifier is unsubscribed, and a Reader that it opened closes.
 */
export function sampleFrom<T>(
	source: Channel<never, T> | Reader<T>,
	times: SampleTimes,
	options?: FromChannelOptions,
): Observable<T> {
	const ticks = ticksOf(times);
	const { open, closesReader, onDecodeError } = multicasterOptions(source, newestLast(source, options, 'sampleFrom'));
	const samples = new Observable<T>((subscriber) => {
		const reader = open();
		if (closesReader) subscriber.add(() => reader[Symbol.dispose]());
		const sampler = new Sampler(reader, onDecodeError, (error) => subscriber.error(error));
		subscriber.add(() => sampler.stop());
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

/** The newest message since somebody took one. */
class Sampler<T> {
	readonly #reader: ChannelReader<T>;
	readonly #source: MessageSource<T>;
	readonly #onDecodeError: 'event' | 'error';
	readonly #failed: (error: unknown) => void;
	readonly #waiter: Waiter;
	/** For who finds it closed: then a wait is over at once. */
	readonly #closed: Waiter;
	/** Aborted: stopped. A listener can do that while it looks. */
	readonly #interest = { aborted: false };
	#newest: T | Nothing = nothing;

	constructor(reader: ChannelReader<T>, onDecodeError: 'event' | 'error', failed: (error: unknown) => void) {
		this.#reader = reader;
		this.#source = reader[messageSource];
		this.#onDecodeError = onDecodeError;
		this.#failed = failed;
		this.#waiter = {
			settle: (readiness) => {
				if (readiness === 'readable') this.#drain();
			},
			fail: failed,
		};
		this.#closed = { settle: () => failed(closedUnder(reader)), fail: failed };
		const { overflow } = reader.channel;
		if (overflow === 'block' || overflow === 'drop-newest') this.#wait();
	}

	get ended(): boolean {
		return this.#source.ending === 'ended';
	}

	take(): T | Nothing {
		this.#look();
		const sample = this.#newest;
		this.#newest = nothing;
		if (sample !== nothing) return sample;
		if (this.#source.ending === 'closed') this.#source.wait(this.#closed);
		else if (this.#source.failure !== undefined) this.#failed(this.#source.failure);
		return nothing;
	}

	stop(): void {
		this.#interest.aborted = true;
		this.#source.cancel(this.#waiter);
	}

	/** What is read here gives its room back to the writers. */
	#drain(): void {
		this.#look();
		this.#wait();
	}

	#look(): void {
		const message = this.#source.newest(this.#undecodable, this.#interest);
		if (message !== nothing) this.#newest = message;
	}

	readonly #undecodable = (error: RingwireError): void => {
		if (this.#onDecodeError === 'event') this.#reader.report(error);
		else this.#failed(error);
	};

	#wait(): void {
		try {
			if (!this.#interest.aborted && this.#source.ending === undefined) this.#source.wait(this.#waiter);
		} catch (busy) {
			this.#failed(busy);
		}
	}
}

function ticksOf(times: SampleTimes): Observable<unknown> {
	if (typeof times === 'object' && times !== null && 'everyMs' in times) {
		const { everyMs } = checkObject('times', times, { everyMs: true });
		return interval(checkInteger('everyMs', everyMs, { min: 1, max: 2 ** 31 - 1, unit: 'milliseconds' }));
	}
	try {
		return from(times);
	} catch (cause) {
		const allowed = 'must be { everyMs }, or what RxJS can subscribe to';
		throw new TypeError(`times: got ${describeValue(times)}, ${allowed}`, { cause });
	}
}
