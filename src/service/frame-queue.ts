import type { Frame } from '../definition/frame.js';
import type { Writer } from '../writer/types.js';

interface Entry {
	readonly frame: Frame;
	onWritten(): void;
}

/**
 * Frames that wait for room in their lane, in order. The caller limits their number: a request counts as in flight, and a
 * response as a request of the handler, until it has been written.
 */
export class FrameQueue {
	readonly #writer: Writer<Frame>;
	readonly #waiting = new Set<Entry>();
	readonly #emptyCallbacks = new Set<() => void>();

	constructor(writer: Writer<Frame>) {
		this.#writer = writer;
		writer.on('space', () => this.#writeWaiting());
	}

	/** The number of frames that wait. */
	get size(): number {
		return this.#waiting.size;
	}

	/**
	 * Writes the frame now or when there is room, and calls `onWritten` then. Returns a function that removes a frame that
	 * still waits. Throws as `tryWrite` does.
	 */
	add(frame: Frame, onWritten: () => void): () => void {
		if (this.#waiting.size === 0 && this.#writer.tryWrite(frame)) {
			onWritten();
			return nothingToRemove;
		}
		// The payload may be memory that the next one is encoded into.
		const entry: Entry = { frame: { ...frame, payload: Buffer.from(frame.payload) }, onWritten };
		this.#waiting.add(entry);
		return () => {
			if (this.#waiting.delete(entry)) this.#checkEmpty();
		};
	}

	/** Resolves when no frame waits. */
	whenEmpty(): Promise<void> {
		if (this.#waiting.size === 0) return Promise.resolve();
		return new Promise((resolve) => this.#emptyCallbacks.add(resolve));
	}

	/** Drops the frames that wait: nothing can be written any more. */
	close(): void {
		this.#waiting.clear();
		this.#checkEmpty();
	}

	#writeWaiting(): void {
		for (const entry of this.#waiting) {
			if (this.#writer.closed || !this.#writer.tryWrite(entry.frame)) break;
			this.#waiting.delete(entry);
			entry.onWritten();
		}
		this.#checkEmpty();
	}

	#checkEmpty(): void {
		if (this.#waiting.size > 0) return;
		for (const callback of this.#emptyCallbacks) callback();
		this.#emptyCallbacks.clear();
	}
}

function nothingToRemove(): void {}
