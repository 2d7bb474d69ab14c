import { describeValue } from '../codecs/describe-value.js';
import { checkOptions, type KeysOf } from './check.js';

export interface Waiting {
	/** Aborting it rejects with `signal.reason`. */
	readonly signal?: AbortSignal | undefined;
}

export const waitingKeys: KeysOf<Waiting> = { signal: true };

export function checkSignal(option: string, value: unknown): AbortSignal | undefined {
	if (value === undefined || isSignal(value)) return value;
	throw new TypeError(`${option}: got ${describeValue(value)}, must be an AbortSignal`);
}

/** `signal` of the options of a call that waits; most often there are none. */
export function checkWaiting(options: Waiting | undefined): AbortSignal | undefined {
	return options === undefined
		? undefined
		: checkSignal('signal', checkOptions('options', options, { signal: true }).signal);
}

/** By its looks: a signal may come from another realm. */
function isSignal(value: unknown): value is AbortSignal {
	return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
}

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
