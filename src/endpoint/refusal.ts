import type { RingwireError, RingwireErrorCode } from '../base/errors.js';
import type { Handle } from './types.js';

const refusals: readonly RingwireErrorCode[] = [
	'ERR_RINGWIRE_MISMATCH',
	'ERR_RINGWIRE_VERSION',
	'ERR_RINGWIRE_ACCESS',
	'ERR_RINGWIRE_LIMIT',
];

/** Whether it is the error of a link that will not come about by waiting. */
export function isRefusal({ code }: RingwireError): boolean {
	return refusals.includes(code);
}

/**
 * Calls `refused` when a link was refused (`isRefusal`) while nobody is connected: a plain
 * handle waits for somebody better, an adapter whose only report is its own failure must not wait in silence. The
 * answer takes it back.
 */
export function onRefusal(handle: Handle, refused: (error: unknown) => void): () => void {
	const stopping = new AbortController();
	let watching = false;
	const watch = async () => {
		if (watching || handle.peers.length > 0 || stopping.signal.aborted) return;
		watching = true;
		try {
			await handle.whenConnected(1, { signal: stopping.signal });
		} catch (error) {
			if (!stopping.signal.aborted && !handle.closed) refused(error);
		} finally {
			watching = false;
		}
		// Somebody may have come and gone before we were told.
		if (!stopping.signal.aborted && !handle.closed) void watch();
	};
	const watchAgain = () => void watch();
	handle.on('disconnect', watchAgain);
	void watch();
	return () => {
		handle.off('disconnect', watchAgain);
		stopping.abort();
	};
}
