import { RingwireError } from '../base/errors.js';
import { isRefusal } from '../endpoint/refusal.js';
import type { Handle } from '../endpoint/types.js';
import type { Progress } from './progress.js';

/**
 * A peer that does not fit is a failure as long as nobody else has come; later it is a note, because the others go on.
 * `fail` ends the command.
 */
export function watchRefusals(handle: Handle, progress: Progress, fail: (error: RingwireError) => void): void {
	let met = false;
	handle.on('connect', () => {
		met = true;
	});
	handle.on('error', ({ error }) => {
		if (!met && isRefusal(error)) fail(error);
		else progress.note(`${error.message} (${error.code})`);
	});
}

/** Waits for a first peer, with `waitMs` only so long. */
export async function firstPeer(handle: Handle, waitMs: number | undefined, signal: AbortSignal): Promise<void> {
	const tooLong = new AbortController();
	const timer =
		waitMs === undefined ? undefined : setTimeout(() => tooLong.abort(nobodyCame(handle, waitMs)), waitMs);
	try {
		await handle.whenConnected(1, { signal: AbortSignal.any([signal, tooLong.signal]) });
	} finally {
		clearTimeout(timer);
	}
}

function nobodyCame({ name }: Handle, waitMs: number): RingwireError {
	const what = `channel "${name}": nobody was at the other side within ${waitMs / 1000} s`;
	return new RingwireError('ERR_RINGWIRE_TIMEOUT', what, { channel: name });
}
