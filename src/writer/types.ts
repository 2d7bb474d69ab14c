import type { Waiting } from '../base/abort.js';
import type { BlockingOptions } from '../base/blocking-wait.js';
import type { KeysOf } from '../base/check.js';
import type { TypedEmitter } from '../base/emitter.js';
import type { StructFields } from '../codecs/struct/description.js';
import type { Struct } from '../codecs/struct/struct.js';
import type { WriterEvent } from '../endpoint/events.js';
import type { Endpoint } from '../endpoint/types.js';
import type { Loan, StructLoan } from './loan.js';
import type { Pool } from './pool.js';

/** The options of every function that opens a writer. The sizes override those of the channel; other endpoints may have others. */
export interface WriterOptions {
	/**
	 * Payload bytes of the lane: a power of two from 64 KiB to 1 GiB. `capacity`, `depth` and `messageMax` replace those of the
	 * channel. They concern only this writer's lane, and need not be the same in every process.
	 */
	readonly capacity?: number | undefined;
	/** The largest number of messages in the lane: a power of two from 2 to 2^20. */
	readonly depth?: number | undefined;
	/**
	 * The largest message in bytes: 1 to `capacity / 2`. Default: that of the channel, or half of `capacity` if that of the
	 * channel is half of its capacity.
	 */
	readonly messageMax?: number | undefined;
	/** Its loans are in this pool, any number of them, and not in the lane. */
	readonly pool?: Pool | undefined;
	/** Aborting it closes the writer at once. Calls that wait reject with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

export const writerKeys: KeysOf<WriterOptions> = {
	capacity: true,
	depth: true,
	messageMax: true,
	pool: true,
	signal: true,
};

export interface CloseReport {
	/**
	 * Messages that the slowest reader that holds back had not read when the writer left; without such a reader, messages that
	 * were kept for the first one. 0 if the policy holds nothing back.
	 */
	readonly unread: number;
	/**
	 * Connected readers, lossy ones included. Each has mapped the lane and can read the rest of it without the writer. 0: the
	 * unread messages are lost.
	 */
	readonly readers: number;
}

/**
 * The writing end of a channel. The codec must not write to its own writer or flush it: such calls are BUSY while it encodes.
 * `end`, `close`, `shutdown`, disposal and an abort of the signal take effect when it has returned, and its message is not
 * written.
 */
export interface Writer<T> extends Endpoint, TypedEmitter<WriterEvent> {
	/** The largest message in bytes that fits now; 0 when closed. Only this writer makes it smaller. */
	readonly free: number;
	/**
	 * Publishes the message and returns true. Never waits. Returns false if there is no room: the message was not written
	 * (`block`), or was dropped and counted (`drop-newest`). If `space` has a listener, one event follows when the message would
	 * fit. Also returns false while a `write` waits, or a `loan` without a pool, because the next room is for that one. Throws ENCODE, TOO_LARGE
	 * and, until the first reader comes, LIMIT for a lack of memory, after which the writer can still be used, and CLOSED.
	 */
	tryWrite(message: T): boolean;
	/**
	 * Publishes messages in order. Never waits. Returns how many were accepted; with `block` these are the first ones of the
	 * array. Messages of up to 2 KiB share one publication and at most one doorbell for every 64 KiB; each larger message has its
	 * own. Throws as `tryWrite`: everything before the message that failed has been published, and `accepted` of the error is
	 * the number of accepted messages.
	 */
	tryWriteBatch(messages: readonly T[]): number;
	/**
	 * Publishes the message. With `block` it waits for room. Once it waits, it also waits until a quarter of the bytes and half
	 * of the messages are free, so that one wake-up serves many messages. With any other policy it does not wait for room, and
	 * resolves for a dropped message too. Do not change bytes that were passed in before the promise has settled. After 1024
	 * messages or 1 MiB without a pause the promise resolves one turn of the event loop later.
	 *
	 * Only one `write` may wait at a time: a second one rejects with BUSY. Rejects with `signal.reason` when aborted; the message
	 * was not written then. Rejects with ENCODE, TOO_LARGE, LIMIT and CLOSED as `tryWrite` throws. A write that would wait rejects with
	 * MISMATCH, VERSION, ACCESS or LIMIT, once, when a reader was refused and no other reader is connected or connecting.
	 */
	write(message: T, options?: Waiting): Promise<void>;
	/**
	 * Opens a loan: room for one message of up to `byteLength` bytes, which the caller fills and commits. Never waits. Returns undefined if there
	 * is no room; `space` then follows as for `tryWrite`, and nothing counts as dropped. Without a pool only one loan can be open at a time: a second
	 * one, and every write meanwhile, is BUSY. With a pool any number can, to be committed in any order, and only the `messageMax` of the pool counts.
	 * Throws RangeError, TOO_LARGE, LIMIT and CLOSED.
	 */
	tryLoan(byteLength: number): Loan | undefined;
	/** As `tryLoan`, but waits for room, under every policy. It waits, and rejects, as `write` does. */
	loan(byteLength: number, options?: Waiting): Promise<Loan>;
	/**
	 * As `tryLoan`, for a message that begins with the struct, which is zeroed. `byteLength`: of the whole message, default that of the struct; the
	 * bytes behind it contain anything at first.
	 */
	alloc<F extends StructFields>(struct: Struct<F>, byteLength?: number): StructLoan<F> | undefined;
	/**
	 * Same as `write`, but blocks the thread: readers on the same thread cannot make room meanwhile. All handles of the thread
	 * serve their links during the call, so that it delays no peer. No JavaScript runs except listeners of this writer.
	 * Terminating the worker ends the call within 100 ms. Throws TIMEOUT after `timeoutMs`, and BUSY while a `write` waits.
	 */
	writeSync(message: T, options?: BlockingOptions): void;
	/**
	 * Resolves when every reader that holds back has read everything written so far. Without such a reader it waits for one. A
	 * `lossy` reader does not count. Resolves at once if nothing is unread, and with the policies that hold nothing back. Rejects
	 * with `signal.reason`, with CLOSED, and for a refused reader as `write`.
	 */
	flush(options?: Waiting): Promise<void>;
	/**
	 * Declares that this writer writes no more messages: readers end when they have read everything of all their writers. A
	 * `write` that waits and every later one reject with CLOSED. Does nothing on a writer that has ended or is closed. The handle
	 * stays open until `close()`.
	 */
	end(): void;
	/**
	 * Leaves the channel without ending it. First waits until the readers that hold back have read everything (without such a
	 * reader, for one), for at most `lingerMs`: 0 to 2^31 - 1, default 1000 with `block`, else 0. A `write` that waits rejects
	 * with CLOSED at once. Connected readers still get the unread messages after the writer has left; without a connected reader
	 * these are lost. Idempotent: the first call counts, and later calls return its report.
	 */
	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport>;
}
