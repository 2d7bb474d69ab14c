import { checkInteger, checkTimeout, type KeysOf, timerMax } from './check.js';

/**
 * How `connect` waits for a server. It looks for the server, pauses for `pauseMs`, and looks again. Each pause is twice as
 * long as the one before, at most `pauseMsMax`. The call rejects with TIMEOUT after `timeoutMs` in all.
 */
export interface RetryPolicy {
	/** The first pause in milliseconds: an integer from 1 to 60,000, default 10. */
	readonly pauseMs?: number | undefined;
	/** The longest pause in milliseconds: an integer from `pauseMs` to 60,000. Default 100, or `pauseMs` if that is more. */
	readonly pauseMsMax?: number | undefined;
	/** 0 or more milliseconds, with fractions. Infinity (the default) waits without limit. */
	readonly timeoutMs?: number | undefined;
}

export const retryKeys: KeysOf<RetryPolicy> = { pauseMs: true, pauseMsMax: true, timeoutMs: true };

const pauseMsDefault = 10;
const pauseMsMaxDefault = 100;
const pauseRange = { min: 1, max: 60_000, unit: 'milliseconds' } as const;

export interface CheckedRetry {
	readonly pauseMs: number;
	readonly pauseMsMax: number;
	readonly timeoutMs: number;
}

/** Throws TypeError or RangeError naming the field. `policy` may be part of larger options whose keys are checked already. */
export function checkRetry(policy: RetryPolicy): CheckedRetry {
	const { pauseMs = pauseMsDefault, timeoutMs = Number.POSITIVE_INFINITY } = policy;
	checkInteger('pauseMs', pauseMs, pauseRange);
	const { pauseMsMax = Math.max(pauseMs, pauseMsMaxDefault) } = policy;
	checkInteger('pauseMsMax', pauseMsMax, { ...pauseRange, min: pauseMs });
	checkTimeout('timeoutMs', timeoutMs);
	return { pauseMs, pauseMsMax, timeoutMs };
}

/** True for a timeout that Node's timers cannot represent: the caller sets no timer then. */
export function isForever(timeoutMs: number): boolean {
	return timeoutMs > timerMax;
}
