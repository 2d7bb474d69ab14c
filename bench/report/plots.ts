/** The plots, as a table. A plot whose trials were not run is left out. */
import { comparedWith, type Report } from '../print.js';
import { isLimit, type Row } from '../rows.js';
import { bytesText, crowds, sizes } from '../trials.js';
import { short } from '../verdicts.js';
import { type Bar, barsOf } from './bars.js';
import { type Curve, decades, decadeTicks, panelOf } from './curves.js';

export interface Plot {
	/** Also the name of its file. */
	readonly name: string;
	readonly title: string;
	/** How to read it. */
	readonly caption: string;
	/** A Vega-Lite view. */
	readonly view: object;
}

const small = 'one way 64 B';

export function plotsOf({ rows }: Pick<Report, 'rows'>): Plot[] {
	return [throughput(rows), latency(rows), oneWay(rows), typed(rows), cpu(rows), growth(rows)].filter(
		(plot) => plot !== undefined,
	);
}

function throughput(rows: readonly Row[]): Plot | undefined {
	const trials = new Map(sizes.map((size) => [`one way ${bytesText(size)}`, size]));
	const shown = rows.filter(
		({ trial, contestant, rival }) =>
			trials.has(trial) && (rival || contestant === 'batch calls' || contestant === 'single calls'),
	);
	const curves = curvesOf(shown, (row) => [trials.get(row.trial) ?? 0, row.median]);
	if (curves.length === 0) return undefined;
	const y = decades(shown.map(({ median }) => median));
	return {
		name: 'throughput-by-size',
		title: 'Messages a second by message size, one way',
		caption: 'Both axes logarithmic; medians. Up is better.',
		view: panelOf(curves, {
			...{ width: 560, height: 460, dots: true },
			x: { title: 'message size', domain: [8, 4_194_304], base: 2, values: sizes, text: sizeText },
			y: { title: 'messages/s', domain: y, values: decadeTicks(y), text: decadeText },
		}),
	};
}

const decadeText = "format(datum.value, '~s')";
const sizeText = `datum.value >= 1048576 ? datum.value / 1048576 + ' MiB' : datum.value >= 1024 ? datum.value / 1024 + ' KiB' : datum.value + ' B'`;

const pauses = [
	['round trip hot, two cores', 'hot, each on a core of its own'],
	['round trip hot', 'hot, where the scheduler puts them'],
	['round trip after 1 ms', 'after 1 ms idle'],
	['round trip after 100 ms', 'after 100 ms idle'],
] as const;
const callers = ['event loop', 'blocking calls', 'unix socket', 'zeromq'];

/** As in HdrHistogram's plots: the x axis has as much room from 90 to 99 % as from 99 to 99.9 %. */
function latency(rows: readonly Row[]): Plot | undefined {
	const shown = rows.filter((row) => callers.includes(row.contestant) && row.latency !== undefined);
	const panels = pauses.flatMap(([trial, title]) => {
		const own = shown.filter((row) => row.trial === trial);
		const curves = own.map(({ contestant, rival, latency }): Curve => {
			const curve = latency?.curve ?? [];
			return {
				contestant,
				rival,
				points: curve.map(([percent, nanos]) => [100 / (100 - percent), nanos / 1000]),
			};
		});
		return own.length === 0 ? [] : [{ title, curves }];
	});
	if (panels.length === 0) return undefined;
	const points = panels.flatMap(({ curves }) => curves.flatMap((curve) => curve.points));
	const y = decades(points.map(([, micros]) => micros));
	const panelAxis = (curves: readonly Curve[]) => {
		const last = Math.max(10, ...curves.flatMap((curve) => curve.points.map(([x]) => x)));
		const values = [1, 2, 10, 100, 1000, 10_000].filter((one) => one <= last * 1.01);
		return { title: 'percentile', domain: [1, last] as const, values, text: percentText };
	};
	return {
		name: 'latency-distribution',
		title: 'Round trip of 64 B: distribution of latency',
		caption:
			'Microseconds, logarithmic, by percentile. Down is better; a curve that rises to the right has a tail.',
		view: gridOf(
			panels.map(({ title, curves }) =>
				panelOf(curves, {
					...{ title, width: 300, height: 250 },
					x: panelAxis(curves),
					y: {
						title: 'round trip, µs',
						domain: y,
						values: decadeTicks(y),
						text: "format(datum.value, ',~r')",
					},
				}),
			),
		),
	};
}

/** Two in a line. The distance is from frame to frame, with room for the names at the ends and the next axis. */
function gridOf(panels: readonly object[]) {
	return { concat: panels, columns: 2, bounds: 'flush', spacing: { row: 80, column: 235 } };
}

const percentText = "datum.value == 1 ? '' : datum.value == 2 ? '50 %' : format(100 - 100 / datum.value, '~r') + ' %'";

/** The rates of a trial, the best on top, with the ratio to one rival. */
function ratesOf(rows: readonly Row[], rival: string | undefined): Bar[] {
	const sorted = [...rows].sort((one, other) => other.median - one.median);
	return sorted.map((row) => {
		const ratio = rival === undefined ? undefined : row.ratios[rival];
		const more = ratio === undefined ? '' : ` · ${short(ratio)} x ${rival}`;
		return {
			...row,
			value: row.median,
			spread: [row.lower, row.upper] as const,
			text: `${short(row.median)}${more}`,
		};
	});
}

const typedTitles = [
	['typed struct', 'struct of 64 B'],
	['typed text', 'text of 64 characters'],
	['typed json', 'JSON of 100 B'],
	['typed msgpack', 'MessagePack of the same values'],
	['typed protobuf', 'protobuf of the same values'],
	['typed framed', 'a header in JSON with a body of 64 KiB'],
	['typed structured', 'structured clone of the same values'],
] as const;

function typed(rows: readonly Row[]): Plot | undefined {
	const panels = typedTitles.flatMap(([trial, title]) => {
		const own = rows.filter((row) => row.trial === trial);
		const bars = ratesOf(own, comparedWith(own)[0]);
		return own.length === 0 ? [] : [{ title: { text: title, fontSize: 13 }, ...barsOf(bars, 'messages/s') }];
	});
	if (panels.length === 0) return undefined;
	return {
		name: 'typed-messages',
		title: 'Typed messages one way, with the rival that has the same codec',
		caption:
			'Median, and from the least to the greatest sample; the ratio is to the rival of the same run. The unix socket beside struct moves raw bytes. Longer is better.',
		view: { vconcat: panels, spacing: 40 },
	};
}

function oneWay(rows: readonly Row[]): Plot | undefined {
	const shown = rows.filter((row) => row.trial === small && row.unit === 'messages/s');
	if (shown.length === 0) return undefined;
	return {
		name: 'one-way-64-b',
		title: '64 B one way, through each face and rival',
		caption:
			'Median, and from the least to the greatest sample; the ratio is to the unix socket of the same run. Longer is better.',
		view: barsOf(ratesOf(shown, 'unix socket'), 'messages/s'),
	};
}

function cpu(rows: readonly Row[]): Plot | undefined {
	const seconds = (row: Row) => row.cpuSecondsPerMillion ?? Number.POSITIVE_INFINITY;
	const shown = rows
		.filter((row) => row.trial === small && Number.isFinite(seconds(row)) && !isLimit(row.contestant))
		.sort((one, other) => seconds(one) - seconds(other));
	if (shown.length === 0) return undefined;
	return {
		name: 'cpu-per-million',
		title: 'CPU time of a million messages of 64 B, one way',
		caption: 'Seconds of all processes of the pair together, median. Shorter is better.',
		view: barsOf(
			shown.map((row) => ({ ...row, value: seconds(row), text: `${short(seconds(row))} s` })),
			'CPU seconds per million messages',
		),
	};
}

const crowdCurves = ['batch calls', 'single calls', 'unix socket', 'zeromq'];

function growth(rows: readonly Row[]): Plot | undefined {
	const sides = [
		{ title: 'writers, one reader', trial: (count: number) => `${count} to 1` },
		{ title: 'readers, one writer', trial: (count: number) => `1 to ${count}` },
	].map(({ title, trial }) => {
		const counts = new Map(crowds.map((count) => [trial(count), count]));
		return {
			title,
			counts,
			shown: rows.filter((row) => counts.has(row.trial) && crowdCurves.includes(row.contestant)),
		};
	});
	const figures = [
		{ title: 'messages written/s', value: (row: Row) => row.median, text: decadeText },
		{
			title: 'CPU s per million written',
			value: (row: Row) => row.cpuSecondsPerMillion ?? 0,
			text: "format(datum.value, ',~r')",
		},
	];
	if (sides.every(({ shown }) => shown.length === 0)) return undefined;
	const panels = figures.flatMap(({ title, value, text }) => {
		const y = decades(sides.flatMap(({ shown }) => shown.map(value)));
		return sides.map((side) =>
			panelOf(
				curvesOf(side.shown, (row) => [side.counts.get(row.trial) ?? 1, value(row)]),
				{
					...{ width: 280, height: 220, dots: true },
					x: { title: side.title, domain: [1, 16], base: 2, values: crowds, text: 'datum.value' },
					y: { title, domain: y, values: decadeTicks(y), text },
				},
			),
		);
	});
	return {
		name: 'writers-and-readers',
		title: 'Cost as writers and readers grow, 64 B',
		caption: 'Total of all writers; with many readers each of them gets every message. All axes logarithmic.',
		view: gridOf(panels),
	};
}

/** One for each contestant, of points that can stand on a logarithmic axis. */
function curvesOf(rows: readonly Row[], point: (row: Row) => readonly [number, number]): Curve[] {
	return [...new Set(rows.map(({ contestant }) => contestant))].flatMap((contestant) => {
		const own = rows.filter((row) => row.contestant === contestant);
		const points = own
			.map(point)
			.filter(([x, y]) => x > 0 && y > 0 && Number.isFinite(y))
			.sort(([one], [other]) => one - other);
		return points.length === 0 ? [] : [{ contestant, rival: own[0]?.rival ?? false, points }];
	});
}
