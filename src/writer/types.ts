import type { Waiting } from '../base/abort.js';
import type { BlockingOptions } from '../base/blocking-wait.js';
import type { KeysOf } from '../base/check.js';
import type { TypedEmitter } from '../base/emitter.js';
import type { WriterEvent } from '../endpoint/events.js';
import type { Endpoint } from '../endpoint/types.js';

/** The options of every function that opens a writer. The sizes override those of the channel; other endpoints may have others. */
export interface WriterOptions {
	/** Payload bytes of the lane: a power of two from 64 KiB to 1 GiB. Default: that of the channel. */
	readonly capacity?: number | undefined;
	/** The number of messages that the lane holds at most: a power of two from 2 to 2^20. Default: that of the channel. */
	readonly depth?: number | undefined;
	/**
	 * The largest message in bytes: 1 to `capacity / 2`. Default: that of the channel, or half of `capacity` if that of the
	 * channel is half of its own.
	 */
	readonly messageMax?: number | undefined;
	/** Aborting it closes the writer at once. Calls that wait then reject with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

export const writerKeys: KeysOf<WriterOptions> = { capacity: true, depth: true, messageMax: true, signal: true };

/** The result of `writer.close`. */
export interface CloseReport {
	/**
	 * Messages that the slowest reader that holds back had not read when the writer left. Without such a reader: messages that
	 * no reader had read.
	 */
	readonly unread: number;
	/** Readers that have the lane mapped and read on. If there is one, nothing that was published is lost. */
	readonly readers: number;
}

/**
 * Writes messages to all readers of a channel. All calls that write throw or reject BUSY while the writer's own codec encodes
 * a message.
 */
export interface Writer<T> extends Endpoint, TypedEmitter<WriterEvent> {
	/** The largest message in bytes that could be written now; 0 when closed. Only this writer makes it smaller. */
	readonly free: number;
	/**
	 * Publishes the message and returns true. Never waits: returns false if there is no room. The message was then not written
	 * (`block`), or dropped and counted (`drop-newest`); if `space` has a listener, one `space` event follows when there is
	 * room for it. Also returns false while a `write` waits, which gets the room first. Throws CLOSED, and ENCODE and
	 * TOO_LARGE, after which the writer stays usable.
	 */
	tryWrite(message: T): boolean;
	/**
	 * Publishes the messages in order and returns how many were accepted. Never waits. With `block` the accepted messages are
	 * the first ones. Messages of up to 2 KiB are published together, with at most one doorbell for each 64 KiB; larger
	 * messages are published one by one. Throws as `tryWrite` does, after the messages before the faulty one were published:
	 * `accepted` of the error is their number.
	 */
	tryWriteBatch(messages: readonly T[]): number;
	/**
	 * Publishes the message. With `block` it waits for room if there is none: until the message fits and a quarter of the bytes
	 * and half of the messages of the lane are free, so that not every message costs a wake-up. With another policy it never
	 * waits; a dropped message resolves too. Do not change the bytes of a message before the promise is settled.
	 *
	 * One `write` may wait at a time; a second one rejects with BUSY. Rejects with `signal.reason`, and the message was not
	 * written then; with MISMATCH, VERSION, ACCESS or LIMIT, once, when a reader was refused and no other one is connected or
	 * connecting; and with the errors of `tryWrite`. After 1024 messages or 1 MiB without a pause it resolves one turn of the
	 * event loop later, so that timers and sockets are served.
	 */
	write(message: T, options?: Waiting): Promise<void>;
	/**
	 * As `write`, but blocks the thread: a reader on the same thread cannot make room meanwhile. All handles of the thread
	 * serve their links; no code runs but the listeners of this writer. The termination of the worker ends the call within
	 * 100 ms. Throws TIMEOUT if there was no room in time, and BUSY while a `write` waits.
	 */
	writeSync(message: T, options?: BlockingOptions): void;
	/**
	 * Resolves when every reader that holds back has read everything written so far. Without such a reader it waits for the
	 * first one. Resolves at once if nothing was written, and with the policies that hold nothing back. Rejects with
	 * `signal.reason` and CLOSED.
	 */
	flush(options?: Waiting): Promise<void>;
	/**
	 * Ends the messages of this writer: a reader ends when all its writers have ended and it has read everything, see `Until`.
	 * A `write` that waits rejects with CLOSED, as every later one does. The handle stays open until `close()`. Idempotent;
	 * does nothing on a closed writer.
	 */
	end(): void;
	/**
	 * Leaves the channel, without `end()`. Waits until every reader that holds back has read everything, and without such a
	 * reader for the first one, for at most `lingerMs`: an integer from 0 to 2^31 - 1, default 1000 with `block`, otherwise 0.
	 * Resolves with a report of the messages that were not read. Connected readers still read them; without a reader they are
	 * gone. A `write` that waits rejects with CLOSED. Idempotent: later calls return the result of the first.
	 */
	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport>;
}
