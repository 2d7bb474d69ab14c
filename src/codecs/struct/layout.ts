import { structAccessor } from './compound.js';
import { descriptionOf, type Padding, type PlacedField, type StructDescription } from './description.js';
import { structBytesMax } from './limits.js';
import { checkNames } from './names.js';

/**
 * Places fields as C does: each at the next multiple of its alignment, and padding at the end up to the alignment of the struct. A field of 8 bytes has
 * the alignment 8 also in 32-bit programs.
 */
export function describeStruct(fields: unknown): StructDescription {
	const placed: PlacedField[] = [];
	const padding: Padding[] = [];
	let end = 0;
	let alignment = 1;
	const alignTo = (alignment: number) => {
		const next = Math.ceil(end / alignment) * alignment;
		if (next > end) padding.push({ offset: end, byteLength: next - end });
		end = next;
	};
	for (const [name, field] of checkNames('struct', fields, 'field')) {
		const type = descriptionOf(`struct field ${name}`, field);
		alignTo(type.alignment);
		placed.push({ name, offset: end, type });
		end += type.byteLength;
		alignment = Math.max(alignment, type.alignment);
	}
	alignTo(alignment);
	if (end > structBytesMax) throw new RangeError(`struct: has ${end} bytes, must have at most ${structBytesMax}`);
	const shape = { kind: 'struct', fields: placed, padding } as const;
	return {
		...shape,
		byteLength: end,
		alignment,
		layout: `{${layoutOf(placed)}}`,
		python: pythonOf(placed, end),
		accessor: structAccessor(shape),
	};
}

/** The canonical text of the layout: `id:u32,price:f64`. */
export function layoutOf(fields: readonly PlacedField[]): string {
	return fields.map(({ name, type }) => `${name}:${type.layout}`).join(',');
}

function pythonOf(fields: readonly PlacedField[], byteLength: number): string {
	const list = (values: readonly (string | number)[]) => `[${values.join(', ')}]`;
	const names = list(fields.map(({ name }) => `'${name}'`));
	const formats = list(fields.map(({ type }) => type.python));
	const offsets = list(fields.map(({ offset }) => offset));
	return `{'names': ${names}, 'formats': ${formats}, 'offsets': ${offsets}, 'itemsize': ${byteLength}}`;
}
