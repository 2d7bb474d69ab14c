/**
 * Checks of arguments at the public edge. Each returns a valid value and throws otherwise: TypeError for the wrong type,
 * RangeError for a value out of range. The message names the option, the value and the allowed values.
 */
import { describeValue } from '../codecs/describe-value.js';
import { nearestName } from './nearest-name.js';

/** The longest delay of a timer of Node, in milliseconds. */
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

const spinMicrosDefault = 50;

/** How long a reader polls before it sleeps: 0 to 1,000,000 microseconds, default 50. */
export function checkSpin(spinMicros: unknown = spinMicrosDefault): number {
	return checkInteger('spinMicros', spinMicros, { min: 0, max: 1_000_000, unit: 'microseconds' });
}

/** `lingerMs` of the options of a `close`; undefined when it is absent. */
export function checkLinger(options: { readonly lingerMs?: number | undefined } | undefined): number | undefined {
	const { lingerMs } = checkOptions('options', options, { lingerMs: true });
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

/** The option names of a type, for the checks below. A missing or an extra name does not compile. */
export type KeysOf<O> = Readonly<Record<keyof O, true>>;

/** As `checkObject`; a missing options object counts as an empty one. */
export function checkOptions<O extends object>(
	option: string,
	value: O | undefined,
	known: KeysOf<NoInfer<O>>,
): O | Record<string, never> {
	return value === undefined ? {} : checkObject(option, value, known);
}

/** An object without unknown keys. A key whose value is undefined counts as absent. */
export function checkObject<O extends object>(option: string, value: O, known: KeysOf<NoInfer<O>>): O {
	if (!isPlain(value)) {
		throw new TypeError(`${option}: got ${describeValue(value)}, must be an object with ${anyOf(known)}`);
	}
	const unknown = unknownKeyOf(value, known);
	if (unknown === undefined) return value;
	const names = Object.keys(known);
	const there = names.length === 1 ? `there is only ${names[0]}` : `there are ${names.join(', ')}`;
	throw new TypeError(`${option}.${unknown}: no such option${suggestionFor(unknown, known)}; ${there}`);
}

/**
 * A definition. One that was written by hand, or made by another copy of this package, has the same keys. `allowed`
 * completes the sentence "must be ..." in the error.
 */
export function checkDefinition<D extends object>(
	option: string,
	value: D,
	known: KeysOf<NoInfer<D>>,
	allowed: string,
): D {
	const plain = isPlain(value);
	const unknown = plain ? unknownKeyOf(value, known) : undefined;
	if (plain && unknown === undefined) return value;
	const why = unknown === undefined ? '' : `, which has no ${unknown}${suggestionFor(unknown, known)}`;
	throw new TypeError(`${option}: got ${describeValue(value)}, must be ${allowed}${why}`);
}

/** False for an instance of a class of the language or of Node, such as an AbortSignal or a Promise. */
function isPlain(value: unknown): boolean {
	return Object.prototype.toString.call(value) === '[object Object]';
}

function unknownKeyOf(value: object, known: object): string | undefined {
	return Object.keys(value).find((key) => !Object.hasOwn(known, key) && Reflect.get(value, key) !== undefined);
}

function suggestionFor(unknown: string, known: object): string {
	const nearest = nearestName(unknown, Object.keys(known));
	return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}

function anyOf(known: object): string {
	const names = Object.keys(known);
	return names.length === 1 ? `the key ${names[0]}` : `any of the keys ${names.join(', ')}`;
}
