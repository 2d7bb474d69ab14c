/** Round trips of a session, in a histogram of three significant digits. */
import { createHistogram } from 'node:perf_hooks';
import type { Latency } from './control.js';

const curveAt = [0.1, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 85, 90, 93, 95, 97, 98, 99, 99.5, 99.9, 99.99];

export class LatencyRecorder {
	readonly #all = createHistogram();
	readonly #run = createHistogram();
	#counts = false;

	/** A run begins. A warm-up does not count. */
	begin(warmUp: boolean): void {
		if (this.#counts && this.#run.count > 0) this.#all.add(this.#run);
		this.#counts = !warmUp;
		this.#run.reset();
	}

	record(nanos: bigint): void {
		this.#run.record(nanos > 0n ? nanos : 1n);
	}

	latency(): Latency {
		const sum = createHistogram();
		sum.add(this.#run);
		if (this.#all.count > 0) sum.add(this.#all);
		const at = (percent: number) => sum.percentile(percent);
		return {
			count: Number(sum.count),
			runMedian: this.#run.percentile(50),
			...{ p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: sum.max },
			curve: curveAt.filter((percent) => sum.count * (1 - percent / 100) >= 1).map((p) => [p, at(p)] as const),
		};
	}
}
