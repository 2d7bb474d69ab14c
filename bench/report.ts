import { cpus, release } from 'node:os';
import type { Contestant } from './contestants/types.js';

export interface Sample {
	readonly contestant: string;
	readonly perSecond: number;
}

export interface Row {
	readonly contestant: string;
	/** Bytes of a message. */
	readonly size: number;
	/** Messages a second: median, lowest and highest of the repeats. */
	readonly median: number;
	readonly lowest: number;
	readonly highest: number;
	/** Median over the median of the rival in the same run; 1 for the rival itself. */
	readonly ratio: number | undefined;
}

export function rowsOf(size: number, contestants: readonly Contestant[], samples: readonly Sample[]): Row[] {
	const rates = (name: string) =>
		samples.filter(({ contestant }) => contestant === name).map(({ perSecond }) => perSecond);
	const rival = contestants.find((one) => one.rival);
	const rivalMedian = rival && median(rates(rival.name));
	return contestants.flatMap(({ name }) => {
		const own = rates(name);
		const middle = median(own);
		if (middle === undefined) return [];
		const ratio = rivalMedian === undefined ? undefined : middle / rivalMedian;
		return [{ contestant: name, size, median: middle, lowest: Math.min(...own), highest: Math.max(...own), ratio }];
	});
}

export function printRows(rows: readonly Row[], repeats: number): void {
	const cpu = cpus();
	console.log(`${cpu.length} x ${cpu[0]?.model ?? 'unknown CPU'}, Linux ${release()}, Node ${process.version}`);
	console.log(`medians of ${repeats} interleaved runs, each in two fresh processes; one way, first message to last`);
	for (const size of new Set(rows.map((row) => row.size))) {
		console.log(`\n${size} bytes${' '.repeat(28)}messages/s      (lowest - highest)         MB/s   x unix socket`);
		for (const row of rows.filter((one) => one.size === size)) console.log(lineOf(row));
	}
	console.log(
		'\nHow this can mislead: sender and receiver have a core each and nothing else to do; the messages are all alike and stay\n' +
			'in the cache; the socket has no message boundaries to find. On a busy machine look at the ratio, not at the rates.',
	);
}

function lineOf({ contestant, size, median: middle, lowest, highest, ratio }: Row): string {
	const spread = `(${whole(lowest)} - ${whole(highest)})`;
	const megabytes = ((middle * size) / 1e6).toFixed(0);
	const times = ratio === undefined ? '' : ratio.toFixed(1);
	return `${contestant.padEnd(30)}${whole(middle).padStart(14)}${spread.padStart(28)}${megabytes.padStart(9)}${times.padStart(12)}`;
}

function whole(value: number): string {
	return Math.round(value).toLocaleString('en-US');
}

function median(values: readonly number[]): number | undefined {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}
