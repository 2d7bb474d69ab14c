import { checkOptions } from './check.js';
import { checkRetry, type RetryPolicy, retryKeys } from './retry.js';

/**
 * The longest that a blocking call stays out of JavaScript. That a worker is being terminated, and nothing else, is noticed
 * only between two sleeps; what the call waits for wakes it at once. Measured: ten wake-ups a second take 0.1 to 0.2 % of
 * a core.
 */
const sliceMs = 100;

/** How far a blocking call has come with its retry policy. It looks at the clock only when it waits. */
export class BlockingWait {
	readonly timeoutMs: number;
	readonly #spinMs: number;
	#startedAt: number | undefined;

	/** Throws as `checkRetry` does. */
	constructor(policy: RetryPolicy | undefined) {
		const { timeoutMs, spinMicros = 0 } =
			policy === undefined ? patient : checkRetry(checkOptions('options', policy, retryKeys));
		this.timeoutMs = timeoutMs;
		this.#spinMs = spinMicros / 1000;
	}

	/** The time since the first `wait` is over. */
	get exhausted(): boolean {
		return this.timeoutMs !== Number.POSITIVE_INFINITY && this.#waited() >= this.timeoutMs;
	}

	/** While it polls, true; then it sleeps by means of `block`. Answers whether what is waited for may be there. */
	wait(block: (sliceMs: number) => boolean): boolean {
		if (this.#spinMs === 0 && this.timeoutMs === Number.POSITIVE_INFINITY) return block(sliceMs);
		const waited = this.#waited();
		if (waited < this.#spinMs && waited < this.timeoutMs) return true;
		return block(Math.min(sliceMs, Math.max(0, this.timeoutMs - waited)));
	}

	#waited(): number {
		const now = performance.now();
		this.#startedAt ??= now;
		return now - this.#startedAt;
	}
}

const patient = { timeoutMs: Number.POSITIVE_INFINITY, spinMicros: 0 };
