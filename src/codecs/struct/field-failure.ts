import { describeValue } from '../describe-value.js';

/** A value that a field refuses, with the path of the field within the type that is being read or written. */
export class FieldFailure extends Error {
	readonly #kind: typeof TypeError | typeof RangeError;
	readonly #text: string;
	#path = '';

	private constructor(kind: typeof TypeError | typeof RangeError, got: string, allowed: string) {
		const text = `got ${got}, must be ${allowed}`;
		super(text);
		this.#kind = kind;
		this.#text = text;
	}

	/** A value of the right type is out of range. Any other value is a TypeError. */
	static of(type: 'number' | 'bigint' | 'string' | 'boolean', value: unknown, allowed: string): FieldFailure {
		return new FieldFailure(typeof value === type ? RangeError : TypeError, describeValue(value), allowed);
	}

	static type(value: unknown, allowed: string): FieldFailure {
		return new FieldFailure(TypeError, describeValue(value), allowed);
	}

	/** `got` describes the value. */
	static range(got: string, allowed: string): FieldFailure {
		return new FieldFailure(RangeError, got, allowed);
	}

	/** The field is part of this one. */
	within(segment: string): this {
		this.#path = joinPath(segment, this.#path);
		return this;
	}

	toError(path: string): Error {
		const whole = joinPath(path, this.#path);
		return new this.#kind(`${whole === '' ? 'the message' : whole}: ${this.#text}`);
	}
}

/** Adds a segment to the path if the exception is a refused value. */
export function within(exception: unknown, segment: string): unknown {
	return exception instanceof FieldFailure ? exception.within(segment) : exception;
}

/** The exception for the caller of a codec. `path` leads to the type that was read or written. */
export function publicError(exception: unknown, path = ''): unknown {
	return exception instanceof FieldFailure ? exception.toError(path) : exception;
}

export function joinPath(one: string, other: string): string {
	return one === '' || other === '' || other.startsWith('[') ? `${one}${other}` : `${one}.${other}`;
}
