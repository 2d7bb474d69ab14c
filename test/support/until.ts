import { setImmediate as nextTurn } from 'node:timers/promises';

/** Below the time-out of a test (vitest.config.ts), so that the error names the condition. */
const secondsMax = 45;

/** Lets the loop turn until the condition holds. A watchdog throws an error that names the condition. */
export async function until(condition: () => boolean): Promise<void> {
	const begin = process.uptime(); // which no fake timer stops
	while (!condition()) {
		if (process.uptime() - begin > secondsMax) throw new Error(`waited ${secondsMax} s in vain until ${condition}`);
		await nextTurn();
	}
}
