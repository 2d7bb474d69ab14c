/**
 * Encodes messages to bytes and decodes them. `In` is what a writer accepts, `Out` what a reader returns. `id` names the
 * format: 1 to 128 printable ASCII characters. Both sides of a channel must use the same id, otherwise the link is refused
 * with `ERR_RINGWIRE_MISMATCH`.
 *
 * The bytes that `encode` returns are copied before `tryWrite` returns; only a `write` that waits for room keeps them until
 * it is settled. The Buffer that `decode` receives is the consumer's own copy and may be kept, unless the reader was opened
 * with `reuseMemory: true`. An exception of the codec becomes the `cause` of a `RingwireError` with code
 * `ERR_RINGWIRE_ENCODE` or `ERR_RINGWIRE_DECODE`; the handle stays usable.
 *
 * `encodeInto` and `decodeFrom` are optional and faster: a message costs no Buffer of its own. They are used for messages of up to 64 KiB to write
 * and of every size to read, on every path. An object that overrides `encode` or `decode` of its prototype, but not the method in place, does not
 * use the inherited one.
 */
export interface Codec<in In, out Out = In> {
	readonly id: string;
	/**
	 * The fields of a message as a text, if the id does not determine them: printable ASCII characters, in the form that `struct` gives to it. If both
	 * sides have one it must be the same, otherwise the link is refused with `ERR_RINGWIRE_MISMATCH`, and the error names the first field that differs.
	 */
	readonly layout?: string;
	encode(message: In): Uint8Array;
	decode(bytes: Buffer): Out;
	/**
	 * Writes the message into `target` from byte `start` on, up to `target.length`, and returns the offset behind its last byte. -1: there is not
	 * enough room; `encode` is called then. Bytes before `start` belong to other messages. An exception leaves nothing behind.
	 */
	encodeInto?(message: In, target: Buffer, start: number): number;
	/** Reads the message in bytes `start` to `end` of `source`. Must keep no reference to `source`, which is overwritten. */
	decodeFrom?(source: Buffer, start: number, end: number): Out;
}
