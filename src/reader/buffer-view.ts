type ViewClass = new (memory: ArrayBufferLike, start: number, length: number) => Buffer;

/**
 * A Buffer over part of `memory`, as `Buffer.from(memory, start, length)` and `subarray` give it, without their checks.
 * Node makes its own Buffers with a class that it shows only as the species of Buffer; on a runtime that does not,
 * `Buffer.from` does it.
 */
export const bufferView: (memory: ArrayBufferLike, start: number, length: number) => Buffer = makeView();

function makeView() {
	const species: unknown = Reflect.get(Buffer, Symbol.species);
	if (!makesBuffers(species)) {
		return (memory: ArrayBufferLike, start: number, length: number) => Buffer.from(memory, start, length);
	}
	return (memory: ArrayBufferLike, start: number, length: number) => new species(memory, start, length);
}

function makesBuffers(species: unknown): species is ViewClass {
	return typeof species === 'function' && species !== Buffer && species.prototype === Buffer.prototype;
}
