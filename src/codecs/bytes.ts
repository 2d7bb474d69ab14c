import { types } from 'node:util';
import { describeValue } from './describe-value.js';
import { markInLease } from './in-lease.js';
import type { Codec } from './types.js';

/** Anything that holds bytes: an ArrayBuffer, a SharedArrayBuffer, or a view (Buffer, Uint8Array, another typed array, DataView). */
export type BytesLike = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/**
 * Messages are raw bytes. A writer accepts any ArrayBuffer, SharedArrayBuffer or view; a view stands for the `byteLength`
 * bytes from its `byteOffset` on. Do not change them before the write is settled; for shared memory this includes other
 * threads. Memory that was transferred to another thread cannot be encoded.
 *
 * A reader returns Buffers that belong to the consumer. Small ones may be slices of one larger block, as with Node's own
 * pooled Buffers.
 */
export function bytes(): Codec<BytesLike, Buffer> {
	return codec;
}

const codec: Codec<BytesLike, Buffer> = Object.freeze({
	id: 'bytes',
	encode: bytesOf,
	decode(bytes: Buffer): Buffer {
		return bytes;
	},
});

markInLease(codec, (message) => message);

/** The bytes of an ArrayBuffer, a SharedArrayBuffer or a view, without a copy. Throws TypeError for anything else, which `named` names. */
export function bytesOf(message: BytesLike, named = 'a message'): Uint8Array {
	if (types.isUint8Array(message)) {
		// A view of transferred memory is empty. The constructor throws TypeError for such memory.
		if (message.length === 0) new Uint8Array(message.buffer);
		return message;
	}
	if (ArrayBuffer.isView(message)) return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
	// With its length fixed now: a growable buffer may grow while the message is copied.
	if (types.isAnyArrayBuffer(message)) return new Uint8Array(message, 0, message.byteLength);
	const allowed = 'must be an ArrayBuffer, a SharedArrayBuffer, a typed array or a DataView';
	throw new TypeError(`${named} ${allowed}, got ${describeValue(message)}`);
}
