/** The settings of the command line. Throws `UsageError` for invalid ones. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isTargeted } from './targets.js';
import { trials } from './trials.js';

export const usage = `usage: npm run bench -- [options]
  --quick           two minutes for a first look: short samples; without --filter only what the targets compare
  --filter TEXT     only trials whose name contains TEXT; TRIAL/CONTESTANT also picks contestants (rivals stay)
  --passes N        plays the whole table so many times, each with fresh processes; default 5 (--quick: 1)
  --repeats N       samples of each in each pass, default 1 (--quick: 3)
  --against FILE    says which rows do not agree with another run that --json has kept
  --json FILE       all rows, ratios, gaps and targets
  --html FILE       the report, default build/bench/report.html (--tiny: none)
  --png DIR         its plots as pictures
  --markdown FILE   its main tables, between the marks <!-- bench:NAME --> of that page
  --from FILE       measures nothing: the report of what --json has kept
  --tiny            the least that runs everything and checks every byte; its figures mean nothing
  --list            the trials`;

export class UsageError extends Error {}

export interface Settings {
	readonly passes: number;
	readonly repeats: number;
	readonly sampleMs: number;
	readonly quick: boolean;
	readonly tiny: boolean;
	readonly json: string | undefined;
	readonly from: string | undefined;
	readonly against: string | undefined;
	readonly html: string | undefined;
	readonly png: string | undefined;
	readonly markdown: string | undefined;
	readonly list: boolean;
	/** Unique to this run; begins names. */
	readonly id: string;
	readonly folder: string;
	wants(trial: string, contestant?: string): boolean;
	/** Prints a line that stays. */
	say(line: string): void;
	/** Prints a line that the next one replaces. Prints nothing without a terminal. */
	progress(line: string): void;
	/** Prints a line that stays, only without a terminal. */
	step(line: string): void;
}

export function settingsOf(args: readonly string[]): Settings {
	const options = parse(args);
	const { quick, tiny } = options;
	const passes = wholeNumber('--passes', options.passes ?? (tiny || quick ? '1' : '5'));
	const repeats = wholeNumber('--repeats', options.repeats ?? (quick && !tiny ? '3' : '1'));
	const [trialPart = '', contestantPart = ''] = (options.filter ?? '').split('/');
	if (!trials.some(({ id }) => id.includes(trialPart))) {
		throw new UsageError(`no trial is called "${trialPart}"; there are: ${trials.map(({ id }) => id).join(', ')}`);
	}
	const ours = (contestant: string) => trials.some((trial) => trial.contestants.includes(contestant));
	if (
		contestantPart !== '' &&
		!trials.some(({ contestants }) => contestants.some((one) => one.includes(contestantPart)))
	) {
		throw new UsageError(`no contestant is called "${contestantPart}"`);
	}
	const rivals = [
		'unix socket',
		'unix socket, lines',
		'zeromq',
		'zeromq, msgpack',
		'zeromq, protobuf',
		'zeromq, framed',
	];
	const targetsOnly = quick && options.filter === undefined;
	const terminal = process.stderr.isTTY === true;
	return {
		...{ passes, repeats, quick, tiny, sampleMs: quick ? 80 : 200 },
		...{ json: options.json, from: options.from, against: options.against },
		...{ png: options.png, markdown: options.markdown, list: options.list },
		html: options.html ?? (tiny ? undefined : 'build/bench/report.html'),
		id: `rb${randomBytes(4).toString('hex')}`,
		folder: options.list || options.from !== undefined ? '' : mkdtempSync(join(tmpdir(), 'ringwire-bench-')),
		wants: (trial, contestant) =>
			(!targetsOnly || isTargeted(trial, contestant)) &&
			trial.includes(trialPart) &&
			(contestant === undefined ||
				contestant.includes(contestantPart) ||
				rivals.includes(contestant) ||
				!ours(contestant)),
		say: (line) => void process.stderr.write(`${terminal ? '\r\u001b[K' : ''}${line}\n`),
		progress: (line) => void (terminal && process.stderr.write(`\r\u001b[K${line}`)),
		step: (line) => void (terminal || tiny || process.stderr.write(`${line}\n`)),
	};
}

function wholeNumber(option: string, text: string): number {
	const number = Number(text);
	if (Number.isInteger(number) && number >= 1) return number;
	throw new UsageError(`${option} must be a whole number from 1 on, not "${text}"`);
}

function parse(args: readonly string[]) {
	const flag = { type: 'boolean', default: false } as const;
	const text = { type: 'string' } as const;
	try {
		return parseArgs({
			args: [...args],
			options: {
				...{ quick: flag, tiny: flag, list: flag, filter: text, passes: text, repeats: text },
				...{ json: text, from: text, against: text, html: text, png: text, markdown: text },
			},
		}).values;
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
	}
}
