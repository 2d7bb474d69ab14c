import { inspect } from 'node:util';

const lengthMax = 60;
const inspectOptions = {
	depth: 0,
	breakLength: Number.POSITIVE_INFINITY,
	maxStringLength: 40,
	maxArrayLength: 4,
} as const;

/** A value for an error message: one line, at most about 60 characters, with its type where the text alone is ambiguous. */
export function describeValue(value: unknown): string {
	const text = textOf(value);
	const short = text.length > lengthMax ? `${text.slice(0, lengthMax)}...` : text;
	const named = value === null || value === undefined || typeof value === 'object' || typeof value === 'function';
	return named ? short : `${typeof value} ${short}`;
}

/** An object may define how it is inspected, and may throw there. */
function textOf(value: unknown): string {
	try {
		return inspect(value, inspectOptions);
	} catch {
		return typeof value;
	}
}
