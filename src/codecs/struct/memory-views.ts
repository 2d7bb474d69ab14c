/** A DataView and a Buffer over the whole of an ArrayBuffer. */
export interface MemoryViews {
	readonly view: DataView;
	readonly bytes: Buffer;
}

/** Smaller memory belongs to one message and is seen once. */
const sharedMin = 4096;
/** Larger memory is not kept alive. */
const keptMax = 1024 * 1024;

const known = new WeakMap<ArrayBufferLike, MemoryViews>();

/** The views of an ArrayBuffer. The staging slab of a writer and the batch slab of a reader have the same ones for every message. */
export function viewsOf(memory: ArrayBufferLike): MemoryViews {
	const found = known.get(memory);
	if (found !== undefined) return found;
	const views = { view: new DataView(memory), bytes: Buffer.from(memory) };
	if (memory.byteLength >= sharedMin && !changesSize(memory)) known.set(memory, views);
	return views;
}

/** Remembers the views of the memory that it was asked for last: a comparison for each message. */
export class LastMemory {
	#memory: ArrayBufferLike | undefined;
	#views: MemoryViews | undefined;

	of(memory: ArrayBufferLike): MemoryViews {
		if (memory === this.#memory && this.#views !== undefined) return this.#views;
		const views = viewsOf(memory);
		if (memory.byteLength <= keptMax && !changesSize(memory)) {
			this.#memory = memory;
			this.#views = views;
		}
		return views;
	}
}

/** A Buffer over such memory does not grow with it. */
function changesSize(memory: ArrayBufferLike): boolean {
	return Reflect.get(memory, 'resizable') === true || Reflect.get(memory, 'growable') === true;
}
