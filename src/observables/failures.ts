import { setTimeout } from 'node:timers';
import { config } from 'rxjs';
import { channelError, type RingwireError } from '../base/errors.js';
import type { Handle } from '../endpoint/types.js';

/** The error of an Observable whose handle was closed by other code. */
export function closedUnder({ name }: Handle, role: 'reader' | 'writer'): RingwireError {
	return channelError('ERR_RINGWIRE_CLOSED', name, `the ${role} was closed under its Observable`);
}

/**
 * Does with an exception what RxJS does with one that no subscriber gets: calls `config.onUnhandledError`, or else makes it an
 * uncaught exception. Both happen later, from a timer.
 */
export function reportUnhandled(exception: unknown): void {
	setTimeout(() => {
		if (config.onUnhandledError === null) throw exception;
		config.onUnhandledError(exception);
	});
}
