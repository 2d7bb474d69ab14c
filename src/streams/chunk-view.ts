import type { Writable } from 'node:stream';
import { types } from 'node:util';

/**
 * The chunk of a `write`, as Node's byte streams accept it: a view takes the place of an ArrayBuffer or a SharedArrayBuffer. Throws TypeError for memory
 * that was transferred.
 */
export function chunkFor(stream: Writable, chunk: unknown): unknown {
	// The usual chunks first: `isAnyArrayBuffer` is a call into C++, a tenth of the cost of a write.
	if (ArrayBuffer.isView(chunk) || stream.writableObjectMode || !types.isAnyArrayBuffer(chunk)) return chunk;
	return new Uint8Array(chunk, 0, chunk.byteLength);
}
