import { RingwireError } from '../base/errors.js';
import { isRefusal } from '../endpoint/refusal.js';
import type { Handle } from '../endpoint/types.js';
import type { Progress } from './progress.js';

/**
 * A refused link calls `fail`, which ends the command, as long as no peer has connected. Later, and without `fail`, it is a
 * note. Returns whether an error is such a note, with which a call on the handle may reject as well.
 */
export function watchRefusals(
	handle: Handle,
	progress: Progress,
	fail: ((error: RingwireError) => void) | undefined,
): (error: unknown) => boolean {
	let connected = false;
	handle.once('connect', () => {
		connected = true;
	});
	handle.on('error', ({ error }) => {
		if (fail !== undefined && isRefusal(error) && !connected) fail(error);
		else progress.note(`${error.message} (${error.code})`);
	});
	return (error) => error instanceof RingwireError && isRefusal(error) && (connected || fail === undefined);
}
