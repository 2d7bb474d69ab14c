import { describeValue } from './describe-value.js';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.js';
import { textCodec } from './text.js';
import type { Codec } from './types.js';
import { type ValidatedOptions, validated } from './validated.js';

/** The argument of `json` with a schema. */
export interface JsonOptions<Schema extends StandardSchema> extends ValidatedOptions {
	readonly schema: Schema;
}

/**
 * Messages are JSON values, converted by `JSON.stringify` and `JSON.parse`: a Date becomes a string, NaN becomes null. A
 * message that is undefined, a function or a symbol cannot be encoded. The type parameter is not checked at run time.
 */
export function json<T>(): Codec<T>;
/** With a schema, messages have its types and are checked as by `validated`. */
export function json<Schema extends StandardSchema>(
	options: JsonOptions<Schema>,
): Codec<SchemaInput<Schema>, SchemaOutput<Schema>>;
export function json<Schema extends StandardSchema>(
	options?: JsonOptions<Schema>,
): Codec<SchemaInput<Schema>, SchemaOutput<Schema>> {
	return options === undefined ? plain() : validated(plain(), options.schema, options);
}

function plain<T>(): Codec<T> {
	return textCodec<T, T>('json', {
		toText(message) {
			const text: string | undefined = JSON.stringify(message);
			if (text === undefined) throw new TypeError(`JSON cannot represent ${describeValue(message)}`);
			return text;
		},
		fromText: (text) => JSON.parse(text),
	});
}
