import { types } from 'node:util';
import { type FieldType, fieldType } from '../description.js';
import { FieldFailure } from '../field-failure.js';
import { checkFieldSize } from '../limits.js';

/**
 * Exactly `byteLength` bytes. A message to encode has a Uint8Array or Buffer of that length, a decoded one a Buffer of its own, and an accessor
 * object a Buffer over the memory itself.
 */
export function fixedBytes(byteLength: number): FieldType<Uint8Array, Buffer> {
	checkFieldSize('fixedBytes', byteLength);
	const look = (_: DataView, bytes: Buffer, at: number) => bytes.subarray(at, at + byteLength);
	return fieldType({
		kind: 'leaf',
		byteLength,
		alignment: 1,
		layout: `bytes${byteLength}`,
		python: `'V${byteLength}'`,
		inline: undefined,
		accessor: {
			read: (view, bytes, at) => Buffer.from(look(view, bytes, at)),
			write(_, bytes, at, value) {
				if (!types.isUint8Array(value)) throw FieldFailure.type(value, `a Uint8Array of ${byteLength} bytes`);
				if (value.length !== byteLength) {
					throw FieldFailure.range(`a Uint8Array of ${value.length} bytes`, `one of ${byteLength} bytes`);
				}
				bytes.set(value, at);
			},
			look,
		},
		c: { type: 'uint8_t', dimension: `[${byteLength}]`, comment: '', constants: [] },
	});
}
