/** The results of a trial: one row for each contestant, with its ratio to each rival and limit of the same run. */
import type { Latency } from './measure/control.js';
import type { Outcome } from './measure/session.js';

export type Unit = 'messages/s' | 'us' | 'ns' | 'MB/s' | 'KiB' | 'CPU ticks';

export interface Row {
	readonly trial: string;
	readonly contestant: string;
	readonly rival: boolean;
	readonly unit: Unit;
	readonly median: number;
	/** The least and the greatest of the samples, those of all passes. */
	readonly lower: number;
	readonly upper: number;
	/** All samples, those of one pass after those of the other. */
	readonly values: readonly number[];
	/** Bytes of a message, where there is one. */
	readonly size?: number | undefined;
	readonly megabytesPerSecond?: number | undefined;
	readonly cpuSecondsPerMillion?: number | undefined;
	/** The same of all samples. */
	readonly cpuValues?: readonly number[] | undefined;
	/** Of what was written, where some may be lost. */
	readonly deliveredShare?: number | undefined;
	/** Each percentile is the median of those of the passes; the maximum is that of all. */
	readonly latency?: Latency | undefined;
	/** Voluntary context switches of the main threads, that is how often they slept again. */
	readonly wakeUps?: number | undefined;
	readonly note?: string | undefined;
	/** How many times better than that one. Undefined without a meaningful ratio, as for an idle pair that took no time. */
	readonly ratios: Readonly<Record<string, number>>;
}

/** A contestant that could not take part. */
export interface Gap {
	readonly trial: string;
	readonly contestant: string;
	readonly reason: string;
}

/** The result of one contestant in one pass, or, merged, in all of them. */
export interface RawRow extends Pick<Row, 'trial' | 'contestant' | 'rival' | 'unit' | 'size' | 'wakeUps' | 'note'> {
	readonly values: readonly number[];
	/** CPU seconds per million messages, of each sample. */
	readonly cpu?: readonly number[];
	readonly written?: number;
	readonly delivered?: number;
	readonly latencies?: readonly Latency[];
}

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
		const values = outcomes.map((one) => (one.latency?.runMedian ?? 0) / 1000);
		return { ...common, unit: 'us', values, latencies: [latency] };
	}
	return {
		...common,
		unit: 'messages/s',
		values: outcomes.map(({ messages, seconds }) => messages / seconds),
		cpu: outcomes.map(({ cpuMicros, messages }) => cpuMicros / messages),
		written: sum(outcomes.map(({ messages }) => messages)),
		delivered: sum(outcomes.map(({ delivered }) => delivered)),
	};
}

/** One row for each contestant of each trial, over all passes. */
export function merge(passes: readonly RawRow[]): RawRow[] {
	const merged = new Map<string, RawRow>();
	for (const row of passes) {
		const key = `${row.trial}/${row.contestant}`;
		const before = merged.get(key);
		merged.set(key, before === undefined ? row : both(before, row));
	}
	return [...merged.values()];
}

function both(one: RawRow, other: RawRow): RawRow {
	return {
		...one,
		values: [...one.values, ...other.values],
		cpu: [...(one.cpu ?? []), ...(other.cpu ?? [])],
		written: (one.written ?? 0) + (other.written ?? 0),
		delivered: (one.delivered ?? 0) + (other.delivered ?? 0),
		latencies: [...(one.latencies ?? []), ...(other.latencies ?? [])],
		...(one.wakeUps === undefined ? {} : { wakeUps: one.wakeUps + (other.wakeUps ?? 0) }),
	};
}

export function finish(raw: readonly RawRow[]): Row[] {
	const medians = raw.map((one) => quantile(one.values, 0.5));
	return raw.map(({ values, cpu = [], written = 0, delivered = 0, latencies = [], ...row }, index) => {
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
			lower: Math.min(...values),
			upper: Math.max(...values),
			values,
			megabytesPerSecond: row.unit === 'messages/s' ? (median * (row.size ?? 0)) / 1e6 : undefined,
			cpuSecondsPerMillion: cpu.length > 0 ? quantile(cpu, 0.5) : undefined,
			cpuValues: cpu.length > 0 ? cpu : undefined,
			deliveredShare: delivered < written ? delivered / written : undefined,
			latency: latencies.length > 0 ? typical(latencies) : undefined,
			ratios: Object.fromEntries(others.filter(([, value]) => Number.isFinite(value))),
		};
	});
}

function typical(passes: readonly Latency[]): Latency {
	const median = (of: (one: Latency) => number) => quantile(passes.map(of), 0.5);
	// A percentile that one of the passes had too few round trips for is left out.
	const percents = passes.map(({ curve }) => new Map(curve));
	const shared = (passes[0]?.curve ?? [])
		.map(([percent]) => percent)
		.filter((at) => percents.every((one) => one.has(at)));
	return {
		count: sum(passes.map(({ count }) => count)),
		...{ runMedian: median((one) => one.runMedian), p50: median((one) => one.p50), p90: median((one) => one.p90) },
		...{ p99: median((one) => one.p99), p999: median((one) => one.p999) },
		max: Math.max(...passes.map(({ max }) => max)),
		curve: shared.map(
			(at) =>
				[
					at,
					quantile(
						percents.map((one) => one.get(at) ?? 0),
						0.5,
					),
				] as const,
		),
	};
}

function sum(values: readonly number[]): number {
	return values.reduce((total, one) => total + one, 0);
}

export function isLimit(contestant: string): boolean {
	return /^native|^memcpy|alone$/.test(contestant);
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
