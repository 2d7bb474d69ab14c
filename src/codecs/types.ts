/**
 * Turns messages into bytes and back. `id` names the format (1 to 128 printable ASCII characters); the two sides of a
 * channel must have the same, otherwise the link is refused with `ERR_RINGWIRE_MISMATCH`.
 *
 * `encode` gives the bytes of a message. They are copied before `tryWrite` returns; only a `write` that waits for space
 * keeps them until it is settled. `decode` gets a Buffer that is the consumer's own copy: nobody else writes to it, and
 * it may be kept. An exception from either comes out as a `RingwireError` with code `ERR_RINGWIRE_ENCODE` or
 * `ERR_RINGWIRE_DECODE`, its cause being the exception; the channel goes on.
 */
export interface Codec<T> {
	readonly id: string;
	encode(message: T): Uint8Array;
	decode(bytes: Buffer): T;
}

/** A codec whose messages all have the same length. `encodeInto` fills exactly `byteLength` bytes of `target`. */
export interface FixedCodec<T> extends Codec<T> {
	readonly byteLength: number;
	encodeInto(message: T, target: Buffer): void;
}

const fresh = new WeakSet<object>();

/**
 * Notes that `decode` of this very object keeps nothing of the Buffer that it is given, so that the reader may use the
 * same memory for the next messages. Only for built-in codecs: of any other, a copy of a built-in one included, it is
 * never assumed.
 */
export function markDecodesToCopy<T>(codec: Codec<T>): Codec<T> {
	fresh.add(codec);
	return Object.freeze(codec);
}

/** True when messages decoded by this codec cannot share memory with the bytes that they were decoded from. */
export function decodesToCopy(codec: object): boolean {
	return fresh.has(codec);
}
