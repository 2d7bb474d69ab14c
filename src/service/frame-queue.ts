import type { Frame } from '../definition/frame.js';
import type { Writer } from '../writer/types.js';

interface Entry {
	readonly frame: Frame;
	onWritten(): void;
}

/**
 * Frames that wait for room in their lane, in order. It is bounded by whoever adds: a request counts as in flight, and a
 * response keeps its place at the server, until it has been written.
 */
export class FrameQueue {
	readonly #writer: Writer<Frame>;
	readonly #waiting = new Set<Entry>();
	readonly #emptied = new Set<() => void>();

	constructor(writer: Writer<Frame>) {
		this.#writer = writer;
		writer.on('space', () => this.#flush());
	}

	get size(): number {
		return this.#waiting.size;
	}

	/**
	 * Writes the frame now or when there is room; `onWritten` is called then. Answers how to take it back, which does
	 * nothing once it was written. Throws as `tryWrite` does.
	 */
	add(frame: Frame, onWritten: () => void): () => void {
		if (this.#waiting.size === 0 && this.#writer.tryWrite(frame)) {
			onWritten();
			return () => {};
		}
		const entry: Entry = { frame, onWritten };
		this.#waiting.add(entry);
		return () => {
			if (this.#waiting.delete(entry)) this.#tellIfEmpty();
		};
	}

	/** Resolves when nothing waits, or never will be written. */
	whenEmpty(): Promise<void> {
		if (this.#waiting.size === 0) return Promise.resolve();
		return new Promise((resolve) => this.#emptied.add(resolve));
	}

	/** Nothing can be written any more. */
	close(): void {
		this.#waiting.clear();
		this.#tellIfEmpty();
	}

	#flush(): void {
		for (const entry of this.#waiting) {
			if (this.#writer.closed || !this.#writer.tryWrite(entry.frame)) break;
			this.#waiting.delete(entry);
			entry.onWritten();
		}
		this.#tellIfEmpty();
	}

	#tellIfEmpty(): void {
		if (this.#waiting.size > 0) return;
		for (const resolve of this.#emptied) resolve();
		this.#emptied.clear();
	}
}
