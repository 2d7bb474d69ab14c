/** The report's tables as text, the same for HTML and Markdown. */
import { comparedWith, type Report, ratioTo } from '../print.js';
import type { Row } from '../rows.js';
import { rangeText, short } from '../verdicts.js';
import { nameOf } from './looks.js';

export interface Table {
	readonly title: string;
	/** The table has words only. Otherwise the first column has names and the others have figures. */
	readonly words?: boolean;
	readonly head: readonly string[];
	readonly lines: readonly (readonly string[])[];
}

export function targetsTable({ targets }: Pick<Report, 'targets'>): Table {
	return {
		title: 'Targets',
		words: true,
		head: ['target', 'wanted', 'measured', 'least - most', 'figures', ''],
		lines: targets.map(({ what, wanted, measured, spread, figures, verdict }) => [
			...[what, wanted, measured || '-', spread === undefined ? '-' : rangeText(spread), figures || '-', verdict],
		]),
	};
}

export function gapsTable({ gaps }: Pick<Report, 'gaps'>): Table {
	return {
		title: 'Gaps',
		words: true,
		head: ['trial', 'contestant', 'why it is missing'],
		lines: gaps.map(({ trial, contestant, reason }) => [trial, contestant, reason]),
	};
}

export function trialTables({ rows }: Pick<Report, 'rows'>): Table[] {
	return [...new Set(rows.map(({ trial }) => trial))].map((trial) =>
		trialTable(
			trial,
			rows.filter((row) => row.trial === trial),
		),
	);
}

function trialTable(trial: string, rows: readonly Row[]): Table {
	const rivals = comparedWith(rows);
	const columns = columnsOf(rows);
	const units = [...new Set(rows.map(({ unit }) => unit))];
	return {
		title: trial,
		head: [
			'',
			units.join(' or '),
			'least - most',
			...columns.map(([name]) => name),
			...rivals.map((name) => `x ${name}`),
		],
		lines: rows.map((row) => [
			nameOf(row) + (row.note === undefined ? '' : ` (${row.note})`),
			short(row.median) + (units.length > 1 ? ` ${row.unit}` : ''),
			rangeText([row.lower, row.upper]),
			...columns.map(([, value]) => value(row)),
			...ratioTo(row, rivals),
		]),
	};
}

type Column = readonly [name: string, value: (row: Row) => string];

const latencyColumns: readonly Column[] = [
	['p50', ({ latency }) => micros(latency?.p50, latency?.count, 1)],
	['p90', ({ latency }) => micros(latency?.p90, latency?.count, 10)],
	['p99', ({ latency }) => micros(latency?.p99, latency?.count, 100)],
	['p99.9', ({ latency }) => micros(latency?.p999, latency?.count, 1000)],
	['max', ({ latency }) => micros(latency?.max, latency?.count, 1)],
];

const rateColumns: readonly Column[] = [
	['MB/s', (row) => optional(row.megabytesPerSecond)],
	['CPU s / million', (row) => optional(row.cpuSecondsPerMillion)],
];

function columnsOf(rows: readonly Row[]): Column[] {
	return [
		...(rows.some(({ latency }) => latency !== undefined) ? latencyColumns : []),
		...(rows.some(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion !== undefined) ? rateColumns : []),
		...(rows.some(({ wakeUps }) => wakeUps !== undefined)
			? [['wake-ups of the main threads', ({ wakeUps }: Row) => optional(wakeUps)] as const]
			: []),
		...(rows.some(({ deliveredShare }) => deliveredShare !== undefined)
			? [['delivered', (row: Row) => `${((row.deliveredShare ?? 1) * 100).toFixed(1)} %`] as const]
			: []),
	];
}

/** With fewer round trips than that, a percentile equals the maximum. */
function micros(nanos: number | undefined, count: number | undefined, enough: number): string {
	return nanos === undefined || (count ?? 0) < enough ? '-' : short(nanos / 1000);
}

function optional(value: number | undefined): string {
	return value === undefined ? '-' : short(value);
}
