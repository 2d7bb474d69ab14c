/** Whether two runs say the same: of each row, whether the ranges of their samples overlap. */
import type { Row } from './rows.js';
import { short } from './targets.js';

export interface Agreement {
	/** Rows that both runs have. */
	readonly rows: number;
	readonly apart: readonly Apart[];
}

interface Apart {
	readonly trial: string;
	readonly contestant: string;
	readonly here: readonly [number, number];
	readonly there: readonly [number, number];
}

export function agreementOf(rows: readonly Row[], others: readonly Row[]): Agreement {
	const pairs = rows.flatMap((row) => {
		const { trial, contestant } = row;
		const other = others.find((one) => one.trial === trial && one.contestant === contestant);
		return other === undefined ? [] : [[row, other] as const];
	});
	const apart = pairs
		.filter(([row, other]) => row.lower > other.upper || other.lower > row.upper)
		.map(([{ trial, contestant, lower, upper }, other]) => ({
			...{ trial, contestant },
			...{ here: [lower, upper] as const, there: [other.lower, other.upper] as const },
		}));
	return { rows: pairs.length, apart };
}

export function agreementText({ rows, apart }: Agreement): string {
	const head = `in ${rows - apart.length} of ${rows} rows the samples of the two runs overlap`;
	if (apart.length === 0) return head;
	const range = ([from, to]: readonly [number, number]) => `${short(from)} - ${short(to)}`;
	const lines = apart.map(
		({ trial, contestant, here, there }) =>
			`* ${trial}, ${contestant}: ${range(here)}, and ${range(there)} in the other run`,
	);
	return `${head}; not in these:\n\n${lines.join('\n')}`;
}
