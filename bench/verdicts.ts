/** Whether a run reached the targets, and by how much. */
import type { Row } from './rows.js';
import { type Target, targets } from './targets.js';

export interface Verdict {
	readonly what: string;
	readonly wanted: string;
	readonly measured: string;
	/** The least and the greatest of the samples; of a ratio, of those taken one after the other. None of a mere count. */
	readonly spread: readonly [number, number] | undefined;
	/** The two medians of a ratio, with their unit. */
	readonly figures: string;
	readonly verdict: 'reached' | 'missed' | 'not measured';
}

export function judge(rows: readonly Row[]): Verdict[] {
	return targets.map((target) => {
		const { what, atLeast, atMost, unit } = target;
		const wanted =
			atLeast === undefined ? `at most ${short(atMost ?? 0)} ${unit}` : `at least ${short(atLeast)} ${unit}`;
		const { value, spread, figures = '' } = measuredBy(target, rows) ?? {};
		if (value === undefined || Number.isNaN(value)) {
			return { what, wanted, measured: '', spread: undefined, figures, verdict: 'not measured' };
		}
		const reached = atLeast === undefined ? value <= (atMost ?? 0) : value >= atLeast;
		return { what, wanted, measured: short(value), spread, figures, verdict: reached ? 'reached' : 'missed' };
	});
}

interface Measured {
	readonly value: number | undefined;
	readonly spread?: readonly [number, number] | undefined;
	readonly figures?: string;
}

function measuredBy(target: Target, rows: readonly Row[]): Measured | undefined {
	const find = (trial: string, contestant: string) =>
		rows.find((row) => row.trial === trial && row.contestant === contestant);
	const row = find(target.trial, target.contestant);
	if (row === undefined) return undefined;
	if (target.of === 'wakeUps') return { value: row.wakeUps };
	if (target.against === undefined) return { value: row.median, spread: [row.lower, row.upper] };
	const other = find(target.againstTrial ?? target.trial, target.against);
	if (other === undefined) return undefined;
	if (target.of === 'cpu') {
		const [own, theirs] = [row.cpuSecondsPerMillion ?? Number.NaN, other.cpuSecondsPerMillion ?? Number.NaN];
		const spread = spreadOf(row.cpuValues ?? [], other.cpuValues ?? [], quotient);
		return { value: own / theirs, spread, figures: figuresOf(own, theirs, 'CPU s / million') };
	}
	const ratio = row.unit === 'us' ? (own: number, theirs: number) => theirs / own : quotient;
	return {
		value: ratio(row.median, other.median),
		spread: spreadOf(row.values, other.values, ratio),
		figures: figuresOf(row.median, other.median, row.unit),
	};
}

const quotient = (own: number, theirs: number) => own / theirs;

function figuresOf(own: number, theirs: number, unit: string): string {
	return `${short(own)} and ${short(theirs)} ${unit}`;
}

/** None where a sample of one has no partner: the ratio of two bad moments is no ratio. */
function spreadOf(own: readonly number[], others: readonly number[], ratio: (own: number, other: number) => number) {
	if (own.length !== others.length || own.length === 0) return undefined;
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
