import type { Codec } from '../codecs/types.js';

/**
 * The messages between a client and a server of requests:
 *
 *     byte 0      kind, an index of `kinds`
 *          1..3   0
 *          4..7   id of the request, little-endian; chosen by the client
 *          8..    payload. request, answer: a message in the codec of the service
 *                          failed:          an exception, see encodeFailure
 *                          refused:         an error code, a space, and a text
 *                          cancel:          empty
 */
export interface Frame {
	readonly kind: FrameKind;
	readonly id: number;
	readonly payload: Uint8Array;
}

const kinds = ['request', 'cancel', 'answer', 'failed', 'refused'] as const;
export type FrameKind = (typeof kinds)[number];

/** A multiple of 8: the payload stays aligned to 8 bytes, as messages are. */
export const frameHeaderBytes = 8;

export const idMax = 2 ** 32 - 1;

/** `codec` is the id of the payload's codec. It is part of the frame codec's id, so that a difference is a MISMATCH. */
export function frameCodec(codec: string): Codec<Frame> {
	return Object.freeze({
		id: `request/1 ${codec}`,
		encode({ kind, id, payload }: Frame): Uint8Array {
			const bytes = Buffer.allocUnsafe(frameHeaderBytes + payload.byteLength);
			bytes.writeUInt32LE(kinds.indexOf(kind), 0);
			bytes.writeUInt32LE(id, 4);
			bytes.set(payload, frameHeaderBytes);
			return bytes;
		},
		decode(bytes: Buffer): Frame {
			if (bytes.byteLength < frameHeaderBytes) throw new RangeError(`a frame of ${bytes.byteLength} bytes`);
			const kind = kinds[bytes.readUInt32LE(0)];
			if (kind === undefined) throw new RangeError(`a frame of kind ${bytes.readUInt32LE(0)}`);
			return { kind, id: bytes.readUInt32LE(4), payload: bytes.subarray(frameHeaderBytes) };
		},
	});
}

/** The payload as a Buffer for `decode`, without a copy. */
export function payloadOf({ payload }: Frame): Buffer {
	return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
