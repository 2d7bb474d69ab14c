import { describeValue } from '../describe-value.js';
import type { Accessor, StructAccessor } from './accessor.js';

declare const messageTypes: unique symbol;

/**
 * The type of a field of a struct: `u32`, `text(16)`, `array(u8, 4)`, another struct. `In` is the type of its values in messages to encode,
 * `Out` in decoded ones, and `View` in the accessor object of `struct.view`.
 */
export interface FieldType<in In, out Out = In, out View = Out> {
	readonly byteLength: number;
	/** The field lies at a multiple of it. */
	readonly alignment: number;
	/** The canonical text of the layout, the same for equal layouts. */
	readonly layout: string;
	/** Only for the compiler. */
	readonly [messageTypes]?: (value: In) => { readonly out: Out; readonly view: View };
}

/** The fields of a struct, in the order of their bytes. */
export type StructFields = Readonly<Record<string, FieldType<never, unknown>>>;

interface Common {
	readonly byteLength: number;
	readonly alignment: number;
	readonly layout: string;
	/** The type in the text of a numpy dtype. */
	readonly python: string;
	readonly accessor: Accessor;
}

/** A field without fields of its own. */
export interface Leaf extends Common {
	readonly kind: 'leaf';
	readonly inline: Inline | undefined;
	/** An expression of JavaScript for an object with `read` and `write`, with the accessor in its scope as `general`. */
	readonly code?: string | undefined;
	readonly c: {
		readonly type: string;
		/** The dimension of an array of C. */
		readonly dimension: string;
		readonly comment: string;
		/** Names of values, which become enumeration constants. */
		readonly constants: readonly (readonly [string, number])[];
	};
}

export interface ArrayDescription extends Common {
	readonly kind: 'array';
	readonly element: Description;
	readonly count: number;
}

export interface StructDescription extends Common {
	readonly kind: 'struct';
	readonly fields: readonly PlacedField[];
	readonly padding: readonly Padding[];
	readonly accessor: StructAccessor;
}

export type Description = Leaf | ArrayDescription | StructDescription;

export interface PlacedField {
	readonly name: string;
	readonly offset: number;
	readonly type: Description;
}

export interface Padding {
	readonly offset: number;
	readonly byteLength: number;
}

/** Expressions of JavaScript for a scalar, for generated code. `view` is a DataView; `at` and `value` are expressions. */
export interface Inline {
	read(at: string): string;
	/** True for a value that can be written. */
	accepts(value: string): string;
	write(at: string, value: string): string;
	/** Throws the error for a value that cannot be written. */
	refuse(value: unknown): never;
}

const descriptions = new WeakMap<object, Description>();

/** The public form of a description. */
export function fieldType<In, Out = In, View = Out>(description: Description): FieldType<In, Out, View> {
	const { byteLength, alignment, layout } = description;
	return describedBy(Object.freeze({ byteLength, alignment, layout }), description);
}

export function describedBy<T extends object>(type: T, description: Description): T {
	descriptions.set(type, description);
	return type;
}

/** The description of a field type. `option` is for the error message. */
export function descriptionOf(option: string, type: unknown): Description {
	const description = typeof type === 'object' && type !== null ? descriptions.get(type) : undefined;
	if (description === undefined) {
		throw new TypeError(
			`${option}: got ${describeValue(type)}, must be a field type such as u32, text(16) or a struct`,
		);
	}
	return description;
}
