import { describe, it } from 'vitest';
import { useTemporaryFolder } from '../support/temporary-folder.js';
import type { Face } from './face.js';
import { laws, type Trial } from './laws.js';
import { samples } from './samples.js';

/** Every law with every policy and codec that it applies to. One call a test file. */
export function describeConformance(face: Face): void {
	useTemporaryFolder();
	for (const overflow of ['block', 'drop-oldest', 'drop-newest', 'latest'] as const) {
		for (const sample of samples) {
			const trial: Trial = { face, overflow, sample };
			describe(`${face.name}, ${overflow}, ${sample.name}`, () => {
				for (const law of laws) if (law.appliesTo?.(trial) ?? true) it(law.name, () => law.hold(trial));
			});
		}
	}
}
