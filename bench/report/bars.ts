/** Bars of contestants with their figures beside them, the best on top. */
import { lookOf, nameOf } from './looks.js';

export interface Bar {
	readonly contestant: string;
	readonly rival: boolean;
	readonly value: number;
	/** Quartiles, where there are some. */
	readonly spread?: readonly [number, number];
	readonly text: string;
}

export function barsOf(bars: readonly Bar[], title: string) {
	const values = bars.map((bar) => ({
		name: nameOf(bar),
		value: bar.value,
		lower: bar.spread?.[0] ?? bar.value,
		upper: bar.spread?.[1] ?? bar.value,
		text: bar.text,
		color: lookOf(bar.contestant, bar.rival).color,
	}));
	const y = {
		field: 'name',
		type: 'nominal',
		sort: values.map(({ name }) => name),
		axis: { title: null, labelLimit: 0, ticks: false, domain: false },
	};
	const x = (field: string) => ({
		field,
		type: 'quantitative',
		axis: { title, labelExpr: "datum.value == 0 ? '0' : format(datum.value, '~s')", tickCount: 6 },
	});
	return {
		width: 520,
		height: { step: 24 },
		data: { values },
		layer: [
			{ mark: { type: 'bar', height: 15 }, encoding: { y, x: x('value'), color: ownColor } },
			{ mark: { type: 'rule', color: '#222222' }, encoding: { y, x: x('lower'), x2: { field: 'upper' } } },
			{
				mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, fontSize: 11, color: '#222222' },
				encoding: { y, x: x('upper'), text: { field: 'text', type: 'nominal' } },
			},
		],
	};
}

const ownColor = { field: 'color', type: 'nominal', scale: null };
