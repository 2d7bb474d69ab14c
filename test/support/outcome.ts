import { RingwireError } from 'ringwire';
import { turns } from './pair.js';

/** What an operation answers in a cell of a matrix: a value, a code without its prefix, or 'waits'. */
export async function outcomeOf(operation: () => unknown): Promise<unknown> {
	const settled = (async () => operation())().then(
		(value) => value,
		(error: unknown) => (error instanceof RingwireError ? error.code.replace('ERR_RINGWIRE_', '') : error),
	);
	return Promise.race([settled, turns(50).then(() => 'waits')]);
}
