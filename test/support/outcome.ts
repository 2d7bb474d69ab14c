import { setTimeout as timer } from 'node:timers/promises';
import { RingwireError } from 'ringwire';
import { turns } from './pair.js';

/**
 * The result of an operation in a cell of a matrix: a value, a code without its prefix, or 'waits'. An operation that settles in the loop's
 * turns that follow, or by a timer of at most 1 ms, does not wait: a timer that starts later fires after one of the same duration.
 */
export async function outcomeOf(operation: () => unknown): Promise<unknown> {
	const settled = (async () => operation())().then(
		(value) => value,
		(error: unknown) => (error instanceof RingwireError ? error.code.replace('ERR_RINGWIRE_', '') : error),
	);
	const waits = timer(1)
		.then(() => turns(50))
		.then(() => 'waits');
	return Promise.race([settled, waits]);
}
