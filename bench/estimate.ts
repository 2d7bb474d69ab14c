/** An estimate of the seconds that a trial takes on a quiet machine. */
import type { Settings } from './options.js';
import type { Trial } from './trials.js';

const startSeconds = 0.3;
/** Finding the count and warming up, in samples. */
const warmUpSamples = 3;

export function estimateOf(trial: Trial, settings: Settings): number {
	const { repeats, quick } = settings;
	if (trial.kind === 'idle') return quick ? 5 : 7.5;
	if (trial.kind === 'open-writer') return 1.2 * repeats;
	if (trial.kind === 'opening' || trial.kind === 'memory') return 1;
	const { id, contestants, limits = [], writers, readers, pauseMs } = trial;
	const sessions = [...contestants, ...limits].filter((name) => settings.wants(id, name)).length;
	const pairs = (writers + readers) / 2;
	const samples = warmUpSamples * pairs + repeats * (pauseMs > 10 ? 7 : 1);
	return sessions * (startSeconds * pairs + (samples * settings.sampleMs) / 1000);
}
