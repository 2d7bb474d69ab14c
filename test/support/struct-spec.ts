/** Structs and messages as plain data, which goes to other processes as JSON. */
import {
	array,
	bool,
	enumeration,
	type FieldType,
	f32,
	f64,
	fixedBytes,
	i8,
	i16,
	i32,
	i64,
	i64Number,
	type Struct,
	type StructFields,
	struct,
	text,
	u8,
	u16,
	u32,
	u64,
	u64Number,
} from 'ringwire';

const scalars = { u8, u16, u32, i8, i16, i32, u64, i64, u64Number, i64Number, f32, f64, bool };
export type ScalarName = keyof typeof scalars;

export type FieldsSpec = readonly (readonly [string, Spec])[];
export type Spec =
	| { readonly scalar: ScalarName }
	| { readonly text: number; readonly terminated: boolean }
	| { readonly bytes: number }
	| { readonly names: Readonly<Record<string, number>>; readonly base: 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' }
	| { readonly element: Spec; readonly count: number }
	| { readonly fields: FieldsSpec };

/** Numbers that JSON cannot represent, bigints and bytes are texts. */
export type Plain = string | number | boolean | readonly Plain[];

// The types of the fields are known at run time only.
type AnyType = FieldType<never, never, never>;

export function structOf(fields: FieldsSpec): Struct<StructFields> {
	return struct(Object.fromEntries(fields.map(([name, spec]) => [name, typeOf(spec)])));
}

function typeOf(spec: Spec): AnyType {
	return untypedOf(spec) as AnyType;
}

function untypedOf(spec: Spec): unknown {
	if ('scalar' in spec) return scalars[spec.scalar];
	if ('text' in spec) return text(spec.text, { terminated: spec.terminated });
	if ('bytes' in spec) return fixedBytes(spec.bytes);
	if ('names' in spec) return enumeration(spec.names, scalars[spec.base]);
	if ('element' in spec) return array(typeOf(spec.element), spec.count);
	return structOf(spec.fields);
}

/** The value of a message. */
export function fieldValue(spec: Spec, plain: Plain): unknown {
	if ('scalar' in spec) {
		if (spec.scalar === 'u64' || spec.scalar === 'i64') return BigInt(String(plain));
		return spec.scalar === 'f32' || spec.scalar === 'f64' ? Number(plain) : plain;
	}
	if ('bytes' in spec) return Buffer.from(String(plain), 'hex');
	const parts = Array.isArray(plain) ? plain : [];
	if ('element' in spec) return parts.map((part) => fieldValue(spec.element, part));
	if ('fields' in spec) return messageOf(spec.fields, parts);
	return plain;
}

/** The message of a struct, whose values are in the order of its fields. */
export function messageOf(fields: FieldsSpec, plain: readonly Plain[]): never {
	return Object.fromEntries(
		fields.map(([name, spec], index) => [name, fieldValue(spec, plain[index] ?? 0)]),
	) as never;
}

/** All values in order as a reader in another language prints them: integers in decimal, floats, texts and bytes as the bytes in memory. */
export function tokensOf(spec: Spec, plain: Plain): string[] {
	if ('text' in spec)
		return [Buffer.concat([Buffer.from(String(plain)), Buffer.alloc(spec.text)], spec.text).toString('hex')];
	if ('bytes' in spec) return [String(plain)];
	if ('names' in spec) return [String(spec.names[String(plain)])];
	const parts = Array.isArray(plain) ? plain : [];
	if ('element' in spec) return parts.flatMap((part) => tokensOf(spec.element, part));
	if ('fields' in spec) return spec.fields.flatMap(([, field], index) => tokensOf(field, parts[index]));
	if (spec.scalar === 'bool') return [plain === true ? '1' : '0'];
	if (spec.scalar === 'f32') return [Buffer.from(Float32Array.of(Number(plain)).buffer).toString('hex')];
	if (spec.scalar === 'f64') return [Buffer.from(Float64Array.of(Number(plain)).buffer).toString('hex')];
	return [Object.is(plain, -0) ? '0' : String(plain)];
}

/** The kinds of the values of `tokensOf`, as the letters of numpy. */
export function kindsOf(spec: Spec): string[] {
	if ('text' in spec) return ['S'];
	if ('bytes' in spec) return ['V'];
	if ('element' in spec) return Array.from({ length: spec.count }, () => kindsOf(spec.element)).flat();
	if ('fields' in spec) return spec.fields.flatMap(([, field]) => kindsOf(field));
	return [('names' in spec ? spec.base : spec.scalar).charAt(0)];
}
