/** The counters of every process. The conductor adds them up. */

export interface Counts {
	published: number;
	/** Messages for which a `drop-newest` lane had no room. */
	dropped: number;
	received: number;
	receivedBytes: number;
	receivedEmpty: number;
	/** The losses that readers got as events. */
	lost: number;
	lossEvents: number;
	links: number;
	partedClosed: number;
	partedDied: number;
	/** Lives of a peer whose end was compared with its diary. */
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

/** The last events of a process, with their time, in constant memory. */
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
