/** What is counted in every process and summed up by the conductor. */

export interface Counts {
	published: number;
	/** Messages for which a `drop-newest` lane had no room. */
	dropped: number;
	received: number;
	receivedBytes: number;
	receivedEmpty: number;
	/** What readers were told that they did not get. */
	lost: number;
	lossEvents: number;
	links: number;
	partedClosed: number;
	partedDied: number;
	/** Lives of a peer whose end was compared with what it had written down. */
	endsChecked: number;
}

export function noCounts(): Counts {
	return {
		published: 0,
		dropped: 0,
		received: 0,
		receivedBytes: 0,
		receivedEmpty: 0,
		lost: 0,
		lossEvents: 0,
		links: 0,
		partedClosed: 0,
		partedDied: 0,
		endsChecked: 0,
	};
}

export function addCounts(sum: Counts, more: Counts): void {
	for (const key of Object.keys(more) as (keyof Counts)[]) sum[key] += more[key];
}

/** The last so many things that happened somewhere, with their time, in constant memory. */
export class History {
	readonly #lines: string[] = [];
	readonly #length: number;

	constructor(length: number) {
		this.#length = length;
	}

	add(line: string): void {
		this.#lines.push(`${new Date().toISOString().slice(11, 23)} ${line}`);
		if (this.#lines.length > this.#length) this.#lines.shift();
	}

	get lines(): readonly string[] {
		return this.#lines;
	}
}
