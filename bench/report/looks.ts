/** The style of each contestant, the same in every plot. The colours are those of Okabe and Ito, which colour-blind people can distinguish. */
import { isLimit } from '../rows.js';

const blue = '#0072B2';
const vermillion = '#D55E00';
const purple = '#CC79A7';
const green = '#009E73';
const orange = '#E69F00';
const skyBlue = '#56B4E9';
const grey = '#999999';
const black = '#000000';

export interface Look {
	readonly color: string;
	/** Of a line; `[1, 0]` is solid. */
	readonly dash: readonly [number, number];
	readonly width: number;
}

const solid = [1, 0] as const;
const dashed = [6, 3] as const;
const dotted = [2, 2] as const;

const looks: Readonly<Record<string, Partial<Look>>> = {
	'single calls': { dash: dashed },
	'blocking calls': { color: skyBlue },
	'unix socket': { color: vermillion },
	'unix socket, corked': { color: vermillion, dash: dashed },
	'unix socket, lines': { color: vermillion },
	'stdio pipe': { color: orange },
	'process.send, json': { color: purple, dash: dashed },
	'process.send, advanced': { color: purple },
	'MessagePort (threads)': { color: green },
	'BroadcastChannel (threads)': { color: green, dash: dashed },
	zeromq: { color: black },
	'zeromq, msgpack': { color: black },
	'zeromq, protobuf': { color: black },
	'zeromq, framed': { color: black },
	'shared-memory-disruptor': { color: black, dash: dotted },
};

export function lookOf(contestant: string, rival: boolean): Look {
	const color = isLimit(contestant) || rival ? grey : blue;
	return { color, dash: solid, width: rival || isLimit(contestant) ? 1.8 : 3, ...looks[contestant] };
}

export function nameOf({ contestant, rival }: { contestant: string; rival: boolean }): string {
	if (isLimit(contestant)) return `limit: ${contestant}`;
	return rival || contestant === 'ringwire' ? contestant : `ringwire, ${contestant}`;
}

/** Sans-serif faces of about the same width. The first one that is installed is used. */
export const fonts = 'DejaVu Sans, Verdana, Helvetica, Arial, sans-serif';

export const config = {
	background: 'white',
	font: fonts,
	title: { anchor: 'start', fontSize: 16, subtitleFontSize: 11, subtitleColor: '#555555', offset: 12 },
	axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e4e4e4', titlePadding: 8 },
	view: { stroke: null },
} as const;
