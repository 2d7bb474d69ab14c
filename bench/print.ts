/** The results as text. */
import { cpus, release, totalmem } from 'node:os';
import { type Agreement, agreementText } from './agreement.js';
import type { Gap, Row } from './rows.js';
import { rangeText, short, type Verdict } from './verdicts.js';

export interface Report {
	readonly machine: string;
	readonly versions: string;
	readonly method: string;
	readonly rows: readonly Row[];
	readonly gaps: readonly Gap[];
	readonly targets: readonly Verdict[];
	/** The agreement with another run, if the runs were compared. */
	readonly agreement?: Agreement | undefined;
}

export function machineText(): string {
	const cpu = cpus();
	return `${cpu.length} x ${cpu[0]?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()} ${process.arch}`;
}

export function print({ machine, versions, method, rows, gaps, targets, agreement }: Report): void {
	console.log(`${machine}\n${versions}\n${method}`);
	for (const trial of new Set(rows.map((row) => row.trial))) {
		const own = rows.filter((row) => row.trial === trial);
		console.log(`\n${headOf(trial, own)}`);
		for (const row of own) console.log(lineOf(row, own));
	}
	for (const { trial, contestant, reason } of gaps) console.log(`\nmissing: ${trial}: ${contestant}: ${reason}`);
	console.log('\ntargets');
	for (const { what, wanted, measured, spread, figures, verdict } of targets) {
		const range = spread === undefined ? '' : `(${rangeText(spread)})`;
		console.log(
			`${verdict.padEnd(14)}${what.padEnd(48)}${measured.padStart(10)}${range.padStart(18)}   ${wanted}${figures === '' ? '' : `: ${figures}`}`,
		);
	}
	if (agreement !== undefined) console.log(`\n${agreementText(agreement)}`);
}

export function ratioTo(row: Row, rivals: readonly string[]): string[] {
	return rivals.map((name) => {
		const ratio = row.ratios[name];
		if (ratio !== undefined) return short(ratio);
		return name === row.contestant ? '' : '-';
	});
}

/** The contestants that a trial is compared with: the two that all trials have, or the only rival. */
export function comparedWith(rows: readonly Row[]): string[] {
	const names = rows.filter(({ rival }) => rival).map(({ contestant }) => contestant);
	const usual = names.filter((name) => name === 'unix socket' || name === 'zeromq');
	return usual.length > 0 ? usual : names;
}

function headOf(trial: string, rows: readonly Row[]): string {
	const unit = rows[0]?.unit ?? '';
	const more = rows.some(({ latency }) => latency !== undefined)
		? ['p90', 'p99', 'p99.9', 'max']
		: rows.some(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion !== undefined)
			? ['MB/s', 'CPU s/M']
			: [];
	const ratios = comparedWith(rows).map((name) => `x ${name}`);
	return `${trial.padEnd(34)}${unit.padStart(12)}${'least - most'.padStart(24)}${more.map((one) => one.padStart(9)).join('')}${ratios.map((one) => `  ${one}`).join('')}`;
}

function lineOf(row: Row, all: readonly Row[]): string {
	const spread = `(${rangeText([row.lower, row.upper])})`;
	const name = `  ${row.contestant}`.padEnd(34);
	const ratios = comparedWith(all).map((rival, index) =>
		(ratioTo(row, [rival])[0] ?? '').padStart(index === 0 ? 13 : 9),
	);
	const note =
		(row.deliveredShare === undefined ? '' : `  ${(row.deliveredShare * 100).toFixed(1)} % delivered`) +
		(row.wakeUps === undefined ? '' : `  ${row.wakeUps} wake-ups of the main threads`);
	return `${name}${short(row.median).padStart(12)}${spread.padStart(24)}${moreOf(row)}${ratios.join('')}${note}${row.note === undefined ? '' : `  ${row.note}`}`;
}

function moreOf({ latency, megabytesPerSecond, cpuSecondsPerMillion }: Row): string {
	const columns: string[] = [];
	if (latency !== undefined) {
		const micros = (nanos: number, enough: number) => (latency.count >= enough ? short(nanos / 1000) : '-');
		columns.push(
			micros(latency.p90, 10),
			micros(latency.p99, 100),
			micros(latency.p999, 1000),
			micros(latency.max, 1),
		);
	} else if (cpuSecondsPerMillion !== undefined) {
		columns.push(short(megabytesPerSecond ?? 0), short(cpuSecondsPerMillion));
	}
	return columns.map((one) => one.padStart(9)).join('');
}
