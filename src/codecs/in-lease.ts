/**
 * Decoding of bytes that a hostile writer can change while they are read: the memory of a lease. A check of such bytes is worth nothing when they
 * are read again, so only a codec that reads none, or copies what it reads, has this form. For all others the library copies the message first.
 */
export type DecodeInLease<Out> = (bytes: Buffer) => Out;

const forms = new WeakMap<object, DecodeInLease<unknown>>();

/** Records the form of this very codec. A codec that was made from it has none. */
export function markInLease<Out>(codec: { decode(bytes: Buffer): Out }, decode: DecodeInLease<Out>): void {
	forms.set(codec, decode);
}

/** Undefined if the message must be copied before it is decoded. */
export function inLeaseFormOf<Out>(codec: { decode(bytes: Buffer): Out }): DecodeInLease<Out> | undefined;
export function inLeaseFormOf(codec: object): DecodeInLease<unknown> | undefined {
	return forms.get(codec);
}
