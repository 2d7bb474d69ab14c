/** The pipelines of the subscribers: plain RxJS, without a trace of other processes. */
import { bufferCount, map, type Observable, pairwise, sampleTime, scan } from 'rxjs';
import type { Measurement } from './measurement.js';

type Pipeline = (source: Observable<Measurement>) => Observable<string>;

export const pipelines = {
	/** The load of the processors, on average over 2,000 measurements. */
	average: (source) =>
		source.pipe(
			bufferCount(2000),
			map(([first, ...rest]) => busyPercent(first, rest.at(-1))),
			sampleTime(1000),
			map((percent) => `the processors are ${percent} % busy`),
		),

	/** The least and the most memory that has been available so far. */
	extremes: (source) =>
		source.pipe(
			map(({ memory }) => memory.available),
			scan(({ least, most }, now) => ({ least: Math.min(least, now), most: Math.max(most, now) }), {
				least: Number.POSITIVE_INFINITY,
				most: 0,
			}),
			sampleTime(1000),
			map(({ least, most }) => `${gigabytes(least)} to ${gigabytes(most)} GB of memory were available`),
		),

	/** The change of memory in a second: in the machine, and in the publisher itself. */
	trend: (source) =>
		source.pipe(
			sampleTime(1000),
			pairwise(),
			map(
				([{ memory: before }, { memory: now }]) =>
					`memory in a second: ${change(before.available, now.available)} available, ${change(before.own, now.own)} in the publisher`,
			),
		),
} satisfies Record<string, Pipeline>;

export type PipelineName = keyof typeof pipelines;

function busyPercent(first: Measurement | undefined, last: Measurement | undefined): string {
	if (first === undefined || last === undefined) return '?';
	const total = last.cpu.total - first.cpu.total;
	return total === 0 ? '?' : ((100 * (last.cpu.busy - first.cpu.busy)) / total).toFixed(0);
}

function gigabytes(bytes: number): string {
	return (bytes / 1e9).toFixed(2);
}

function change(before: number, now: number): string {
	const megabytes = (now - before) / 1e6;
	return `${megabytes < 0 ? '' : '+'}${megabytes.toFixed(1)} MB`;
}
