const byteLengths = new WeakMap<object, number>();

/** Records that every message of this very codec has the same length. A codec that is made by spreading it has none. */
export function markFixedByteLength(codec: object, byteLength: number): void {
	byteLengths.set(codec, byteLength);
}

/** The length in bytes of every message of a codec, which `decodeFrom` checks. Undefined if messages differ in length. */
export function fixedByteLength(codec: object): number | undefined {
	return byteLengths.get(codec);
}
