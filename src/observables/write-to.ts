import { concat, defer, ignoreElements, Observable, type OperatorFunction, tap } from 'rxjs';
import { writerSource } from '../adapter/acquire.js';
import { checkSignal, onAbort } from '../base/abort.js';
import { checkOneOf, checkOptions, checkTimeout, type KeysOf } from '../base/check.js';
import type { Channel, Overflow } from '../definition/channel.js';
import type { Writer, WriterOptions } from '../writer/types.js';
import { writerKeys } from '../writer/types.js';
import { ObservableWriter } from './observable-writer.js';

/** The options of `openWriter` apply to the Writers that are opened for a Channel. With a given Writer only `signal` may be present. */
export interface WriteToOptions<T> extends WriterOptions {
	/**
	 * The reaction to a full ring with the policy `block`; an Observable cannot be made to wait. `error` (default) fails with
	 * FULL and unsubscribes from the source. `drop` drops the message. `conflate` keeps the newest message, one, until there is room, and
	 * drops the one that it replaces. Must be absent with the other policies: the channel itself decides then.
	 */
	readonly whenFull?: 'error' | 'drop' | 'conflate' | undefined;
	/**
	 * Called with each dropped message and the number of messages dropped so far, this one included; also with those that the policy `drop-newest`
	 * drops. An exception from it fails the Observable. Must be absent where nothing is dropped here: with `whenFull: 'error'`, and with the
	 * policies `drop-oldest` and `latest`, whose readers count losses.
	 */
	readonly onDrop?: ((message: T, count: number) => void) | undefined;
	/** How long the completion waits for a first reader: 0 or more milliseconds, default Infinity. With `keepOpen` it does not wait, and this must be absent. */
	readonly readerTimeoutMs?: number | undefined;
	/** For a given Writer only. True: it is neither ended nor closed. False (default): it is ended on completion, and closed. */
	readonly keepOpen?: boolean | undefined;
	/** Aborting it fails the Observable with `signal.reason`, and closes the Writer unless `keepOpen` is true. */
	readonly signal?: AbortSignal | undefined;
}

const writeToKeys: KeysOf<WriteToOptions<unknown>> = {
	...writerKeys,
	whenFull: true,
	onDrop: true,
	readerTimeoutMs: true,
	keepOpen: true,
};

/**
 * Writes every value of the source to a channel, and emits nothing. Each subscription opens a Writer of the Channel, or uses the given Writer; no
 * other code should write to it meanwhile.
 *
 * - When it waits: each value is written when it comes. There is no queue; at most one message waits (`whenFull: 'conflate'`).
 * - When full: see `whenFull`. Use `createWriteStream` or `await writer.write()` for a source that can wait, such as a stream or an iterator.
 * - At the end: when the source completes, writes the message that still waits. Then, unless `keepOpen` is true, ends the channel, waits until a reader
 *   has the lane mapped or has read it, closes the Writer, and completes. It fails with TIMEOUT after `readerTimeoutMs` without a reader; the
 *   error names the number of unread messages.
 * - On error: fails with FULL, ENCODE, TOO_LARGE; with CLOSED when the channel is shut down or the Writer is closed by other code; with
 *   `signal.reason`; and with MISMATCH, VERSION, ACCESS or LIMIT, once, when a link was refused and no other peer is connected or connecting. After an
 *   error, also of the source, it closes the Writer without ending it: a reader must not take a part for the whole.
 * - On unsubscribe: closes the Writer at once without ending it, unless `keepOpen` is true.
 * - Kept under concurrency: the order of the messages.
 *
 * Throws TypeError and RangeError for its arguments. The Observable fails as `openWriter` throws.
 */
export function writeTo<T>(
	target: Channel<T, unknown> | Writer<T>,
	options?: WriteToOptions<T>,
): OperatorFunction<T, never> {
	const {
		whenFull = 'error',
		onDrop,
		readerTimeoutMs = Number.POSITIVE_INFINITY,
		keepOpen,
		signal,
		...writerOptions
	} = checkOptions('options', options, writeToKeys);
	checkOneOf('whenFull', whenFull, ['error', 'drop', 'conflate']);
	checkTimeout('readerTimeoutMs', readerTimeoutMs);
	if (keepOpen === true && options?.readerTimeoutMs !== undefined) {
		const allowed = 'must be absent with keepOpen: the completion does not wait for a reader then';
		throw new TypeError(`readerTimeoutMs: got ${readerTimeoutMs}, ${allowed}`);
	}
	checkSignal('signal', signal);
	if (onDrop !== undefined && typeof onDrop !== 'function') {
		throw new TypeError(`onDrop: got ${typeof onDrop}, must be a function`);
	}
	const acquirable = writerSource(target, writerOptions, keepOpen);
	checkDrops('overflow' in target ? target.overflow : acquirable.given?.channel.overflow, options);
	const checked = {
		target: acquirable,
		whenFull,
		onDrop,
		readerTimeoutMs,
		signal,
	};
	return (source) =>
		new Observable((subscriber) => {
			const writer = new ObservableWriter<T>(checked, (error) => subscriber.error(error));
			subscriber.add(() => writer.leave());
			subscriber.add(onAbort(signal, () => subscriber.error(signal?.reason)));
			if (subscriber.closed) return;
			const written = source.pipe(tap((message) => writer.write(message)));
			concat(
				written,
				defer(() => writer.end()),
			)
				.pipe(ignoreElements())
				.subscribe(subscriber);
		});
}

/** Refuses options without an effect on this channel. */
function checkDrops<T>(overflow: Overflow | undefined, options: WriteToOptions<T> | undefined): void {
	if (options?.whenFull !== undefined && overflow !== 'block') {
		const allowed = `must be absent on a channel with overflow '${overflow}', which decides itself`;
		throw new TypeError(`whenFull: got '${options.whenFull}', ${allowed}`);
	}
	const drops = overflow === 'block' ? (options?.whenFull ?? 'error') !== 'error' : overflow === 'drop-newest';
	if (options?.onDrop !== undefined && !drops) {
		const reason =
			overflow === 'block'
				? "with whenFull 'error' the Observable fails instead"
				: `on a channel with overflow '${overflow}' the readers count what is lost`;
		throw new TypeError(`onDrop: must be absent, ${reason}`);
	}
}
