import { checkInteger, checkObject } from '../base/check.js';
import { describeValue } from '../codecs/describe-value.js';

/**
 * When a reader ends.
 *
 * - `'ended'`: when every writer that it has found has called `end()` and everything is read.
 * - `{ writers: n }`: when at least n writers (1 to 2^31 - 1) have called `end()`, every writer that is still connected has
 *   too, and everything is read. A writer that left or died without `end()` does not count.
 * - `'closed'`: never by itself; only by `close()`, `shutdown()` or its signal. Writers may come, go and die.
 */
export type Until = 'ended' | 'closed' | { readonly writers: number };

const allowed = "must be 'ended', 'closed' or { writers: n }";

/** The option `until` as the addon takes it: -1 for `'ended'` (default), 0 for `'closed'`, n for `{ writers: n }`. */
export function checkUntil(until: unknown = 'ended'): number {
	if (until === 'ended') return -1;
	if (until === 'closed') return 0;
	if (typeof until === 'string') throw new RangeError(`until: got ${describeValue(until)}, ${allowed}`);
	if (typeof until !== 'object' || until === null) {
		throw new TypeError(`until: got ${describeValue(until)}, ${allowed}`);
	}
	const { writers } = checkObject<{ writers?: unknown }>('until', until, { writers: true });
	return checkInteger('until.writers', writers, { min: 1, max: 2 ** 31 - 1, unit: 'writers' });
}
