/** The targets and two rows that explain them, and whether this run reached them. */
import type { Row } from './rows.js';

interface Target {
	readonly what: string;
	readonly trial: string;
	readonly contestant: string;
	/** Compared with this one of the same trial; without it the figure itself counts. */
	readonly against?: string;
	readonly atLeast?: number;
	readonly atMost?: number;
	readonly unit: string;
	/** Of the row; default: its ratio to `against`, or its median. */
	readonly value?: (row: Row) => number | undefined;
	/** Looks for `against` in another trial. */
	readonly againstTrial?: string;
}

export interface Verdict {
	readonly what: string;
	readonly wanted: string;
	readonly measured: string;
	/** The least and the greatest of the samples; of a ratio, of those taken one after the other. None of a mere count. */
	readonly spread: readonly [number, number] | undefined;
	readonly verdict: 'reached' | 'missed' | 'not measured';
}

const small = 'one way 64 B';
const large = 'one way 64 KiB';

const targets: readonly Target[] = [
	{
		what: '64 B, batch calls',
		trial: small,
		contestant: 'batch calls',
		against: 'unix socket',
		atLeast: 20,
		unit: 'x unix socket',
	},
	{
		what: '64 B, batch calls',
		trial: small,
		contestant: 'batch calls',
		against: 'zeromq',
		atLeast: 30,
		unit: 'x zeromq',
	},
	{ what: '64 B, batch calls', trial: small, contestant: 'batch calls', atLeast: 8e6, unit: 'messages/s' },
	{
		...{ what: '64 B, single calls to Observable', trial: small, contestant: 'single calls to Observable' },
		...{ against: 'unix socket', atLeast: 12, unit: 'x unix socket' },
	},
	{
		what: '64 B, single calls to Observable',
		trial: small,
		contestant: 'single calls to Observable',
		atLeast: 4e6,
		unit: 'messages/s',
	},
	{
		what: '64 B, async iterator',
		trial: small,
		contestant: 'async iterator',
		against: 'unix socket',
		atLeast: 10,
		unit: 'x unix socket',
	},
	{
		what: '64 B, object stream',
		trial: small,
		contestant: 'object stream',
		against: 'unix socket',
		atLeast: 6,
		unit: 'x unix socket',
	},
	{
		what: '64 KiB, copied out',
		trial: large,
		contestant: 'batch calls',
		against: 'unix socket',
		atLeast: 4,
		unit: 'x unix socket',
	},
	{
		...{ what: '64 KiB, copied out', trial: large, contestant: 'batch calls', against: 'memcpy, two processes' },
		...{ atLeast: 0.5, unit: 'x memcpy between processes' },
	},
	{
		...{ what: '64 KiB, copied out, reuseMemory', trial: large, contestant: 'batch calls, reuseMemory' },
		...{ against: 'memcpy, two processes', atLeast: 0.5, unit: 'x memcpy between processes' },
	},
	{
		...{ what: 'pipeline of a large file', trial: 'pipeline 64 KiB', contestant: 'byte stream of a file' },
		...{ against: 'unix socket stream of a file', atLeast: 3, unit: 'x unix socket' },
	},
	{
		...{ what: 'pipeline of a large file', trial: 'pipeline 64 KiB', contestant: 'byte stream of a file' },
		...{ against: 'the file alone', atLeast: 0.9, unit: 'x reading it into nothing' },
	},
	{
		...{ what: 'round trip hot, two cores, median', trial: 'round trip hot, two cores', contestant: 'event loop' },
		...{ against: 'unix socket', atLeast: 20, unit: 'x lower than unix socket' },
	},
	{
		what: 'round trip hot, two cores, median',
		trial: 'round trip hot, two cores',
		contestant: 'event loop',
		atMost: 3,
		unit: 'us',
	},
	{
		...{ what: 'round trip parked, one core', trial: 'round trip hot, one core', contestant: 'event loop' },
		...{ against: 'unix socket', atLeast: 1.5, unit: 'x lower than unix socket' },
	},
	{
		...{ what: 'round trip after 100 ms idle', trial: 'round trip after 100 ms', contestant: 'event loop' },
		...{ against: 'unix socket', atLeast: 1, unit: 'x lower than unix socket' },
	},
	{
		...{ what: '16 writers to one reader', trial: '16 to 1', contestant: 'batch calls', againstTrial: '1 to 1' },
		...{ against: 'batch calls', atLeast: 1, unit: 'x one writer' },
	},
	{ what: 'idle pair, CPU', trial: 'idle pair', contestant: 'event loop', atMost: 0, unit: 'CPU ticks' },
	{
		...{
			what: 'idle pair, wake-ups',
			trial: 'idle pair',
			contestant: 'event loop',
			atMost: 0,
			unit: 'of the main thread',
		},
		value: (row) => row.wakeUps,
	},
	{
		...{ what: 'C++ pair over Node, 64 B batches', trial: small, contestant: 'native, batch' },
		...{ against: 'batch calls', atMost: 2.5, unit: 'x faster than the binding' },
	},
];

export function judge(rows: readonly Row[]): Verdict[] {
	return targets.map((target) => {
		const { what, atLeast, atMost, unit } = target;
		const wanted =
			atLeast === undefined ? `at most ${short(atMost ?? 0)} ${unit}` : `at least ${short(atLeast)} ${unit}`;
		const { value, spread } = measuredBy(target, rows) ?? {};
		if (value === undefined || Number.isNaN(value)) {
			return { what, wanted, measured: '', spread: undefined, verdict: 'not measured' };
		}
		const reached = atLeast === undefined ? value <= (atMost ?? 0) : value >= atLeast;
		return { what, wanted, measured: short(value), spread, verdict: reached ? 'reached' : 'missed' };
	});
}

interface Measured {
	readonly value: number | undefined;
	readonly spread?: readonly [number, number] | undefined;
}

function measuredBy(target: Target, rows: readonly Row[]): Measured | undefined {
	const find = (trial: string, contestant: string) =>
		rows.find((row) => row.trial === trial && row.contestant === contestant);
	const row = find(target.trial, target.contestant);
	if (row === undefined) return undefined;
	if (target.value !== undefined) return { value: target.value(row) };
	if (target.against === undefined) return { value: row.median, spread: [row.lower, row.upper] };
	const other = find(target.againstTrial ?? target.trial, target.against);
	if (other === undefined) return undefined;
	const ratio = (own: number, theirs: number) => (row.unit === 'us' ? theirs / own : own / theirs);
	return { value: ratio(row.median, other.median), spread: spreadOf(row.values, other.values, ratio) };
}

/** None where a sample of one has no partner: the ratio of two bad moments is no ratio. */
function spreadOf(own: readonly number[], others: readonly number[], ratio: (own: number, other: number) => number) {
	if (own.length !== others.length) return undefined;
	const ratios = own.map((value, index) => ratio(value, others[index] as number));
	return [Math.min(...ratios), Math.max(...ratios)] as const;
}

export function rangeText([from, to]: readonly [number, number]): string {
	return `${short(from)} - ${short(to)}`;
}

export function short(value: number): string {
	if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
	if (value >= 1000) return Math.round(value).toLocaleString('en-US');
	return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
