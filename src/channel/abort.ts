/**
 * Calls `listener` when the signal aborts, at most once. The answer takes it back; call it as soon as nobody waits any
 * more.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
	if (signal === undefined) return nothingToDo;
	signal.addEventListener('abort', listener, { once: true });
	return () => signal.removeEventListener('abort', listener);
}

function nothingToDo(): void {}
