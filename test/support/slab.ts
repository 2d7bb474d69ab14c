import type { Codec } from 'ringwire';
import { expect } from 'vitest';

const guard = 0xa5;
const start = 24;

/** The message as it arrives, by `encode` and `decode`. */
export function roundTrip<In, Out>(codec: Codec<In, Out>, message: In): Out {
	return codec.decode(Buffer.from(codec.encode(message)));
}

/**
 * The message as it arrives by the methods in place, from the middle of a slab that is overwritten afterwards; by `encode` or `decode` where the codec
 * has no such method or the message does not fit. `room` is the number of bytes for the message.
 */
export function throughSlab<In, Out>(codec: Codec<In, Out>, message: In, room = 4096): Out {
	const encoded = encodedInPlace(codec, message, room) ?? Buffer.from(codec.encode(message));
	if (codec.decodeFrom === undefined) return codec.decode(encoded);
	const slab = Buffer.alloc(encoded.length + 2 * start, guard);
	slab.set(encoded, start);
	const decoded = codec.decodeFrom(slab, start, start + encoded.length);
	expect(slab.subarray(start, start + encoded.length).equals(encoded)).toBe(true);
	slab.fill(guard);
	return decoded;
}

/** The bytes that `encodeInto` writes; undefined if it returns -1 or does not exist. Bytes before the message stay as they are. */
export function encodedInPlace<In>(codec: Codec<In, unknown>, message: In, room = 4096): Buffer | undefined {
	if (codec.encodeInto === undefined) return undefined;
	const memory = Buffer.alloc(start + room + start, guard);
	const target = memory.subarray(0, start + room);
	const end = codec.encodeInto(message, target, start);
	const untouched = (part: Buffer) => part.every((byte) => byte === guard);
	expect(untouched(memory.subarray(0, start)) && untouched(memory.subarray(start + room))).toBe(true);
	return end === -1 ? undefined : Buffer.from(target.subarray(start, end));
}
