/**
 * Encodes messages to bytes and decodes them. `In` is what a writer accepts, `Out` what a reader returns. `id` names the
 * format: 1 to 128 printable ASCII characters. Both sides of a channel must use the same id, otherwise the link is refused
 * with `ERR_RINGWIRE_MISMATCH`.
 *
 * The bytes that `encode` returns are copied before `tryWrite` returns; only a `write` that waits for room keeps them until
 * it is settled. The Buffer that `decode` receives is the consumer's own copy and may be kept, unless the reader was opened
 * with `reuseMemory: true`. An exception from `encode` or `decode` becomes the `cause` of a `RingwireError` with code
 * `ERR_RINGWIRE_ENCODE` or `ERR_RINGWIRE_DECODE`; the handle stays usable.
 */
export interface Codec<in In, out Out = In> {
	readonly id: string;
	encode(message: In): Uint8Array;
	decode(bytes: Buffer): Out;
}

const copying = new WeakSet<object>();

/**
 * Records that `decode` of this very object keeps no reference to its Buffer, so that the reader may overwrite that memory.
 * Only for built-in codecs: a user's codec, also one made by spreading a built-in one, is never assumed to copy.
 */
export function markDecodesToCopy<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
	copying.add(codec);
	return Object.freeze(codec);
}

/** True when messages decoded by this codec never share memory with the bytes that they were decoded from. */
export function decodesToCopy(codec: object): boolean {
	return copying.has(codec);
}
