/**
 * `npm run bench -- [options]` (see `options.ts`): two real processes, all faces and all rivals in the same run, interleaved, so that
 * other load on the machine affects all of them alike.
 */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { agreementOf } from './agreement.js';
import { estimateOf } from './estimate.js';
import { measureIdle } from './measure/idle.js';
import { runInterleaved } from './measure/interleaved.js';
import { measureMemory } from './measure/memory.js';
import { buildNative } from './measure/native.js';
import { measureOpenWriter } from './measure/open-writer.js';
import { measureOpening } from './measure/opening.js';
import { type Settings, settingsOf, UsageError, usage } from './options.js';
import { machineText, print, type Report } from './print.js';
import { Progress } from './progress.js';
import { finish, type Gap, merge, type RawRow, type Row } from './rows.js';
import { type Trial, trials } from './trials.js';
import { judge } from './verdicts.js';
import { versionsText } from './versions.js';

const others = { opening: measureOpening, 'open-writer': measureOpenWriter, idle: measureIdle, memory: measureMemory };

const settings = readSettings();
if (settings?.list) console.log(trials.map(({ id, contestants }) => `${id}: ${contestants.join('; ')}`).join('\n'));
else if (settings?.from !== undefined) await tellAgain(settings.from, settings);
else if (settings !== undefined) {
	const leave = () => leaveNothing(settings);
	// The peers end by themselves when this process does.
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			leave();
			process.exit(130);
		});
	}
	try {
		await bench(settings);
	} finally {
		leave();
	}
}

function readSettings(): Settings | undefined {
	try {
		return settingsOf(process.argv.slice(2));
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		console.error(`${error.message}\n${usage}`);
		process.exitCode = 2;
		return undefined;
	}
}

/** Also removes the remains of an interrupted peer: shared-memory-disruptor has names in /dev/shm. */
function leaveNothing({ folder, id }: Settings): void {
	rmSync(folder, { recursive: true, force: true });
	for (const name of existsSync('/dev/shm') ? readdirSync('/dev/shm') : []) {
		if (name.startsWith(`${id}-`)) rmSync(`/dev/shm/${name}`, { force: true });
	}
}

async function bench(settings: Settings): Promise<void> {
	process.env.RINGWIRE_DIR = settings.folder;
	const startedAt = performance.now();
	const wanted = trials.filter(({ id }) => settings.wants(id));
	const hasPrograms = wanted.some(({ kind, limits }) => kind === 'program' || limits !== undefined);
	const missing = hasPrograms ? await buildNative() : undefined;
	if (missing !== undefined) settings.say(`the native programs cannot be built: ${missing}`);
	const raw: RawRow[] = [];
	const gaps: Gap[] = [];
	const plan = Array.from({ length: settings.passes }, () => wanted).flat();
	const estimates = new Map(wanted.map((trial) => [trial.id, estimateOf(trial, settings)]));
	const left = new Progress(
		plan.map(({ id }) => id),
		(id) => estimates.get(id) ?? 0,
		() => performance.now(),
	);
	const showing = { ...settings, progress: (line: string) => settings.progress(`${left.text}: ${line}`) };
	settings.step(left.text);
	for (const trial of plan) {
		const results = await runOne(trial, showing);
		raw.push(...results.raw);
		gaps.push(...results.gaps.filter((gap) => !gaps.some((known) => isDeepStrictEqual(known, gap))));
		left.next();
		settings.step(`${left.text} after ${trial.id}`);
	}
	settings.progress('');
	const rows = finish(merge(raw));
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
	const report: Report = {
		machine: machineText(),
		versions: versionsText(),
		method: `medians, the least and the greatest of ${settings.passes * settings.repeats} interleaved samples of about ${settings.sampleMs} ms from ${settings.passes} sessions; ${seconds} s in all${settings.tiny ? '; TINY: the figures mean nothing' : ''}`,
		...judged(rows, settings),
		gaps,
	};
	print(report);
	if (settings.json !== undefined) writeFileSync(settings.json, `${JSON.stringify(report, null, '\t')}\n`);
	await draw(report, settings);
}

/** The rows of another run. Their targets are evaluated again. */
async function tellAgain(file: string, settings: Settings): Promise<void> {
	const kept = reportIn(file, '--from');
	if (kept === undefined) return;
	const report = { ...kept, ...judged(kept.rows, settings) };
	print(report);
	await draw(report, settings);
}

async function draw(report: Report, settings: Settings): Promise<void> {
	if ([settings.html, settings.png, settings.markdown].every((file) => file === undefined)) return;
	// Its packages take a while to load.
	const { writePictures } = await import('./pictures.js');
	await writePictures(report, settings);
}

/** The rows with their targets and the agreement with another run. */
function judged(rows: readonly Row[], { against }: Settings) {
	const targets = judge(rows);
	const other = against === undefined ? undefined : reportIn(against, '--against');
	const agreement =
		other === undefined
			? undefined
			: agreementOf({ rows, targets }, { rows: other.rows, targets: judge(other.rows) });
	return { rows, targets, agreement };
}

function reportIn(file: string, option: string): Report | undefined {
	try {
		const kept = JSON.parse(readFileSync(file, 'utf8')) as Report;
		if (!Array.isArray(kept.rows) || !Array.isArray(kept.gaps)) throw new Error('it has no rows and gaps');
		if (!kept.rows.every(({ values }) => Array.isArray(values))) throw new Error('its rows have no samples');
		return kept;
	} catch (error) {
		console.error(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
		process.exitCode = 2;
		return undefined;
	}
}

function isOther(kind: Trial['kind']): kind is keyof typeof others {
	return kind in others;
}

async function runOne(trial: Trial, settings: Settings) {
	const { kind } = trial;
	try {
		if (isOther(kind)) return await others[kind](trial, settings);
		return await runInterleaved(trial, settings);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		settings.say(`${trial.id} is left out: ${reason}`);
		return { raw: [], gaps: [{ trial: trial.id, contestant: 'all', reason }] };
	}
}
