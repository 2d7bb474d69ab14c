import { checkCodec } from './check-codec.js';
import { describeValue } from './describe-value.js';
import { decodesInPlace, encodesInPlace, withInPlace } from './in-place.js';
import { layoutOf } from './layout-of.js';
import { markParts, partsOf } from './parts.js';
import type { SchemaInput, SchemaIssue, SchemaOutput, StandardSchema } from './standard-schema.js';
import { textCodec, textFormOf } from './text.js';
import type { Codec } from './types.js';

export interface ValidatedOptions {
	/** Also check messages before they are encoded. Default: false. */
	readonly encode?: boolean | undefined;
}

/** The `cause` of an `ERR_RINGWIRE_DECODE` or `ERR_RINGWIRE_ENCODE` for a message that differs from its schema. */
export interface ValidationError extends Error {
	readonly name: 'ValidationError';
	readonly issues: readonly SchemaIssue[];
}

const made = new WeakSet<object>();

/** Whether `validated` made this very codec: its messages are what a schema returns, whatever the id says. */
export function isValidated(codec: object): boolean {
	return made.has(codec);
}

/**
 * Messages of `codec` that a schema checks when they are read. A reader returns what the schema returns, for instance with defaults and converted
 * values. A message that differs from the schema cannot be decoded: its error has the issues in `cause`. With `encode: true` a writer checks messages
 * too, and encodes them as they are. The check is local: the id and the bytes are those of `codec`, and the other side needs no schema.
 *
 * A schema that answers with a promise cannot be used.
 */
export function validated<Schema extends StandardSchema>(
	codec: Codec<SchemaInput<Schema>, unknown>,
	schema: Schema,
	options: ValidatedOptions = {},
): Codec<SchemaInput<Schema>, SchemaOutput<Schema>> {
	type In = SchemaInput<Schema>;
	type Out = SchemaOutput<Schema>;
	checkCodec('codec', codec);
	checkSchema(schema);
	const read = (value: unknown): Out => checked(schema, value);
	const write = checksEncode(options)
		? (message: In): In => {
				checked(schema, message);
				return message;
			}
		: (message: In): In => message;

	const form = textFormOf(codec);
	if (form !== undefined) {
		const ofText = textCodec<In, Out>(codec.id, {
			toText: (message) => form.toText(write(message)),
			fromText: (text) => read(form.fromText(text)),
		});
		made.add(ofText);
		return ofText;
	}
	const inPlace: Pick<Codec<In, Out>, 'encodeInto' | 'decodeFrom'> = {
		...(encodesInPlace(codec) && {
			encodeInto: (message: In, target: Buffer, start: number) => codec.encodeInto(write(message), target, start),
		}),
		...(decodesInPlace(codec) && {
			decodeFrom: (source: Buffer, start: number, end: number) => read(codec.decodeFrom(source, start, end)),
		}),
	};
	const result = withInPlace<In, Out>(
		{
			id: codec.id,
			...layoutOf(codec),
			encode: (message) => codec.encode(write(message)),
			decode: (bytes) => read(codec.decode(bytes)),
		},
		inPlace,
	);
	made.add(result);
	const toParts = partsOf(codec);
	if (toParts !== undefined) markParts(result, (message: In) => toParts(write(message)));
	return result;
}

/** The value that the schema returns for `value`. Throws ValidationError, and what the schema throws. */
function checked<Output>(schema: StandardSchema<unknown, Output>, value: unknown): Output {
	const result = schema['~standard'].validate(value);
	if (result instanceof Promise || 'then' in result) {
		// Its rejection has no other listener.
		Promise.resolve(result).catch(() => {});
		throw new TypeError('the schema answers with a promise: a message must be checked without waiting');
	}
	if (result.issues) throw validationError(result.issues);
	return result.value;
}

function validationError(issues: readonly SchemaIssue[]): ValidationError {
	const [first] = issues;
	const count = issues.length === 1 ? '1 issue' : `${issues.length} issues`;
	const where = pathOf(first);
	const text = `the message differs from its schema (${count}): ${where}${first?.message ?? 'no reason given'}`;
	return Object.assign(new Error(text), { name: 'ValidationError', issues } as const);
}

/** `legs[0].price: `, or an empty string for the message as a whole. */
function pathOf(issue: SchemaIssue | undefined): string {
	let text = '';
	// Not `map`: arktype has a class of its own for paths.
	for (const segment of issue?.path ?? []) {
		const key = typeof segment === 'object' ? segment.key : segment;
		text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`;
	}
	return text === '' ? '' : `${text}: `;
}

function checkSchema(schema: unknown): void {
	const isObject = (typeof schema === 'object' && schema !== null) || typeof schema === 'function';
	const standard: unknown = isObject && '~standard' in schema ? schema['~standard'] : undefined;
	if (typeof standard === 'object' && standard !== null && 'validate' in standard) {
		if (typeof standard.validate === 'function') return;
	}
	throw new TypeError(
		`schema: got ${describeValue(schema)}, must be a Standard Schema, for instance of zod, valibot or arktype`,
	);
}

function checksEncode(options: ValidatedOptions): boolean {
	if (typeof options !== 'object' || options === null) {
		throw new TypeError(`options: got ${describeValue(options)}, must be an object with encode`);
	}
	const { encode = false } = options;
	if (typeof encode === 'boolean') return encode;
	throw new TypeError(`encode: got ${describeValue(encode)}, must be true or false`);
}
