import { FieldFailure } from './field-failure.js';
import { ArrayMemory } from './fields/array-view.js';

/** The value of a struct is no object. */
export function refuseMessage(value: unknown): never {
	throw FieldFailure.type(value, 'an object');
}

/** The elements of the value of an array field: an Array, or the view of another array. */
export function elementsOf(value: unknown, count: number): readonly unknown[] {
	const elements: unknown = value instanceof ArrayMemory ? [...value] : value;
	if (!Array.isArray(elements)) throw FieldFailure.type(value, `an array of ${count} elements`);
	if (elements.length !== count) throw FieldFailure.range(`${elements.length} elements`, `${count} elements`);
	return elements;
}
