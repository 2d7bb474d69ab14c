import { exemptFromCheck } from '../codecs/checked.js';
import { decodesInPlace, withInPlace } from '../codecs/in-place.js';
import { layoutOf } from '../codecs/layout-of.js';
import type { Codec } from '../codecs/types.js';

/**
 * A message between a client and a server of requests:
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

/** A received frame. `source` is overwritten when the next one is read, if the codec of the payload decodes in place. */
export interface ReceivedFrame {
	readonly kind: FrameKind;
	readonly id: number;
	readonly source: Buffer;
	/** The payload is bytes `start` to `end` of `source`. */
	readonly start: number;
	readonly end: number;
}

/** `codec` is that of the payload. Its id is part of the frame codec's, and its layout is that of the frame codec, so that a difference is a MISMATCH. */
export function frameCodec(codec: Codec<never, unknown>): Codec<Frame, ReceivedFrame> {
	const plain = {
		id: `request/1 ${codec.id}`,
		...layoutOf(codec),
		encode(frame: Frame): Uint8Array {
			const bytes = Buffer.allocUnsafe(frameHeaderBytes + frame.payload.byteLength);
			writeFrame(frame, bytes, 0);
			return bytes;
		},
		decode: (bytes: Buffer) => readFrame(bytes, 0, bytes.length),
	};
	const inPlace = withInPlace(plain, {
		encodeInto(frame: Frame, target: Buffer, start: number) {
			return frameHeaderBytes + frame.payload.byteLength > target.length - start
				? -1
				: writeFrame(frame, target, start);
		},
		...(decodesInPlace(codec) ? { decodeFrom: readFrame } : {}),
	});
	// A session decodes the payload before it reads the next frame.
	return exemptFromCheck(inPlace);
}

/** The payload as a Buffer, without a copy. */
export function payloadOf({ source, start, end }: ReceivedFrame): Buffer {
	return source.subarray(start, end);
}

function writeFrame({ kind, id, payload }: Frame, target: Buffer, start: number): number {
	target.writeUInt32LE(kinds.indexOf(kind), start);
	target.writeUInt32LE(id, start + 4);
	target.set(payload, start + frameHeaderBytes);
	return start + frameHeaderBytes + payload.byteLength;
}

function readFrame(source: Buffer, start: number, end: number): ReceivedFrame {
	if (end - start < frameHeaderBytes) throw new RangeError(`a frame of ${end - start} bytes`);
	const kind = kinds[source.readUInt32LE(start)];
	if (kind === undefined) throw new RangeError(`a frame of kind ${source.readUInt32LE(start)}`);
	return { kind, id: source.readUInt32LE(start + 4), source, start: start + frameHeaderBytes, end };
}
