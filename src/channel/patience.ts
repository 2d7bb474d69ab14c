import { checkRetry, type RetryPolicy } from './retry.js';

/**
 * The longest that a blocking call stays out of JavaScript. That a worker is being terminated, and nothing else, is noticed
 * only between two sleeps; what the call waits for wakes it at once. Measured: ten wake-ups a second take 0.1 to 0.2 % of
 * a core.
 */
const sliceMs = 100;

/** How far a blocking call has come with its retry policy. */
export class Patience {
	readonly timeoutMs: number;
	readonly #deadline: number;
	readonly #spinUntil: number;

	/** Throws as `checkRetry` does. */
	constructor(policy: RetryPolicy | undefined) {
		const { timeoutMs, spinMicros = 0 } = checkRetry(policy);
		const now = performance.now();
		this.timeoutMs = timeoutMs;
		this.#deadline = now + timeoutMs;
		this.#spinUntil = Math.min(now + spinMicros / 1000, this.#deadline);
	}

	/** The time is over. */
	get exhausted(): boolean {
		return performance.now() >= this.#deadline;
	}

	/** While it polls, true; then it sleeps by means of `block`. Answers whether what is waited for may be there. */
	wait(block: (sliceMs: number) => boolean): boolean {
		const now = performance.now();
		if (now < this.#spinUntil) return true;
		return block(Math.min(sliceMs, Math.max(0, this.#deadline - now)));
	}
}
