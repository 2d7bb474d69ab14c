/**
 * Turns a rate into batches. `take` returns how many messages are due, at most `batchMax` of them, and drops the rest: a publisher that is
 * late lowers its rate, and its event loop stays responsive. A publisher that makes up for lost time on a busy machine takes longer
 * for each batch than for the one before, without end.
 */
export class Pace {
	readonly batchMax: number;
	readonly #perMs: number;
	#takenAtMs: number;
	#due = 0;

	constructor(perSecond: number, nowMs: number) {
		this.batchMax = Math.max(1, Math.ceil(perSecond * batchSecondsMax));
		this.#perMs = perSecond / 1000;
		this.#takenAtMs = nowMs;
	}

	take(nowMs: number): number {
		this.#due = Math.min(this.#due + (nowMs - this.#takenAtMs) * this.#perMs, this.batchMax);
		this.#takenAtMs = nowMs;
		const count = Math.floor(this.#due);
		this.#due -= count;
		return count;
	}
}

const batchSecondsMax = 0.01;
