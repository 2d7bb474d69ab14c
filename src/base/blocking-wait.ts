import { checkOptions, checkSpin, checkTimeout, type KeysOf } from './check.js';

/** Options of the calls that block the thread: `readSync` and `writeSync`. */
export interface BlockingOptions {
	/**
	 * How long the call polls before it sleeps: 0 to 1,000,000 microseconds. Default: 0 for `writeSync`, and the `spinMicros`
	 * that the reader was opened with for `readSync`.
	 */
	readonly spinMicros?: number | undefined;
	/** 0 or more milliseconds, with fractions; then the call throws TIMEOUT. Infinity (the default) waits without limit. */
	readonly timeoutMs?: number | undefined;
}

const blockingKeys: KeysOf<BlockingOptions> = { spinMicros: true, timeoutMs: true };

/**
 * The longest time that a blocking call spends outside JavaScript without a break. V8 terminates a worker only when its
 * thread is back in JavaScript; any other event wakes the call at once. Measured: ten wake-ups a second take 0.1 to 0.2 %
 * of a core.
 */
const sliceMs = 100;

/** One blocking call: polls for `spinMicros`, then sleeps in slices until `timeoutMs` have passed. Reads the clock only when it waits. */
export class BlockingWait {
	readonly timeoutMs: number;
	readonly #spinMs: number;
	#startedAt: number | undefined;

	/** Throws TypeError or RangeError naming the option. */
	constructor(options: BlockingOptions | undefined) {
		const { timeoutMs = Number.POSITIVE_INFINITY, spinMicros = 0 } = checkOptions('options', options, blockingKeys);
		this.timeoutMs = checkTimeout('timeoutMs', timeoutMs);
		this.#spinMs = checkSpin(spinMicros) / 1000;
	}

	/** True when `timeoutMs` have passed since the first `wait`. */
	get exhausted(): boolean {
		return this.timeoutMs !== Number.POSITIVE_INFINITY && this.#waited() >= this.timeoutMs;
	}

	/** Returns true while the call polls, otherwise the result of `block`, which sleeps for at most the given time. */
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
