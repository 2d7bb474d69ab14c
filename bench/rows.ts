/** What a trial came to: one row for each contestant, with its ratio to each rival and limit of the same run. */
import type { Latency } from './control.js';
import type { Outcome } from './session.js';

export type Unit = 'messages/s' | 'us' | 'ns' | 'MB/s' | 'KiB' | 'CPU ticks';

export interface Row {
	readonly trial: string;
	readonly contestant: string;
	readonly rival: boolean;
	readonly unit: Unit;
	readonly median: number;
	/** First and third quartile of the samples. */
	readonly lower: number;
	readonly upper: number;
	readonly samples: number;
	/** Bytes of a message, where there is one. */
	readonly size?: number | undefined;
	readonly megabytesPerSecond?: number | undefined;
	readonly cpuSecondsPerMillion?: number | undefined;
	/** Of what was written, where some may be lost. */
	readonly deliveredShare?: number | undefined;
	/** Of all samples together. */
	readonly latency?: Latency | undefined;
	/** Context switches that the main threads made of their own accord, that is how often they slept again. */
	readonly wakeUps?: number | undefined;
	readonly note?: string | undefined;
	/** How many times better than that one; none where that cannot be said, as with an idle pair that took no time. */
	readonly ratios: Readonly<Record<string, number>>;
}

/** A contestant that could not take part. */
export interface Gap {
	readonly trial: string;
	readonly contestant: string;
	readonly reason: string;
}

export type RawRow = Omit<Row, 'ratios' | 'median' | 'lower' | 'upper' | 'samples'> & {
	readonly values: readonly number[];
};

export function rawRow(
	trial: string,
	contestant: string,
	rival: boolean,
	size: number,
	outcomes: readonly Outcome[],
): RawRow {
	const latency = outcomes.at(-1)?.latency;
	const common = { trial, contestant, rival, size };
	if (latency !== undefined) {
		return { ...common, unit: 'us', values: outcomes.map((one) => (one.latency?.runMedian ?? 0) / 1000), latency };
	}
	const rates = outcomes.map(({ messages, seconds }) => messages / seconds);
	const messages = outcomes.reduce((total, one) => total + one.messages, 0);
	const delivered = outcomes.reduce((total, one) => total + one.delivered, 0);
	return {
		...common,
		unit: 'messages/s',
		values: rates,
		megabytesPerSecond: (quantile(rates, 0.5) * size) / 1e6,
		cpuSecondsPerMillion: quantile(
			outcomes.map((one) => one.cpuMicros / one.messages),
			0.5,
		),
		deliveredShare: delivered < messages ? delivered / messages : undefined,
	};
}

export function finish(raw: readonly RawRow[]): Row[] {
	const medians = raw.map((one) => quantile(one.values, 0.5));
	return raw.map(({ values, ...row }, index) => {
		const median = medians[index] as number;
		const others = raw.flatMap((other, at) =>
			other !== raw[index] &&
			other.trial === row.trial &&
			other.unit === row.unit &&
			(other.rival || isLimit(other.contestant))
				? [[other.contestant, ratio(row.unit, median, medians[at] as number)] as const]
				: [],
		);
		return {
			...row,
			median,
			lower: quantile(values, 0.25),
			upper: quantile(values, 0.75),
			samples: values.length,
			ratios: Object.fromEntries(others.filter(([, value]) => Number.isFinite(value))),
		};
	});
}

export function isLimit(contestant: string): boolean {
	return contestant.startsWith('native') || contestant.startsWith('memcpy');
}

function ratio(unit: Unit, own: number, other: number): number {
	const moreIsBetter = unit === 'messages/s' || unit === 'MB/s';
	return moreIsBetter ? own / other : other / own;
}

export function quantile(values: readonly number[], q: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (sorted.length - 1) * q;
	const low = sorted[Math.floor(at)] ?? Number.NaN;
	const high = sorted[Math.ceil(at)] ?? Number.NaN;
	return low + (high - low) * (at - Math.floor(at));
}
