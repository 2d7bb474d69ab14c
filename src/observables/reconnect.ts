import { setTimeout as sleep } from 'node:timers/promises';
import { checkInteger, checkObject, type KeysOf, timerMax } from '../base/check.js';
import { RingwireError, type RingwireErrorCode } from '../base/errors.js';
import { describeValue } from '../codecs/describe-value.js';

const pauseRange = { min: 0, max: timerMax, unit: 'milliseconds' } as const;

/** How a duplex subject connects again after a connection, or an attempt to connect, has failed. */
export interface Reconnect {
	/** The pause before the first attempt after a failure, 0 to 2^31 - 1 milliseconds. */
	readonly pauseMs: number;
	/** The longest pause, `pauseMs` to 2^31 - 1 milliseconds. */
	readonly pauseMsMax: number;
	/** The ratio of each pause to the one before: 1 or more, default 2. */
	readonly factor?: number | undefined;
	/** How many attempts in a row may fail: 1 or more, default Infinity. After these the subject fails. */
	readonly attemptsMax?: number | undefined;
}

const reconnectKeys: KeysOf<Reconnect> = { pauseMs: true, pauseMsMax: true, factor: true, attemptsMax: true };

/** Errors that every further attempt would fail with as well. */
const permanent: readonly RingwireErrorCode[] = [
	'ERR_RINGWIRE_MISMATCH',
	'ERR_RINGWIRE_VERSION',
	'ERR_RINGWIRE_ACCESS',
	'ERR_RINGWIRE_UNSUPPORTED',
	'ERR_RINGWIRE_CORRUPT',
	'ERR_RINGWIRE_DECODE',
];

interface CheckedReconnect {
	readonly pauseMs: number;
	readonly pauseMsMax: number;
	readonly factor: number;
	readonly attemptsMax: number;
}

/** Counts the attempts since the last one that succeeded, and computes the pause before the next one. */
export class Attempts {
	readonly #policy: CheckedReconnect | undefined;
	#count = 0;
	#pauseMs = 0;

	/** Undefined: one attempt and no other. Throws TypeError and RangeError for the policy. */
	constructor(policy: Reconnect | undefined) {
		this.#policy = policy === undefined ? undefined : checked(policy);
	}

	/** The number of the current attempt, from 1 on. */
	get count(): number {
		return this.#count;
	}

	begin(): void {
		this.#count++;
	}

	succeeded(): void {
		this.#count = this.#pauseMs = 0;
	}

	/** Milliseconds to wait after this failure; undefined if there must be no further attempt. */
	pauseAfter(error: unknown): number | undefined {
		const policy = this.#policy;
		const isPermanent = !(error instanceof RingwireError) || permanent.includes(error.code);
		if (policy === undefined || isPermanent || this.#count >= policy.attemptsMax) return undefined;
		const next = Math.min(this.#pauseMs * policy.factor, policy.pauseMsMax);
		const pauseMs = this.#pauseMs === 0 ? policy.pauseMs : next;
		this.#pauseMs = Math.max(pauseMs, 1);
		return pauseMs;
	}
}

/** Rejects when the signal aborts. */
export function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
	return sleep(pauseMs, undefined, { signal });
}

function checked(policy: Reconnect): CheckedReconnect {
	const {
		pauseMs,
		pauseMsMax,
		factor = 2,
		attemptsMax = Number.POSITIVE_INFINITY,
	} = checkObject('reconnect', policy, reconnectKeys);
	checkInteger('reconnect.pauseMs', pauseMs, pauseRange);
	checkInteger('reconnect.pauseMsMax', pauseMsMax, { ...pauseRange, min: pauseMs });
	if (typeof factor !== 'number' || !(factor >= 1 && factor < Number.POSITIVE_INFINITY)) {
		throw new RangeError(`reconnect.factor: got ${describeValue(factor)}, must be a number of 1 or more`);
	}
	if (attemptsMax !== Number.POSITIVE_INFINITY) {
		checkInteger('reconnect.attemptsMax', attemptsMax, { min: 1, max: Number.MAX_SAFE_INTEGER });
	}
	return { pauseMs, pauseMsMax, factor, attemptsMax };
}
