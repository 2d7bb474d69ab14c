/** The time that is left: estimates of the trials, corrected by the trials that were played already. */

export class Progress {
	readonly #plan: readonly string[];
	readonly #estimate: (trial: string) => number;
	readonly #now: () => number;
	/** Seconds of each trial that was played, the last time. */
	readonly #played = new Map<string, number>();
	#done = 0;
	#startedAt: number;
	/** Seconds, and what they were estimated to be. */
	#spent = 0;
	#estimated = 0;

	/** `plan`: the trials in their order, again for each pass. `now`: milliseconds. */
	constructor(plan: readonly string[], estimate: (trial: string) => number, now: () => number) {
		this.#plan = plan;
		this.#estimate = estimate;
		this.#now = now;
		this.#startedAt = now();
	}

	/** The trial whose turn it is has been played. */
	next(): void {
		const trial = this.#plan[this.#done++] as string;
		const seconds = this.#secondsInTrial();
		this.#startedAt = this.#now();
		this.#played.set(trial, seconds);
		this.#spent += seconds;
		this.#estimated += this.#estimate(trial);
	}

	get secondsLeft(): number {
		const [current, ...others] = this.#plan.slice(this.#done).map((trial) => this.#expected(trial));
		if (current === undefined) return 0;
		return others.reduce((sum, one) => sum + one, Math.max(0, current - this.#secondsInTrial()));
	}

	get text(): string {
		return `${this.#done} of ${this.#plan.length} trials, ${durationText(this.secondsLeft)} left`;
	}

	#secondsInTrial(): number {
		return (this.#now() - this.#startedAt) / 1000;
	}

	#expected(trial: string): number {
		const slowness = this.#estimated === 0 ? 1 : this.#spent / this.#estimated;
		return this.#played.get(trial) ?? this.#estimate(trial) * slowness;
	}
}

function durationText(seconds: number): string {
	return seconds < 100 ? `about ${Math.ceil(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
}
