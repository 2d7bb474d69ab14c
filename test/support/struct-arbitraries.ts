/** Random structs and messages for them. */
import fc from 'fast-check';
import type { FieldsSpec, Plain, Spec } from './struct-spec.js';

const names = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,5}$/).map((name) => `${name}F`);
const bases = {
	u8: [0, 255],
	i8: [-128, 127],
	u16: [0, 65535],
	i16: [-32768, 32767],
	u32: [0, 2 ** 31 - 1],
	i32: [-(2 ** 31), 2 ** 31 - 1],
} as const;
const baseNames = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32'] as const;

const leaves: fc.Arbitrary<Spec> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc
			.constantFrom(
				...([
					'u8',
					'u16',
					'u32',
					'i8',
					'i16',
					'i32',
					'u64',
					'i64',
					'u64Number',
					'i64Number',
					'f32',
					'f64',
					'bool',
				] as const),
			)
			.map((scalar) => ({ scalar })),
	},
	fc.tuple(fc.integer({ min: 2, max: 40 }), fc.boolean()).map(([bytes, terminated]) => ({ text: bytes, terminated })),
	fc.integer({ min: 1, max: 20 }).map((bytes) => ({ bytes })),
	fc.constantFrom(...baseNames).chain((base) => {
		const [min, max] = bases[base];
		const values = fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 });
		return values.map((list) => ({
			base,
			names: Object.fromEntries(list.map((value, index) => [`v${index}`, value])),
		}));
	}),
);

function fieldsOf(depth: number): fc.Arbitrary<FieldsSpec> {
	return fc.uniqueArray(fc.tuple(names, specs(depth)), { minLength: 1, maxLength: 5, selector: ([name]) => name });
}

function specs(depth: number): fc.Arbitrary<Spec> {
	if (depth === 0) return leaves;
	return fc.oneof(
		{ weight: 4, arbitrary: leaves },
		fc.tuple(specs(depth - 1), fc.integer({ min: 1, max: 3 })).map(([element, count]) => ({ element, count })),
		fieldsOf(depth - 1).map((fields) => ({ fields })),
	);
}

export const structs: fc.Arbitrary<FieldsSpec> = fieldsOf(3);

/** Messages of a struct, as the list of its values. */
export function messages(fields: FieldsSpec): fc.Arbitrary<readonly Plain[]> {
	return fc.tuple(...fields.map(([, spec]) => values(spec)));
}

function values(spec: Spec): fc.Arbitrary<Plain> {
	if ('text' in spec) return texts(spec.terminated ? spec.text - 1 : spec.text);
	if ('bytes' in spec) {
		const bytes = fc.uint8Array({ minLength: spec.bytes, maxLength: spec.bytes });
		return bytes.map((list) => Buffer.from(list).toString('hex'));
	}
	if ('names' in spec) return fc.constantFrom(...Object.keys(spec.names));
	if ('element' in spec) return fc.array(values(spec.element), { minLength: spec.count, maxLength: spec.count });
	if ('fields' in spec) return messages(spec.fields);
	const { scalar } = spec;
	switch (scalar) {
		case 'bool':
			return fc.boolean();
		case 'u64':
			return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
		case 'i64':
			return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
		case 'u64Number':
			return fc.maxSafeNat();
		case 'i64Number':
			return fc.maxSafeInteger();
		case 'f32':
			return fc.float().map(floatText);
		case 'f64':
			return fc.double().map(floatText);
		case 'u8':
		case 'i8':
		case 'u16':
		case 'i16':
		case 'i32':
			return fc.integer({ min: bases[scalar][0], max: bases[scalar][1] });
		case 'u32':
			return fc.integer({ min: 0, max: 2 ** 32 - 1 });
	}
}

function floatText(value: number): string {
	return Object.is(value, -0) ? '-0' : String(value);
}

/** Texts of at most this many bytes in UTF-8. */
function texts(bytesMax: number): fc.Arbitrary<string> {
	const characters = fc.oneof(
		{ weight: 3, arbitrary: fc.string({ unit: 'grapheme-ascii' }) },
		fc.string({ unit: 'binary' }),
	);
	return characters.map((text) => {
		let short = '';
		for (const character of text.replaceAll('\0', '')) {
			if (Buffer.byteLength(short + character) > bytesMax) break;
			short += character;
		}
		return short;
	});
}
