/** The cost of a connected pair without traffic: CPU ticks and wake-ups of both main threads, as the kernel counts them. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { contestantNamed } from '../contestants/all.js';
import type { Settings } from '../options.js';
import type { RawRow } from '../rows.js';
import type { Trial } from '../trials.js';
import type { Results } from './interleaved.js';
import { PeerSession } from './session.js';

/** Makes the name of a socket unique, also in the next pass. */
let measured = 0;

export async function measureIdle(trial: Trial, settings: Settings): Promise<Results> {
	const raw: RawRow[] = [];
	const gaps: Results['gaps'] = [];
	settings.progress(trial.id);
	// All at once: an idle pair does not disturb the others, and a pair that is not idle shows in its own figures.
	await Promise.all(
		trial.contestants.map(async (contestant) => {
			try {
				raw.push(await measure(trial, contestant, settings));
			} catch (error) {
				gaps.push({
					trial: trial.id,
					contestant,
					reason: error instanceof Error ? error.message : String(error),
				});
			}
		}),
	);
	const place = ({ contestant }: RawRow) => trial.contestants.indexOf(contestant);
	return { raw: raw.sort((one, other) => place(one) - place(other)), gaps };
}

async function measure(trial: Trial, contestant: string, settings: Settings): Promise<RawRow> {
	const { size, writers, readers, overflow, pauseMs } = trial;
	const name = `${settings.id}-idle-${++measured}-${contestant.replaceAll(' ', '-')}`;
	const spec = {
		name,
		kind: 'round-trip',
		size,
		writers,
		readers,
		overflow,
		pauseMs,
		folder: settings.folder,
		form: 'bytes',
		step: 0,
	} as const;
	const session = await PeerSession.open(contestantNamed(contestant), spec, 'any');
	try {
		await session.run(100);
		// V8 cleans up for a while after its work.
		if (!settings.tiny) await sleep(2500);
		const before = session.pids.map(usageOf);
		const ms = settings.tiny ? 50 : settings.quick ? 1500 : 4000;
		await sleep(ms);
		const after = session.pids.map(usageOf);
		const grown = (key: 'ticks' | 'wakeUps') =>
			after.reduce((sum, one, index) => sum + one[key] - (before[index]?.[key] ?? 0), 0);
		const wakeUps = grown('wakeUps');
		return {
			...{
				trial: trial.id,
				contestant,
				rival: contestant !== 'event loop',
				unit: 'CPU ticks',
				values: [grown('ticks')],
			},
			...{ wakeUps, note: `in ${ms / 1000} s` },
		};
	} finally {
		await session.close();
	}
}

/** A system call that blocks is a voluntary switch. One that does not block shows as CPU time. */
function usageOf(pid: number) {
	const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8');
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	return {
		wakeUps: Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]),
		ticks: Number(stat[11]) + Number(stat[12]),
	};
}
