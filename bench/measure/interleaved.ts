/** Runs one trial: starts all its contestants, warms them up, and runs them in turn, so that other load on the machine affects them alike. */
import { contestantNamed } from '../contestants/all.js';
import type { Spec } from '../contestants/types.js';
import type { Settings } from '../options.js';
import { type Gap, type RawRow, rawRow } from '../rows.js';
import type { Trial } from '../trials.js';
import { ProgramSession, programs } from './native.js';
import { type Outcome, PeerSession, type Session } from './session.js';

interface Entry {
	readonly name: string;
	readonly session: Session;
	count: number;
	readonly outcomes: Outcome[];
}

export interface Results {
	readonly raw: RawRow[];
	readonly gaps: Gap[];
}

let sessions = 0;
/** The counts that the first pass found, so that a later one only warms up. */
const counts = new Map<string, number>();

export async function runInterleaved(trial: Trial, settings: Settings): Promise<Results> {
	const gaps: Gap[] = [];
	const entries: Entry[] = [];
	const failed = new Set<Entry>();
	const gap = (contestant: string, error: unknown) => {
		const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
		settings.say(`${trial.id}: ${contestant} is left out: ${reason}`);
		gaps.push({ trial: trial.id, contestant, reason });
	};
	try {
		for (const name of [...trial.contestants, ...(trial.limits ?? [])]) {
			if (!settings.wants(trial.id, name)) continue;
			settings.progress(`${trial.id}: ${name}`);
			let session: Session | undefined;
			try {
				session = await open(name, trial, settings);
				entries.push({ name, session, count: await warmUp(name, session, trial, settings), outcomes: [] });
			} catch (error) {
				gap(name, error);
				await session?.close();
			}
		}
		for (let repeat = 0; repeat < settings.repeats; repeat++) {
			for (const entry of entries) {
				if (failed.has(entry)) continue;
				settings.progress(`${trial.id}, sample ${repeat + 1} of ${settings.repeats}: ${entry.name}`);
				try {
					entry.outcomes.push(await entry.session.run(entry.count));
				} catch (error) {
					failed.add(entry);
					gap(entry.name, error);
				}
			}
		}
	} finally {
		await Promise.all(entries.map(({ session }) => session.close()));
	}
	const raw = entries
		.filter((entry) => !failed.has(entry))
		.map(({ name, outcomes }) => rawRow(trial.id, name, isRival(name), trial.size, outcomes));
	return { raw, gaps };
}

function isRival(name: string): boolean {
	return !programs.has(name) && contestantNamed(name).rival === true;
}

async function open(name: string, trial: Trial, settings: Settings): Promise<Session> {
	if (programs.has(name)) return new ProgramSession(name, trial.size, settings.folder);
	const contestant = contestantNamed(name);
	const kind = trial.kind === 'round-trip' ? 'round-trip' : 'one-way';
	const spec: Spec = {
		...{
			name: `${settings.id}-${++sessions}`,
			kind,
			size: trial.size,
			writers: trial.writers,
			readers: trial.readers,
		},
		...{ overflow: trial.overflow, pauseMs: trial.pauseMs, folder: settings.folder },
		...{ form: contestant.typed === true ? trial.form : 'bytes', step: settings.tiny ? 1 : trial.step },
	};
	return PeerSession.open(contestant, spec, trial.cores);
}

/** Resolves with the number of messages of a sample. */
async function warmUp(name: string, session: Session, trial: Trial, settings: Settings): Promise<number> {
	const key = `${trial.id}/${name}`;
	const known = counts.get(key);
	const hot = await heat(session, known ?? (await calibrate(session, trial, settings)), trial, settings);
	const count = known ?? hot;
	counts.set(key, count);
	if (trial.pauseMs === 0) return count;
	const sampleMs = settings.sampleMs * (trial.pauseMs > 10 ? 7 : 1);
	return settings.tiny ? 1 : Math.max(3, Math.round(sampleMs / trial.pauseMs));
}

/** A count that takes about as long as a sample should, of processes that are still cold. */
async function calibrate(session: Session, trial: Trial, settings: Settings): Promise<number> {
	const wanted = settings.sampleMs / 1000;
	let count = Math.max(16 * trial.writers, Math.min(64, Math.floor(4e6 / trial.size)));
	if (settings.tiny) return count;
	for (let round = 0; round < 12; round++) {
		const { seconds } = await session.run(count, true);
		const factor = wanted / Math.max(seconds, 1e-6);
		if (factor < 2) return scaled(count, factor);
		count = Math.round(count * Math.min(factor, 10));
	}
	return count;
}

/**
 * Runs until each process has had as much processor time as a sample lasts, in which the compilers of JavaScript come to their end: of 17
 * processes on two cores each has little in the time of one sample. Answers what takes as long as a sample then.
 */
async function heat(session: Session, cold: number, trial: Trial, settings: Settings): Promise<number> {
	const wanted = settings.sampleMs / 1000;
	const enough = (trial.writers + trial.readers) * settings.sampleMs * 1000;
	let count = cold;
	if (settings.tiny) return count;
	for (let spent = 0, rounds = 0; spent < enough && rounds < 100; rounds++) {
		const { seconds, cpuMicros } = await session.run(count, true);
		spent += cpuMicros;
		count = scaled(count, wanted / Math.max(seconds, 1e-6));
	}
	return count;
}

const scaled = (count: number, factor: number) => Math.max(1, Math.round(count * Math.min(factor, 10)));
