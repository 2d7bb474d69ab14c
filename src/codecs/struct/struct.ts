import { types } from 'node:util';
import { describeValue } from '../describe-value.js';
import { markFixed } from '../fixed-form.js';
import { withInPlace } from '../in-place.js';
import type { Codec } from '../types.js';
import { cHeaderOf, checkGenerated } from './c-header.js';
import { describedBy, type FieldType, type StructFields } from './description.js';
import { publicError } from './field-failure.js';
import { describeStruct, layoutOf } from './layout.js';
import { LastMemory, viewsOf } from './memory-views.js';

/** The messages that a struct encodes. Other properties than its fields are ignored. */
export type StructInput<F extends StructFields> = {
	readonly [K in keyof F]: F[K] extends FieldType<infer In, unknown, unknown> ? In : never;
};

/** The messages that a struct decodes. */
export type StructOutput<F extends StructFields> = {
	-readonly [K in keyof F]: F[K] extends FieldType<never, infer Out, unknown> ? Out : never;
};

/** An accessor object over existing memory. Reading and assigning a property reads and writes the memory. */
export type StructView<F extends StructFields> = {
	-readonly [K in keyof F]: F[K] extends FieldType<never, unknown, infer View> ? View : never;
};

/**
 * A codec of messages with a fixed layout, which can also be a field of another struct. Every message has `byteLength` bytes; `decode` throws RangeError
 * for any other length. A value that its field refuses is a TypeError or a RangeError with the path of the field, the value
 * and the allowed values.
 */
export interface Struct<F extends StructFields>
	extends Codec<StructInput<F>, StructOutput<F>>,
		FieldType<StructInput<F>, StructOutput<F>, StructView<F>> {
	readonly layout: string;
	/**
	 * An accessor object over the bytes from `offset` on, which need not be aligned. It makes no copy. Fields that are structs or arrays are accessor
	 * objects too. Throws RangeError if the struct does not fit.
	 */
	view(bytes: Uint8Array, offset?: number): StructView<F>;
	/**
	 * A header for C11 and C++ that needs no other file, with `struct <name>`, a type for each nested struct, the constants of enumerations, and assertions
	 * of every offset. The default name is `message`.
	 */
	toCHeader(name?: string): string;
	/** The argument of `numpy.dtype` as a text in Python: a dict with names, formats, offsets and itemsize. */
	toPythonDtype(): string;
}

/**
 * Messages have the given fields, in this order, with the layout of a C struct on a little-endian machine: each field lies at a multiple of its size, at most
 * 8, also in 32-bit programs. Padding is zero. Both sides of a channel must define the same fields: a difference is a
 * MISMATCH that names the first field that differs.
 *
 * Names of fields are used in C, C++ and Python too, so keywords are refused. A struct has 1 byte to 64 KiB.
 */
export function struct<const F extends StructFields>(fields: F): Struct<F>;
export function struct(fields: StructFields): Struct<StructFields> {
	const description = describeStruct(fields);
	checkGenerated('message', description);
	const { byteLength, alignment, accessor } = description;
	const encoded = new LastMemory();
	const decoded = new LastMemory();

	const write = (message: unknown, memory: ArrayBufferLike, at: number) => {
		const { view, bytes } = encoded.of(memory);
		try {
			accessor.write(view, bytes, at, message);
		} catch (exception) {
			throw publicError(exception);
		}
	};
	const decodeAt = (memory: ArrayBufferLike, at: number) => {
		const { view, bytes } = decoded.of(memory);
		try {
			return accessor.read(view, bytes, at);
		} catch (exception) {
			throw publicError(exception);
		}
	};
	const read = (source: Buffer, start: number, end: number) => {
		if (end - start === byteLength) return decodeAt(source.buffer, source.byteOffset + start);
		throw new RangeError(`the message has ${end - start} bytes, the struct has ${byteLength}`);
	};
	const codec = {
		id: 'struct/1',
		layout: layoutOf(description.fields),
		byteLength,
		alignment,
		encode(message: unknown): Uint8Array {
			const target = Buffer.allocUnsafe(byteLength);
			write(message, target.buffer, target.byteOffset);
			return target;
		},
		decode: (bytes: Buffer) => read(bytes, 0, bytes.length),
		view(bytes: Uint8Array, offset = 0) {
			checkRoom(bytes, offset, byteLength);
			const { view, bytes: whole } = viewsOf(bytes.buffer);
			return accessor.look(view, whole, bytes.byteOffset + offset, '');
		},
		toCHeader: (name = 'message') => cHeaderOf(description, name),
		toPythonDtype: () => description.python,
	};
	withInPlace<unknown, unknown>(codec, {
		encodeInto(message, target, start) {
			const end = start + byteLength;
			if (end > target.length) return -1;
			write(message, target.buffer, target.byteOffset + start);
			return end;
		},
		decodeFrom: read,
	});
	markFixed(codec, { byteLength, decodeAt });
	return describedBy(codec, description);
}

/** An argument that must be a struct. */
export function checkStruct<F extends StructFields>(value: Struct<F>): Struct<F> {
	const candidate: unknown = value;
	const isStruct =
		typeof candidate === 'object' && candidate !== null && 'view' in candidate && 'byteLength' in candidate;
	if (isStruct && typeof candidate.view === 'function') return value;
	throw new TypeError(`struct: got ${describeValue(candidate)}, must be a struct of struct()`);
}

function checkRoom(bytes: unknown, offset: unknown, byteLength: number): void {
	if (!types.isUint8Array(bytes)) {
		throw new TypeError(`bytes: got ${describeValue(bytes)}, must be a Uint8Array`);
	}
	const max = bytes.length - byteLength;
	if (max < 0) throw new RangeError(`bytes: has ${bytes.length} bytes, the struct has ${byteLength}`);
	const allowed = `must be an integer from 0 to ${max}`;
	if (typeof offset !== 'number') throw new TypeError(`offset: got ${describeValue(offset)}, ${allowed}`);
	if (!Number.isInteger(offset) || offset < 0 || offset > max) {
		throw new RangeError(`offset: got ${offset}, ${allowed}`);
	}
}
