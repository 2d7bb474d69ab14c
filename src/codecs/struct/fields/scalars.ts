import type { Accessor } from '../accessor.js';
import { type FieldType, fieldType, type Inline, type Leaf } from '../description.js';
import { FieldFailure } from '../field-failure.js';

type NumberName = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32' | 'f32' | 'f64';
type DataViewType = 'Uint8' | 'Uint16' | 'Uint32' | 'Int8' | 'Int16' | 'Int32' | 'Float32' | 'Float64';
type BigIntName = 'u64' | 'i64';

interface NumberFormat {
	readonly byteLength: number;
	readonly method: DataViewType;
	readonly c: string;
	readonly allowed: string;
	/** Whether a number fits: the same rule as an expression for generated code, and as a function. */
	readonly fits: (value: string) => string;
	readonly isFitting: (value: number) => boolean;
}

const numbers: Readonly<Record<NumberName, NumberFormat>> = {
	u8: integer(8, 'Uint8', 'uint8_t', 0, 2 ** 8 - 1, (value) => `(${value} & 255) === ${value}`),
	u16: integer(16, 'Uint16', 'uint16_t', 0, 2 ** 16 - 1, (value) => `(${value} & 65535) === ${value}`),
	u32: integer(32, 'Uint32', 'uint32_t', 0, 2 ** 32 - 1, (value) => `${value} >>> 0 === ${value}`),
	i8: integer(8, 'Int8', 'int8_t', -(2 ** 7), 2 ** 7 - 1, (value) => `${value} << 24 >> 24 === ${value}`),
	i16: integer(16, 'Int16', 'int16_t', -(2 ** 15), 2 ** 15 - 1, (value) => `${value} << 16 >> 16 === ${value}`),
	i32: integer(32, 'Int32', 'int32_t', -(2 ** 31), 2 ** 31 - 1, (value) => `(${value} | 0) === ${value}`),
	f32: {
		byteLength: 4,
		method: 'Float32',
		c: 'float',
		allowed: 'a number in the range of a 32-bit float',
		fits: (value) => `Number.isFinite(Math.fround(${value})) || !Number.isFinite(${value})`,
		isFitting: (value) => Number.isFinite(Math.fround(value)) || !Number.isFinite(value),
	},
	f64: {
		byteLength: 8,
		method: 'Float64',
		c: 'double',
		allowed: 'a number',
		fits: () => 'true',
		isFitting: () => true,
	},
};

function integer(
	bits: number,
	method: DataViewType,
	c: string,
	min: number,
	max: number,
	fits: (value: string) => string,
): NumberFormat {
	return {
		byteLength: bits / 8,
		method,
		c,
		allowed: `an integer from ${min} to ${max}`,
		fits,
		isFitting: (value) => Number.isInteger(value) && value >= min && value <= max,
	};
}

export type EnumerationBase = Exclude<NumberName, 'f32' | 'f64'>;

/** The description of a number, also the base of an enumeration. */
export function describeNumber(name: NumberName): Leaf {
	const { byteLength, method, c, allowed, fits, isFitting } = numbers[name];
	const get = `get${method}` as const;
	const set = `set${method}` as const;
	const refuse = (value: unknown): never => {
		throw FieldFailure.of('number', value, allowed);
	};
	const read = (view: DataView, _: Buffer, at: number) => view[get](at, true);
	return leaf(name, byteLength, c, `<${name[0]}${byteLength}`, {
		accessor: {
			read,
			write(view, _, at, value) {
				if (typeof value !== 'number' || !isFitting(value)) refuse(value);
				else view[set](at, value, true);
			},
			look: read,
		},
		inline: {
			read: (at) => `view.${get}(${at}, true)`,
			accepts: (value) => `typeof ${value} === 'number' && (${fits(value)})`,
			write: (at, value) => `view.${set}(${at}, ${value}, true)`,
			refuse,
		},
	});
}

function leaf(
	layout: string,
	byteLength: number,
	type: string,
	python: string,
	{ accessor, inline, comment = '' }: { accessor: Accessor; inline?: Inline; comment?: string },
): Leaf {
	const c = { type, dimension: '', comment, constants: [] };
	return { kind: 'leaf', byteLength, alignment: byteLength, layout, python: `'${python}'`, accessor, inline, c };
}

function bigint(name: BigIntName, method: 'BigUint64' | 'BigInt64', min: bigint, max: bigint): Leaf {
	const get = `get${method}` as const;
	const set = `set${method}` as const;
	const refuse = (value: unknown): never => {
		throw FieldFailure.of('bigint', value, `a bigint from ${min} to ${max}`);
	};
	const read = (view: DataView, _: Buffer, at: number) => view[get](at, true);
	return leaf(name, 8, `${name === 'u64' ? 'uint' : 'int'}64_t`, `<${name[0]}8`, {
		accessor: {
			read,
			write(view, _, at, value) {
				if (typeof value !== 'bigint' || value < min || value > max) refuse(value);
				else view[set](at, value, true);
			},
			look: read,
		},
		inline: {
			read: (at) => `view.${get}(${at}, true)`,
			accepts: (value) => `typeof ${value} === 'bigint' && ${value} >= ${min}n && ${value} <= ${max}n`,
			write: (at, value) => `view.${set}(${at}, ${value}, true)`,
			refuse,
		},
	});
}

/** The bytes of `u64` or `i64`, as a number. */
function safeInteger(name: BigIntName, method: 'Uint32' | 'Int32', min: number): Leaf {
	const getHigh = `get${method}` as const;
	const setHigh = `set${method}` as const;
	const check = (value: unknown): number => {
		if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
		throw FieldFailure.of('number', value, `an integer from ${min} to ${Number.MAX_SAFE_INTEGER}`);
	};
	const read = (view: DataView, _: Buffer, at: number) =>
		check(view[getHigh](at + 4, true) * 2 ** 32 + view.getUint32(at, true));
	return leaf(name, 8, `${name === 'u64' ? 'uint' : 'int'}64_t`, `<${name[0]}8`, {
		accessor: {
			read,
			write(view, _, at, value) {
				const number = check(value);
				const low = number >>> 0;
				view.setUint32(at, low, true);
				view[setHigh](at + 4, (number - low) / 2 ** 32, true);
			},
			look: read,
		},
	});
}

function boolean(): Leaf {
	const read = (view: DataView, _: Buffer, at: number) => {
		const byte = view.getUint8(at);
		if (byte > 1) throw FieldFailure.range(String(byte), '0 or 1');
		return byte === 1;
	};
	return leaf('bool', 1, 'uint8_t', '?', {
		accessor: {
			read,
			write(view, _, at, value) {
				if (typeof value !== 'boolean') throw FieldFailure.type(value, 'true or false');
				view.setUint8(at, value ? 1 : 0);
			},
			look: read,
		},
		comment: '0 or 1',
	});
}

/** Unsigned integers of 8 to 32 bits. */
export const u8: FieldType<number> = fieldType(describeNumber('u8'));
export const u16: FieldType<number> = fieldType(describeNumber('u16'));
export const u32: FieldType<number> = fieldType(describeNumber('u32'));
/** Signed integers of 8 to 32 bits. */
export const i8: FieldType<number> = fieldType(describeNumber('i8'));
export const i16: FieldType<number> = fieldType(describeNumber('i16'));
export const i32: FieldType<number> = fieldType(describeNumber('i32'));
/** A float of 32 bits. A number is rounded to the nearest one; a finite number that is beyond its range is a RangeError. */
export const f32: FieldType<number> = fieldType(describeNumber('f32'));
/** Any number. */
export const f64: FieldType<number> = fieldType(describeNumber('f64'));
/** Integers of 64 bits as bigint. */
export const u64: FieldType<bigint> = fieldType(bigint('u64', 'BigUint64', 0n, 2n ** 64n - 1n));
export const i64: FieldType<bigint> = fieldType(bigint('i64', 'BigInt64', -(2n ** 63n), 2n ** 63n - 1n));
/** Integers of 64 bits as safe integers. The bytes are those of `u64` and `i64`; a value that is no safe integer is a RangeError in both directions. */
export const u64Number: FieldType<number> = fieldType(safeInteger('u64', 'Uint32', 0));
export const i64Number: FieldType<number> = fieldType(safeInteger('i64', 'Int32', Number.MIN_SAFE_INTEGER));
/** One byte, 0 or 1. */
export const bool: FieldType<boolean> = fieldType(boolean());
