import type { Accessor, StructAccessor } from './accessor.js';
import { arrayByClosures, structByClosures } from './closures.js';
import type { ArrayDescription, StructDescription } from './description.js';
import { generateArray, generateStruct } from './generated.js';

/** The input of the accessor of an array or a struct. */
export type ArrayShape = Pick<ArrayDescription, 'kind' | 'element' | 'count'>;
export type StructShape = Pick<StructDescription, 'kind' | 'fields' | 'padding'>;

export function arrayAccessor(shape: ArrayShape): Accessor {
	return generatedOr(generateArray, arrayByClosures, shape);
}

export function structAccessor(shape: StructShape): StructAccessor {
	return generatedOr(generateStruct, structByClosures, shape);
}

/** Generated code runs several times as fast as closures, which remain for processes that forbid code generation from strings. */
function generatedOr<S, A>(generate: (shape: S) => A, closures: (shape: S) => A, shape: S): A {
	try {
		return generate(shape);
	} catch (exception) {
		if (!(exception instanceof Error) || exception.name !== 'EvalError') throw exception;
		return closures(shape);
	}
}
