import type { Waiting } from '../base/abort.js';
import type { BlockingOptions } from '../base/blocking-wait.js';
import type { KeysOf } from '../base/check.js';
import type { TypedEmitter } from '../base/emitter.js';
import type { WriterEvent } from '../endpoint/events.js';
import type { Endpoint } from '../endpoint/types.js';

export interface WriterOptions {
	/**
	 * Payload bytes of the lane: a power of two from 64 KiB to 1 GiB, RangeError otherwise. The lane is this writer's own
	 * affair: this and the next two go before what the channel says and need not match others'.
	 */
	readonly capacity?: number | undefined;
	/** Messages that the lane holds at most: a power of two from 2 to 2^20, RangeError otherwise. */
	readonly depth?: number | undefined;
	/**
	 * The largest message in bytes: 1 to `capacity / 2`, RangeError otherwise. Default: that of the channel, or half of the
	 * capacity where the channel's is half of its own.
	 */
	readonly messageMax?: number | undefined;
	/** Aborting it closes the writer at once; what waits then rejects with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

export const writerKeys: KeysOf<WriterOptions> = { capacity: true, depth: true, messageMax: true, signal: true };

export interface CloseReport {
	/** Messages that the slowest holding reader, or with none the first to come, had not read when the writer left. */
	readonly unread: number;
	/**
	 * Readers that have the lane mapped and will still drain it: with more than 0, nothing that was published is lost.
	 */
	readonly readers: number;
}

export interface Writer<T> extends Endpoint, TypedEmitter<WriterEvent> {
	/** The largest message in bytes that could be written now; 0 when closed. Only this writer makes it smaller. */
	readonly free: number;
	/**
	 * Publishes the message and answers true; never waits. False: there is no room, and the message was not written
	 * (`block`), or was dropped and counted (`drop-newest`); then, if somebody listens, one `space` event follows when
	 * there is room for it. Also false while a `write` waits, because the room belongs to that one. Throws ENCODE,
	 * TOO_LARGE (the writer goes on after either) and CLOSED.
	 */
	tryWrite(message: T): boolean;
	/**
	 * Publishes messages in order; never waits. Those of up to 2 KiB have one publication and at most one doorbell for
	 * each 64 KiB of them, larger ones each their own. Answers how many were accepted: with `block` these are the first
	 * so many. Throws as `tryWrite` does, after everything before the faulty message was published; the error's
	 * `accepted` says how many that were. Where the codec ends or closes the writer, that is what had been published
	 * before.
	 */
	tryWriteBatch(messages: readonly T[]): number;
	/**
	 * Publishes the message. With `block` it waits for room: for the message, and once it waits until a quarter of the
	 * bytes and half of the messages are free, so that it is not woken for each one. With any other policy it
	 * never does (a dropped message counts as settled). Do not change bytes given to it before it is settled. After 1024
	 * messages or 1 MiB without a pause it resolves one turn of the event loop later, so that the loop breathes. One
	 * `write` may wait at a time: a second rejects with BUSY. Aborted it rejects with `signal.reason`, and the message was
	 * not written. Rejects with ENCODE, TOO_LARGE and CLOSED as `tryWrite` throws.
	 */
	write(message: T, options?: Waiting): Promise<void>;
	/**
	 * As `write`, blocking the thread: readers on the same thread cannot make room meanwhile. All handles of the thread go
	 * on serving their links, so that nobody who waits for one of them is kept waiting by this call; but no code runs
	 * except listeners to this very writer. Terminating the worker ends the call within 100 ms. Throws TIMEOUT when there
	 * was no room in time, and BUSY while a `write` waits.
	 */
	writeSync(message: T, options?: BlockingOptions): void;
	/**
	 * Resolves when every reader that holds back has read everything written so far; what nobody has read yet waits for a
	 * first reader. Resolves at once when nothing was written, and with the policies that hold nothing back. Rejects with
	 * `signal.reason` and CLOSED.
	 */
	flush(options?: Waiting): Promise<void>;
	/**
	 * Says that nothing will be written any more: readers end when they have drained all their writers. A `write` that
	 * waits is rejected with CLOSED, as is every later one. Idempotent. The handle stays open until `close()`.
	 */
	end(): void;
	/**
	 * Leaves the channel without ending it. Waits until the readers that hold back have read everything, with none for a
	 * first one, at most `lingerMs` (0 to 2^31 - 1; default 1000 with `block`, else 0), and reports what they had not.
	 * Readers that are connected still get that; with none it is gone. A `write` that waits is rejected with CLOSED first.
	 * Idempotent: the first call counts, and later ones answer the same.
	 */
	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport>;
}
