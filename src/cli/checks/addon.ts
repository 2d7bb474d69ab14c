import { existsSync } from 'node:fs';
import { reasonOf } from '../../base/errors.js';
import { handedOverKey } from '../../native/load.js';
import { type AddonLocation, locateAddon } from '../../native/location.js';
import type { TrialReport } from '../trial.js';
import { type Finding, failure, ok } from './finding.js';

/** Which binary a process loads, and why. */
export function checkAddon(trial: TrialReport): Finding {
	if (handedOverKey in globalThis) return ok('addon', 'handed over by a static import');
	let location: AddonLocation;
	try {
		location = locateAddon();
	} catch (error) {
		return failure('addon', reasonOf(error), 'install the package again, with its dependencies');
	}
	if (trial.failed === 'load') return failure('addon', trial.reason, 'build it with `npx ringwire build`');
	const { file, origin, target, candidates } = location;
	const others = candidates.filter((candidate) => candidate !== file && existsSync(candidate));
	const first = others.length === 0 ? '' : `, before ${others.join(' and ')}`;
	const reason = origin === 'built' ? 'built on this machine' : `prebuilt for ${target}`;
	return ok('addon', `${file} (${reason}${first})`);
}

/** Whether a message passes through the kernel, the run-time folder and shared memory. */
export function checkExchange({ failed, reason }: TrialReport): Finding {
	if (failed === undefined) return ok('message', 'a trial message arrived');
	const found = failed === 'load' ? 'not tried: the addon does not load' : reason;
	return failure('message', found, 'see the other lines');
}
