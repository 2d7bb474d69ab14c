import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets the loop turn until the condition holds. The test's watchdog is what ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await nextTurn();
}
