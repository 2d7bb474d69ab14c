import { isAscii } from 'node:buffer';
import { textAt } from '../codecs/text.js';
import { bufferView } from './buffer-view.js';

/** So many bytes are converted to text at once. A string that is cut out of it keeps all of it alive. */
const windowBytes = 4 * 1024;

/**
 * The text of messages that lie in one slab behind each other. If a part of the slab is ASCII, it is converted once for all messages in it. Bytes
 * between messages must be 0 then.
 */
export class TextWindow {
	/** The part that was looked at last. */
	#begin = 0;
	#end = 0;
	/** Its text if it is ASCII. */
	#text: string | undefined;

	/** The slab has got other contents. */
	reset(): void {
		this.#begin = this.#end = 0;
	}

	/** The message in bytes `start` to `end` of the slab, whose memory is `memory`. Other messages follow up to `limit`. Throws as `textAt`. */
	textAt(slab: Buffer, memory: ArrayBufferLike, start: number, end: number, limit: number): string {
		if (start < this.#begin || end > this.#end)
			this.#move(slab, memory, start, Math.max(end, Math.min(limit, start + windowBytes)));
		if (this.#text === undefined) return textAt(slab, start, end);
		return this.#text.slice(start - this.#begin, end - this.#begin);
	}

	#move(slab: Buffer, memory: ArrayBufferLike, begin: number, end: number): void {
		this.#begin = begin;
		this.#end = end;
		this.#text = isAscii(bufferView(memory, begin, end - begin)) ? slab.toString('latin1', begin, end) : undefined;
	}
}
