import { setTimeout as sleep } from 'node:timers/promises';
import { checkInteger, checkObject, type KeysOf } from '../base/check.js';
import { RingwireError, type RingwireErrorCode } from '../base/errors.js';

const delayRange = { min: 0, max: 2 ** 31 - 1, unit: 'milliseconds' } as const;

/** How to go on when there is no connection, or none any more. */
export interface Reconnect {
	/** The pause before the first attempt after a failure, 0 to 2^31 - 1 milliseconds. */
	readonly firstDelayMs: number;
	/** The longest pause, `firstDelayMs` to 2^31 - 1 milliseconds. */
	readonly maxDelayMs: number;
	/** By how much each pause is longer than the one before: 1 or more, default 2. */
	readonly factor?: number | undefined;
	/** How many attempts in a row may fail before it gives up: 1 or more, default Infinity. */
	readonly attemptsMax?: number | undefined;
}

const reconnectKeys: KeysOf<Reconnect> = { firstDelayMs: true, maxDelayMs: true, factor: true, attemptsMax: true };

/** What the same attempt would fail with again, however often. */
const final: readonly RingwireErrorCode[] = [
	'ERR_RINGWIRE_MISMATCH',
	'ERR_RINGWIRE_VERSION',
	'ERR_RINGWIRE_ACCESS',
	'ERR_RINGWIRE_UNSUPPORTED',
	'ERR_RINGWIRE_CORRUPT',
	'ERR_RINGWIRE_DECODE',
];

/** Counts the attempts since the last that succeeded, and tells how long to wait before the next one. */
export class Attempts {
	readonly #policy: Checked | undefined;
	#count = 0;
	#delayMs = 0;

	/** Throws TypeError and RangeError for what is wrong with the policy. Undefined: one attempt, and no other. */
	constructor(policy: Reconnect | undefined) {
		this.#policy = policy === undefined ? undefined : checked(policy);
	}

	/** The number of the attempt that is being made, from 1 on. */
	get count(): number {
		return this.#count;
	}

	begin(): void {
		this.#count++;
	}

	succeeded(): void {
		this.#count = this.#delayMs = 0;
	}

	/** How many milliseconds to wait after this failure; undefined when there is no use in going on. */
	delayAfter(error: unknown): number | undefined {
		const policy = this.#policy;
		const hopeless = !(error instanceof RingwireError) || final.includes(error.code);
		if (policy === undefined || hopeless || this.#count >= policy.attemptsMax) return undefined;
		const { firstDelayMs, maxDelayMs, factor } = policy;
		const delayMs = this.#delayMs === 0 ? firstDelayMs : Math.min(this.#delayMs * factor, maxDelayMs);
		this.#delayMs = Math.max(delayMs, 1);
		return delayMs;
	}
}

/** Rejects when the signal is aborted. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
	return sleep(delayMs, undefined, { signal });
}

interface Checked {
	readonly firstDelayMs: number;
	readonly maxDelayMs: number;
	readonly factor: number;
	readonly attemptsMax: number;
}

function checked(policy: Reconnect): Checked {
	const {
		firstDelayMs,
		maxDelayMs,
		factor = 2,
		attemptsMax = Number.POSITIVE_INFINITY,
	} = checkObject('reconnect', policy, reconnectKeys);
	checkInteger('reconnect.firstDelayMs', firstDelayMs, delayRange);
	checkInteger('reconnect.maxDelayMs', maxDelayMs, { ...delayRange, min: firstDelayMs });
	if (typeof factor !== 'number' || !(factor >= 1 && factor < Number.POSITIVE_INFINITY)) {
		throw new RangeError(`reconnect.factor: got ${factor}, must be a number of 1 or more`);
	}
	if (attemptsMax !== Number.POSITIVE_INFINITY) {
		checkInteger('reconnect.attemptsMax', attemptsMax, { min: 1, max: Number.MAX_SAFE_INTEGER });
	}
	return { firstDelayMs, maxDelayMs, factor, attemptsMax };
}
