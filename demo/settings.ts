import { parseArgs } from 'node:util';

export interface Settings {
	/** What is sent. */
	readonly file: string;
	/** How often it is sent on each way. */
	readonly rounds: number;
	/** How long measurements are published, and how many in a second. */
	readonly seconds: number;
	readonly perSecond: number;
}

const { values } = parseArgs({
	options: {
		file: { type: 'string', default: process.execPath },
		rounds: { type: 'string', default: '3' },
		seconds: { type: 'string', default: '6' },
		'per-second': { type: 'string', default: '10000' },
	},
});

export const settings: Settings = {
	file: values.file,
	rounds: Number(values.rounds),
	seconds: Number(values.seconds),
	perSecond: Number(values['per-second']),
};
