/** Handles that must not be collected: a promise or a listener alone does not keep its handle alive. */
const kept = new Set<object>();

/**
 * Keeps an open handle from being garbage collected while a call waits on it or a listener is registered. One object for
 * each handle, shared by everything in it that waits.
 */
export class KeepAlive {
	readonly #handle: object;
	#waits = 0;
	#listened = false;

	constructor(handle: object) {
		this.#handle = handle;
	}

	/** A call begins to wait; `release` must follow. */
	hold(): void {
		this.#waits++;
		kept.add(this.#handle);
	}

	release(): void {
		this.#waits--;
		this.#update();
	}

	/** Whether a listener can still be called. */
	listen(listened: boolean): void {
		this.#listened = listened;
		this.#update();
	}

	#update(): void {
		if (this.#waits > 0 || this.#listened) kept.add(this.#handle);
		else kept.delete(this.#handle);
	}
}
