import { AsyncIterableX } from 'ix/asynciterable';
import { type HandleSource, readerSource } from '../adapter/acquire.js';
import { checkSignal } from '../base/abort.js';
import { checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import type { ChannelReader } from '../reader/reader.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import { readerKeys } from '../reader/types.js';

/** The options of `openReader` apply to the Readers that are opened for a Channel. With a given Reader only `signal` may be present. */
export interface IterableFromOptions extends ReaderOptions {
	/** For a given Reader only. True: it stays open when an iteration is left. False (default): it is closed then, as by its own iterator. */
	readonly keepOpen?: boolean | undefined;
	/** Aborting it makes every iteration reject with `signal.reason`, also one that waits, and closes the Reader unless `keepOpen` is true. */
	readonly signal?: AbortSignal | undefined;
}

const iterableFromKeys: KeysOf<IterableFromOptions> = { ...readerKeys, keepOpen: true };

/**
 * The messages of a channel as an AsyncIterableX of IxJS, for its operators. Every iteration of a Channel opens a Reader of its own and closes it again. A
 * given Reader allows one iteration at a time. The iterator is that of the Reader itself.
 *
 * - When it waits: `next` waits while the ring is empty. The event loop gets a turn after 1024 messages or 1 MiB without a pause.
 * - When full: a message leaves the ring when it is asked for. A slow loop is therefore backpressure, and the channel's overflow policy acts on
 *   the writers.
 * - At the end: the iteration finishes when the Reader has reached its end (`until`) and everything is delivered, and when other code closes the
 *   Reader.
 * - On error: `next` rejects with DECODE; with PEER_DIED if the options have `onPeerDeath: 'error'`; with MISMATCH, VERSION, ACCESS or LIMIT, once,
 *   when a link was refused and no other peer is connected or connecting (an event only with `until: 'closed'`); with `signal.reason`; with BUSY when
 *   another call reads. After any of them except BUSY the iteration is over.
 * - When it is left: `break`, `return()`, `throw()`, an exception in the loop, and an abort close the Reader at once, also while `next` waits. The
 *   operators of ix are async generators, whose `return()` waits for the message that they wait for. To leave a pipeline from outside, pass a
 *   signal, here or with `withAbort`.
 * - Kept under concurrency: the order of one writer's messages.
 *
 * Throws TypeError and RangeError for its arguments. An iteration throws as `openReader` does when it begins.
 */
export function iterableFrom<T>(
	source: Channel<never, T> | Reader<T>,
	options?: IterableFromOptions,
): AsyncIterableX<T> {
	const { keepOpen, signal, ...readerOptions } = checkOptions('options', options, iterableFromKeys);
	checkSignal('signal', signal);
	return new ChannelIterable(readerSource(source, readerOptions, keepOpen), signal);
}

class ChannelIterable<T> extends AsyncIterableX<T> {
	readonly #source: HandleSource<ChannelReader<T>>;
	readonly #signal: AbortSignal | undefined;

	constructor(source: HandleSource<ChannelReader<T>>, signal: AbortSignal | undefined) {
		super();
		this.#source = source;
		this.#signal = signal;
	}

	/** ix passes `signal` to abort an iteration, see its `withAbort`. */
	override [Symbol.asyncIterator](signal?: AbortSignal): AsyncIterableIterator<T> {
		const signals = [this.#signal, signal].filter((candidate) => candidate !== undefined);
		return this.#source.acquire().iterateUntil(signals, !this.#source.closes);
	}
}
