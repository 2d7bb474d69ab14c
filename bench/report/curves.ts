/** Lines of contestants, each with its name at its end instead of a legend. */
import { lookOf, nameOf } from './looks.js';

export interface Curve {
	readonly contestant: string;
	readonly rival: boolean;
	/** Ascending in x. */
	readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
	readonly title: string;
	readonly domain: readonly [number, number];
	readonly base?: number;
	readonly values?: readonly number[];
	/** A Vega expression on `datum.value`. */
	readonly text?: string;
}

export interface Panel {
	readonly title?: string;
	readonly width: number;
	readonly height: number;
	readonly x: Axis;
	readonly y: Axis;
	readonly dots?: boolean;
}

const labelGap = 14;

/** A Vega-Lite view, both axes logarithmic. */
export function panelOf(curves: readonly Curve[], { title, width, height, x, y, dots = false }: Panel) {
	const ends = curves.map(({ points }) => points.at(-1)?.[1] ?? y.domain[0]);
	const places = spread(ends, y.domain, height);
	return {
		...(title === undefined ? {} : { title: { text: title, fontSize: 13, offset: 6 } }),
		width,
		height,
		layer: curves.flatMap((curve, index) => {
			const { color, dash, width: strokeWidth } = lookOf(curve.contestant, curve.rival);
			const end = curve.points.at(-1);
			if (end === undefined) return [];
			const line = {
				data: { values: curve.points.map(([px, py]) => ({ x: px, y: py })) },
				mark: { type: 'line', color, strokeDash: [...dash], strokeWidth, point: dots && { color, size: 22 } },
				encoding: { x: encoded('x', x), y: encoded('y', y) },
			};
			const label = {
				data: { values: [{ x: end[0], y: places[index], name: nameOf(curve) }] },
				mark: { type: 'text', align: 'left', baseline: 'middle', dx: 8, fontSize: 11, color },
				encoding: { x: encoded('x', x), y: encoded('y', y), text: { field: 'name', type: 'nominal' } },
			};
			return [line, label];
		}),
	};
}

function encoded(field: 'x' | 'y', { title, domain, base = 10, values, text }: Axis) {
	return {
		field,
		type: 'quantitative',
		scale: { type: 'log', base, domain: [...domain], nice: false },
		axis: {
			title,
			// The width of a text is only estimated here, and too high.
			labelOverlap: false,
			labelFlush: false,
			...(values === undefined ? {} : { values: [...values] }),
			...(text === undefined ? {} : { labelExpr: text }),
		},
	};
}

/** The whole decades around some values. */
export function decades(values: readonly number[]): [number, number] {
	const logs = values.filter((one) => one > 0 && Number.isFinite(one)).map(Math.log10);
	if (logs.length === 0) return [1, 10];
	const low = Math.floor(Math.min(...logs));
	return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.max(...logs)))];
}

export function decadeTicks([low, high]: readonly [number, number]): number[] {
	const first = Math.round(Math.log10(low));
	return Array.from({ length: Math.round(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
}

/** The places of labels for `values` on a logarithmic axis: as near to their values as possible without touching each other. */
export function spread(values: readonly number[], domain: readonly [number, number], height: number): number[] {
	const perPixel = Math.log10(domain[1] / domain[0]) / height;
	const gap = labelGap * perPixel;
	const order = values.map((value, index) => ({ index, at: Math.log10(value) })).sort((a, b) => a.at - b.at);
	// A group of labels that touch is centred on the mean of their values.
	const groups: { wish: number; members: number[] }[] = [];
	for (const { index, at } of order) {
		groups.push({ wish: at, members: [index] });
		for (;;) {
			const upper = groups.at(-1);
			const lower = groups.at(-2);
			if (upper === undefined || lower === undefined) break;
			const room = upper.wish - lower.wish;
			const needed = ((upper.members.length + lower.members.length) / 2) * gap;
			if (room >= needed - 1e-9) break;
			const count = upper.members.length + lower.members.length;
			const wish = (upper.wish * upper.members.length + lower.wish * lower.members.length) / count;
			groups.splice(-2, 2, { wish, members: [...lower.members, ...upper.members] });
		}
	}
	const places: number[] = [];
	for (const { wish, members } of groups) {
		members.forEach((index, rank) => {
			places[index] = 10 ** (wish + (rank - (members.length - 1) / 2) * gap);
		});
	}
	return places;
}
