import { arrayAccessor } from '../compound.js';
import { descriptionOf, type FieldType, fieldType } from '../description.js';
import { checkFieldSize } from '../limits.js';
import type { ArrayView } from './array-view.js';

/** Exactly `count` elements of a type, one after the other. In a message it is an Array, in an accessor object an `ArrayView`. */
export function array<In, Out, View>(
	type: FieldType<In, Out, View>,
	count: number,
): FieldType<readonly In[], Out[], ArrayView<In, View>> {
	const element = descriptionOf('array type', type);
	checkFieldSize('array', count);
	const { byteLength, alignment } = element;
	// As in C, the dimensions of an array of arrays follow from the outermost one on.
	const start = element.layout.search(/(\[\d+\])*$/);
	const shape = { kind: 'array', element, count } as const;
	return fieldType({
		...shape,
		byteLength: byteLength * count,
		alignment,
		layout: `${element.layout.slice(0, start)}[${count}]${element.layout.slice(start)}`,
		python: `(${element.python}, (${count},))`,
		accessor: arrayAccessor(shape),
	});
}
