import { expect, it } from 'vitest';
import { runCompiled } from './support/compiled.js';

/** Long enough for some of everything; the long version is `npm run soak`. */
const minutes = 0.2;
/** The soak has its own watchdogs, and reports more than this one. */
const timeoutMs = 600_000;

it(
	'processes that are killed, stopped and restarted at random lose nothing in silence and leave nothing behind',
	async () => {
		const { status, output, errors } = await runCompiled('soak/main', '--minutes', String(minutes));
		console.log(output);
		expect({ status, errors }).toEqual({ status: 0, errors: '' });
		// It did what it is for.
		for (const deed of [
			'killed',
			'stopped and continued',
			'closed',
			'disconnects: died',
			'messages by time behind their cause',
			'requests answered',
			'losses reported: messages',
		]) {
			expect(
				Number(new RegExp(`^${deed} +([\\d,]+)$`, 'm').exec(output)?.[1]?.replaceAll(',', '')),
			).toBeGreaterThan(0);
		}
	},
	timeoutMs,
);
