/**
 * Checks of arguments at the public edge. Each answers the value when it is good and throws otherwise: TypeError for
 * the wrong kind, RangeError for the wrong size, naming the option, the value and what is allowed.
 */
import { describeValue } from '../codecs/describe-value.js';

/** The longest that a timer of Node waits, in milliseconds. */
export const timerMax = 2 ** 31 - 1;

interface Range {
	readonly min: number;
	readonly max: number;
	readonly powerOfTwo?: boolean;
	readonly unit?: string;
}

export function checkInteger(option: string, value: unknown, range: Range): number {
	const { min, max, powerOfTwo = false, unit } = range;
	const kind = powerOfTwo ? 'a power of two' : 'an integer';
	const allowed = `must be ${kind} from ${min} to ${max}${unit === undefined ? '' : ` ${unit}`}`;
	if (typeof value !== 'number') throw new TypeError(`${option}: got ${describeValue(value)}, ${allowed}`);
	const good =
		Number.isInteger(value) && value >= min && value <= max && (!powerOfTwo || Number.isInteger(Math.log2(value)));
	if (!good) throw new RangeError(`${option}: got ${value}, ${allowed}`);
	return value;
}

/** 0 or more milliseconds, with fractions; Infinity is allowed. */
export function checkTimeout(option: string, value: unknown): number {
	const allowed = 'must be 0 or more milliseconds, or Infinity';
	if (typeof value !== 'number') throw new TypeError(`${option}: got ${describeValue(value)}, ${allowed}`);
	if (!(value >= 0)) throw new RangeError(`${option}: got ${value}, ${allowed}`);
	return value;
}

/** `lingerMs` of the options of a `close`; undefined when it was left out. */
export function checkLinger(options: { readonly lingerMs?: number | undefined } | undefined): number | undefined {
	const { lingerMs } = checkOptions('options', options);
	if (lingerMs === undefined) return undefined;
	return checkInteger('lingerMs', lingerMs, { min: 0, max: timerMax, unit: 'milliseconds' });
}

export function checkOneOf<const V extends string>(option: string, value: unknown, allowed: readonly V[]): V {
	const found = allowed.find((candidate) => candidate === value);
	if (found !== undefined) return found;
	const text = `${option}: got ${describeValue(value)}, must be one of ${allowed.join(', ')}`;
	throw typeof value === 'string' ? new RangeError(text) : new TypeError(text);
}

export function checkBoolean(option: string, value: unknown): boolean {
	if (typeof value !== 'boolean')
		throw new TypeError(`${option}: got ${describeValue(value)}, must be true or false`);
	return value;
}

export function checkSignal(option: string, value: unknown): AbortSignal | undefined {
	if (value === undefined || isSignal(value)) return value;
	throw new TypeError(`${option}: got ${describeValue(value)}, must be an AbortSignal`);
}

/** By its looks: a signal may come from another realm. */
function isSignal(value: unknown): value is AbortSignal {
	return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
}

/** An options object that was left out is an empty one. */
export function checkOptions<O extends object>(option: string, value: O | undefined): O | Record<string, never> {
	if (value === undefined) return {};
	if (typeof value !== 'object' || value === null) {
		throw new TypeError(`${option}: got ${describeValue(value)}, must be an object`);
	}
	return value;
}
