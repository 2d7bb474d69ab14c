import { reasonOf } from '../base/errors.js';

/** An Error for any reason: a stream is destroyed with Errors, and the reason of a signal may be anything. */
export function asError(reason: unknown): Error {
	return reason instanceof Error ? reason : new Error(reasonOf(reason), { cause: reason });
}

/** The error of Node for a write to a stream that has been destroyed without a reason. */
export function streamDestroyed(): Error {
	return Object.assign(new Error('Cannot call write after a stream was destroyed'), { code: 'ERR_STREAM_DESTROYED' });
}
