/** The time of `openWriter` with the default capacity: the first in a process, which loads the addon, and later ones. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../options.js';
import { quantile, type RawRow } from '../rows.js';
import type { Trial } from '../trials.js';
import type { Results } from './interleaved.js';
import type { Opened } from './open-writer-program.js';

const program = fileURLToPath(new URL('./open-writer-program.js', import.meta.url));
let started = 0;

/** A sample is the median of three processes. */
export async function measureOpenWriter(trial: Trial, settings: Settings): Promise<Results> {
	const [processes, count] = settings.tiny ? [1, 2] : [3, 20];
	const samples: Opened[][] = [];
	for (let repeat = 0; repeat < settings.repeats; repeat++) {
		const sample: Opened[] = [];
		for (let index = 0; index < processes; index++)
			sample.push(await openInProcess(`${settings.id}-open-writer-${++started}`, count));
		samples.push(sample);
	}
	const row = (contestant: string, key: keyof Opened): RawRow => ({
		...{ trial: trial.id, contestant, rival: false, unit: 'us' },
		values: samples.map((sample) =>
			quantile(
				sample.map((one) => one[key]),
				0.5,
			),
		),
	});
	return { raw: [row('first in a process', 'first'), row('later', 'later')], gaps: [] };
}

async function openInProcess(name: string, count: number): Promise<Opened> {
	const child = fork(program, [name, String(count)]);
	const exit = once(child, 'exit');
	const gone = once(child, 'disconnect').then(async (): Promise<never> => {
		const [code, signal] = await exit;
		throw new Error(`a process that opens writers ended with ${code ?? signal}`);
	});
	const [answer] = (await Promise.race([once(child, 'message'), gone])) as [Opened];
	await exit;
	return answer;
}
