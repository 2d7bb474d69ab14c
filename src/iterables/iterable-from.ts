import { AsyncIterableX } from 'ix/asynciterable';
import { readerOrChannel } from '../adapter/acquire.js';
import { checkSignal } from '../base/abort.js';
import { checkBoolean, checkOptions, type KeysOf } from '../base/check.js';
import type { Channel } from '../definition/channel.js';
import { ChannelReader } from '../reader/reader.js';
import type { Reader, ReaderOptions } from '../reader/types.js';
import { readerKeys } from '../reader/types.js';

/** The options of `openReader` are for the Readers that it opens of a Channel. */
export interface IterableFromOptions extends ReaderOptions {
	/** Only for a Reader that was given. True (default): it is closed when an iteration is left, as with the Reader's own iterator. */
	readonly closeReader?: boolean | undefined;
	/** Aborting it makes every iteration reject with `signal.reason`, also one that waits. */
	readonly signal?: AbortSignal | undefined;
}

const iterableFromKeys: KeysOf<IterableFromOptions> = { ...readerKeys, closeReader: true };

/**
 * The messages of a channel as an AsyncIterableX of IxJS, for its operators. Every iteration of a Channel opens a Reader of its own and closes it again; a Reader
 * that was given is iterated itself, by one iteration at a time. The iterator is the Reader's own, without anything in between.
 *
 * - When it waits: `next` does while there is nothing in the ring. After 1024 messages or 1 MiB without a pause the event loop gets a turn.
 * - When full: a message leaves the ring when it is asked for, so a slow loop is backpressure, and the channel's overflow policy acts on the writers.
 * - At the end: the iteration finishes when every writer that was met has ended and all is delivered, and when somebody closed the Reader.
 * - On error: `next` rejects with DECODE; with PEER_DIED if that was asked for by `onPeerDeath: 'error'`; with MISMATCH, VERSION, ACCESS or LIMIT when the
 *   Reader of a Channel finds nobody, and its link to somebody was refused; with BUSY when somebody else reads. After any of them but BUSY the iteration is over.
 * - When it is left: `break`, `return()`, `throw()`, an exception in the loop, and abort close the Reader at once, also while `next` waits. The operators of
 *   ix are async generators, whose `return()` waits for the message that they wait for: to leave a pipeline from outside give it a signal, here or
 *   with `withAbort`.
 * - What concurrency cannot change: the order of one writer's messages.
 *
 * Throws TypeError and RangeError for its arguments; what `openReader` throws is thrown at the beginning of an iteration.
 */
export function iterableFrom<T>(
	source: Channel<never, T> | Reader<T>,
	options?: IterableFromOptions,
): AsyncIterableX<T> {
	const { closeReader = true, signal, ...readerOptions } = checkOptions('options', options, iterableFromKeys);
	checkBoolean('closeReader', closeReader);
	checkSignal('signal', signal);
	return new ChannelIterable(readerOrChannel(source, readerOptions), readerOptions, !closeReader, signal);
}

class ChannelIterable<T> extends AsyncIterableX<T> {
	readonly #source: ChannelReader<T> | Channel<never, T>;
	readonly #readerOptions: ReaderOptions;
	readonly #keepOpen: boolean;
	readonly #signal: AbortSignal | undefined;

	constructor(
		source: ChannelReader<T> | Channel<never, T>,
		readerOptions: ReaderOptions,
		keepOpen: boolean,
		signal: AbortSignal | undefined,
	) {
		super();
		this.#source = source;
		this.#readerOptions = readerOptions;
		this.#keepOpen = keepOpen;
		this.#signal = signal;
	}

	/** `signal` is how ix aborts an iteration, see its `withAbort`. */
	override [Symbol.asyncIterator](signal?: AbortSignal): AsyncIterableIterator<T> {
		const signals = [this.#signal, signal].filter((candidate) => candidate !== undefined);
		const options = signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
		if (this.#source instanceof ChannelReader)
			return this.#source.iterate({ ...options, keepOpen: this.#keepOpen });
		return new ChannelReader(this.#source, this.#readerOptions).iterate(options);
	}
}
