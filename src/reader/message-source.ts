import type { RingwireError } from '../base/errors.js';
import type { Ending } from './lifecycle.js';

/** `reader[messageSource]` is the MessageSource of a Reader. For adapters inside this package. */
export const messageSource: unique symbol = Symbol.for('ringwire 0.1 messageSource');

/** Returned instead of a message; a message may itself be undefined. */
export const nothing: unique symbol = Symbol.for('ringwire 0.1 nothing');
export type Nothing = typeof nothing;

/** Set while a message is being looked for, when the consumer no longer takes it: a listener that runs meanwhile may stop it. */
export interface CancelFlag {
	readonly aborted: boolean;
}

/** Waits for messages. Exactly one of the methods is called, once for each `wait`. */
export interface Waiter {
	/** `readable`: `next` may return a message now; if it does not, wait again. */
	settle(readiness: 'readable' | Ending): void;
	fail(reason: unknown): void;
}

/**
 * The messages of a Reader, as an adapter takes them, without a promise for each:
 *
 *     const source = reader[messageSource];
 *     for (;;) {
 *       for (let message = source.next(); message !== nothing; message = source.next()) deliver(message);
 *       if ((await source.whenReadable(signal)) !== 'readable') break;
 *     }
 */
export interface MessageSource<T> {
	/** Why there will be no message any more; undefined as long as there may be. */
	readonly ending: Ending | undefined;
	/** The error that reads fail with once everything has been delivered. */
	readonly failure: Error | undefined;
	/** Whether a shutdown has ended the channel, or is about to. */
	readonly isShutDown: boolean;
	/** True while a call waits or the codec runs: `wait` throws BUSY. */
	readonly busy: boolean;
	/**
	 * The next message. `nothing`: there is none now, the budget of this turn of the event loop is spent, or `cancel` was set;
	 * `wait` distinguishes these. Listeners to events that come before the message run first. Throws DECODE for a message that
	 * cannot be decoded: that one is gone, and the next call goes on.
	 */
	next(cancel?: CancelFlag): T | Nothing;
	/**
	 * The newest message that there is when it is called; messages before it count as delivered, and most are not decoded.
	 * Bounded: messages written meanwhile are left for the next call. Of several writers, the newest message is the last in
	 * the reader's order. Has no budget. Never throws: `undecodable` is called for each message that cannot be decoded, and
	 * the one before it is the newest then. Returns `nothing` while the reader's codec decodes.
	 */
	newest(undecodable: (error: RingwireError) => void, cancel?: CancelFlag): T | Nothing;
	/** Settles the waiter when `next` may return something, or at the end; synchronously if it has ended. Throws BUSY if a call waits. */
	wait(waiter: Waiter): void;
	/** Takes back `wait`. Does nothing if the waiter does not wait. */
	cancel(waiter: Waiter): void;
	/** Promise version of `wait`. Rejects also with `signal.reason` and BUSY. */
	whenReadable(signal?: AbortSignal): Promise<'readable' | Ending>;
}
