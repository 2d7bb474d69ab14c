import { checkInteger, checkTimeout, type KeysOf, timerMax } from './check.js';

/**
 * How a call goes about what is not possible yet; each field on its own may be left out. One such object can be given to
 * every call that takes it.
 *
 * First it polls for `spinMicros`, without sleeping. Then a blocking call sleeps and is woken by what it waits for, while
 * a call that looks for somebody pauses between two looks: `pauseMs` after the first, then twice as long each time, at
 * most `pauseMsMax`. After `timeoutMs` in all it gives up with TIMEOUT.
 */
export interface RetryPolicy {
	/**
	 * 0 to 1,000,000 microseconds. Of a blocking call: how long to poll before it sleeps, default 0 for `writeSync` and
	 * what the reader was opened with for `readSync`. Of `connect` and `listen`: what their connections' readers are
	 * opened with, default 50.
	 */
	readonly spinMicros?: number | undefined;
	/** 1 to 60,000 milliseconds, default 10. Only where somebody is looked for: `connect`, and to reconnect. */
	readonly pauseMs?: number | undefined;
	/** `pauseMs` to 60,000 milliseconds, default 100. */
	readonly pauseMsMax?: number | undefined;
	/** 0 or more milliseconds with fractions; Infinity (the default) waits without limit. */
	readonly timeoutMs?: number | undefined;
}

export const retryKeys: KeysOf<RetryPolicy> = { spinMicros: true, pauseMs: true, pauseMsMax: true, timeoutMs: true };

const pauseMsDefault = 10;
const pauseMsMaxDefault = 100;
const pauseRange = { min: 1, max: 60_000, unit: 'milliseconds' } as const;

export interface CheckedRetry {
	readonly spinMicros: number | undefined;
	readonly pauseMs: number;
	readonly pauseMsMax: number;
	readonly timeoutMs: number;
}

/** Throws TypeError or RangeError naming the field. `policy` may be a part of larger options, whose names have been checked. */
export function checkRetry(policy: RetryPolicy): CheckedRetry {
	const { spinMicros, pauseMs = pauseMsDefault, timeoutMs = Number.POSITIVE_INFINITY } = policy;
	checkSpin(spinMicros);
	checkInteger('pauseMs', pauseMs, pauseRange);
	const { pauseMsMax = Math.max(pauseMs, pauseMsMaxDefault) } = policy;
	checkInteger('pauseMsMax', pauseMsMax, { ...pauseRange, min: pauseMs });
	checkTimeout('timeoutMs', timeoutMs);
	return { spinMicros, pauseMs, pauseMsMax, timeoutMs };
}

export function checkSpin(spinMicros: unknown): void {
	if (spinMicros !== undefined)
		checkInteger('spinMicros', spinMicros, { min: 0, max: 1_000_000, unit: 'microseconds' });
}

/** True where a timer is of no use: it would be over at once, or be of no limit. */
export function isForever(timeoutMs: number): boolean {
	return timeoutMs > timerMax;
}
