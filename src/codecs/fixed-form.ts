/** A codec whose messages all have the same length in bytes. */
export interface FixedForm<Out> {
	readonly byteLength: number;
	/** As `decodeFrom`, for a message of that length which begins at byte `at` of `memory`. Keeps no reference to it. */
	decodeAt(memory: ArrayBufferLike, at: number): Out;
}

const forms = new WeakMap<object, FixedForm<unknown>>();

/** Records the form of this very codec, for one length check for all messages of a batch. A codec that is made by spreading it has none. */
export function markFixed<Out>(codec: object, form: FixedForm<Out>): void {
	forms.set(codec, form);
}

/** Undefined if messages differ in length. */
export function fixedFormOf<Out>(codec: { decode(bytes: Buffer): Out }): FixedForm<Out> | undefined;
export function fixedFormOf(codec: object): FixedForm<unknown> | undefined {
	return forms.get(codec);
}
