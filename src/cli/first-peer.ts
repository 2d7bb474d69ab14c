import { RingwireError } from '../base/errors.js';
import { isRefusal } from '../endpoint/refusal.js';
import type { Handle } from '../endpoint/types.js';
import type { Progress } from './progress.js';

/**
 * A refused link calls `fail`, which ends the command, as long as no peer has connected. Later, and without `fail`, it is a
 * note.
 */
export function watchRefusals(
	handle: Handle,
	progress: Progress,
	fail: ((error: RingwireError) => void) | undefined,
): void {
	let connected = false;
	handle.once('connect', () => {
		connected = true;
	});
	handle.on('error', ({ error }) => {
		if (fail !== undefined && !connected && isRefusal(error)) fail(error);
		else progress.note(`${error.message} (${error.code})`);
	});
}

/** Waits for a first peer, for at most `waitMs`. */
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
	const what = `channel "${name}": nobody connected within ${waitMs / 1000} s`;
	return new RingwireError('ERR_RINGWIRE_TIMEOUT', what, { channel: name });
}
