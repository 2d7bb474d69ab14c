import { describeValue } from '../describe-value.js';

/** The largest struct, in bytes. */
export const structBytesMax = 64 * 1024;

/** Checks the argument of a field type: a number of bytes or of elements. */
export function checkFieldSize(option: string, size: unknown): void {
	const allowed = `must be an integer from 1 to ${structBytesMax}`;
	if (typeof size !== 'number') throw new TypeError(`${option}: got ${describeValue(size)}, ${allowed}`);
	if (!Number.isInteger(size) || size < 1 || size > structBytesMax) {
		throw new RangeError(`${option}: got ${size}, ${allowed}`);
	}
}
