import { header, now } from './channel.js';

/** The CPU time of this process from now on, for a sentence. */
export function reportCpu(): () => string {
	const before = process.cpuUsage();
	const begin = now();
	return () => {
		const { user, system } = process.cpuUsage(before);
		return `${((user + system) / 10 / (now() - begin)).toFixed(0)} % of one core`;
	};
}

/** The frames that a viewer has seen. */
export class Sightings {
	readonly #viewer: string;
	readonly #latencies: number[] = [];
	#cpu: (() => string) | undefined;
	#last = 0;
	#sum = 0;

	constructor(viewer: string) {
		this.#viewer = viewer;
	}

	/** Looks at one percent of the frame. */
	look(frame: Buffer): void {
		this.#cpu ??= reportCpu();
		const { sentMs, number } = header.view(frame);
		for (let at = header.byteLength; at < frame.length; at += 6400) {
			for (let i = at; i < at + 64; i++) this.#sum += frame[i] ?? 0;
		}
		this.#latencies.push(now() - sentMs);
		this.#last = number;
	}

	print(): void {
		const sorted = this.#latencies.toSorted((a, b) => a - b);
		const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
		const seen = `${sorted.length} frames, the last is ${this.#last}`;
		console.log(`${this.#viewer}: ${seen}, ${median.toFixed(1)} ms after they were sent, ${this.#cpu?.() ?? ''}`);
	}
}
