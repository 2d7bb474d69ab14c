import { parseArgs } from 'node:util';

export interface Settings {
	/** The file that is sent. */
	readonly file: string;
	/** The largest number of times that it is sent on each transport and route. */
	readonly rounds: number;
	/** For how many seconds measurements are published, and at most how many in a second. */
	readonly seconds: number;
	readonly perSecond: number;
	/** The demo fails when it has not ended after this time. */
	readonly deadlineSeconds: number;
}

const { values } = parseArgs({
	options: {
		file: { type: 'string', default: process.execPath },
		rounds: { type: 'string', default: '3' },
		seconds: { type: 'string', default: '6' },
		'per-second': { type: 'string', default: '10000' },
		deadline: { type: 'string', default: '60' },
	},
});

export const settings: Settings = {
	file: values.file,
	rounds: Number(values.rounds),
	seconds: Number(values.seconds),
	perSecond: Number(values['per-second']),
	deadlineSeconds: Number(values.deadline),
};
