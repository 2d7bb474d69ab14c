/** Who listens to a signal. One listener of ours is enough for all: Node warns of a leak where there are many. */
const listenersTo = new WeakMap<AbortSignal, Set<() => void>>();
const fanOuts = new WeakMap<AbortSignal, () => void>();

/**
 * Calls `listener` when the signal aborts, at most once. The answer takes it back; call it as soon as nobody waits any
 * more.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
	if (signal === undefined) return nothingToDo;
	const own = () => listener(); // the same function may be given twice
	const listeners = listenersTo.get(signal) ?? listenTo(signal);
	listeners.add(own);
	return () => {
		if (!listeners.delete(own) || listeners.size > 0) return;
		const fanOut = fanOuts.get(signal);
		if (fanOut !== undefined) signal.removeEventListener('abort', fanOut);
		listenersTo.delete(signal);
	};
}

function listenTo(signal: AbortSignal): Set<() => void> {
	const listeners = new Set<() => void>();
	const fanOut = () => {
		listenersTo.delete(signal);
		for (const listener of [...listeners]) if (listeners.delete(listener)) listener();
	};
	listenersTo.set(signal, listeners);
	fanOuts.set(signal, fanOut);
	signal.addEventListener('abort', fanOut, { once: true });
	return listeners;
}

function nothingToDo(): void {}
