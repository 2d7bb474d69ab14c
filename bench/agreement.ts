/** Compares two runs: for each row and each target, whether the ranges of their samples overlap. */
import type { Report } from './print.js';
import type { Row } from './rows.js';
import { rangeText, type Verdict } from './verdicts.js';

type Range = readonly [number, number];

/** The ranges of a row or a target in two runs. */
interface Pair {
	readonly what: string;
	readonly here: Range;
	readonly there: Range;
}

/** Over the rows or targets that both runs have. */
interface Comparison {
	readonly count: number;
	readonly apart: readonly Pair[];
}

export interface Agreement {
	readonly rows: Comparison;
	readonly targets: Comparison;
}

export function agreementOf(here: Pick<Report, 'rows' | 'targets'>, there: typeof here): Agreement {
	return {
		rows: compare(here.rows.map(rangeOfRow), there.rows.map(rangeOfRow)),
		targets: compare(here.targets.flatMap(rangeOfTarget), there.targets.flatMap(rangeOfTarget)),
	};
}

export function agreementText({ rows, targets }: Agreement): string {
	return `${textOf('rows', rows)}\n\n${textOf('targets', targets)}`;
}

type Named = readonly [what: string, range: Range];

function rangeOfRow({ trial, contestant, lower, upper }: Row): Named {
	return [`${trial}, ${contestant}`, [lower, upper]];
}

function rangeOfTarget({ what, wanted, spread }: Verdict): Named[] {
	return spread === undefined ? [] : [[`${what}, ${wanted}`, spread]];
}

function compare(own: readonly Named[], others: readonly Named[]): Comparison {
	const there = new Map(others);
	const pairs = own.flatMap(([what, here]): Pair[] => {
		const other = there.get(what);
		return other === undefined ? [] : [{ what, here, there: other }];
	});
	return {
		count: pairs.length,
		apart: pairs.filter((pair) => pair.here[0] > pair.there[1] || pair.there[0] > pair.here[1]),
	};
}

function textOf(things: string, { count, apart }: Comparison): string {
	const head = `in ${count - apart.length} of ${count} ${things} the samples of the two runs overlap`;
	if (apart.length === 0) return head;
	const lines = apart.map(
		({ what, here, there }) => `* ${what}: ${rangeText(here)}, and ${rangeText(there)} in the other run`,
	);
	return `${head}; not in these:\n\n${lines.join('\n')}`;
}
