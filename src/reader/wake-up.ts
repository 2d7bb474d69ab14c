import { setImmediate } from 'node:timers';
import type { NativeReader } from '../native/boundary.js';

/** The wake-up that a reader has requested: from the addon when there is something to read, or in the next turn of the event loop. */
export class WakeUp {
	readonly #native: NativeReader;
	readonly #wake: () => void;
	/** The addon will wake us. */
	#armed = false;
	#immediate: NodeJS.Immediate | undefined;

	constructor(native: NativeReader, wake: () => void) {
		this.#native = native;
		this.#wake = wake;
	}

	/** Requests one wake-up. `ready`: there is something already, so it comes in the next turn. */
	request(ready: boolean): void {
		if (this.#armed || this.#immediate !== undefined) return;
		if (ready || this.#native.wait()) this.nextTurn();
		else this.#armed = true;
	}

	/** Requests a wake-up in the next turn of the event loop. */
	nextTurn(): void {
		this.#immediate ??= setImmediate(() => {
			this.#immediate = undefined;
			this.#wake();
		});
	}

	/** The addon has woken us, or another event makes its wake-up superfluous. */
	done(): void {
		this.#armed = false;
	}

	/** Takes back the request to the addon. */
	cancel(): void {
		if (!this.#armed) return;
		this.#armed = false;
		this.#native.cancelWait();
	}
}
