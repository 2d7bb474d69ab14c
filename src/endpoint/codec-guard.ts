import { raiseLater } from '../base/emitter.js';

/**
 * Knows when a handle's own codec runs. A codec must not re-enter its handle: reading and writing calls are BUSY meanwhile,
 * and calls that end the handle (`close`, `end`, `shutdown`, disposal, an abort) take effect when the codec has returned.
 */
export class CodecGuard {
	#running = false;
	readonly #deferred: (() => void)[] = [];

	/** True while the codec runs. */
	get running(): boolean {
		return this.#running;
	}

	/** True when a call waits for the codec to return: a loop over messages stops after the current one. */
	get interrupted(): boolean {
		return this.#deferred.length > 0;
	}

	/** To be called before the codec; `exit` must follow, whatever it throws. */
	enter(): void {
		this.#running = true;
	}

	/** The codec has returned. Runs the deferred calls. */
	exit(): void {
		this.#running = false;
		if (this.#deferred.length > 0) this.#runDeferred();
	}

	/** Defers `action` until the codec has returned. Returns false when no codec runs: the caller goes on by itself. */
	defer(action: () => void): boolean {
		if (this.#running) this.#deferred.push(action);
		return this.#running;
	}

	#runDeferred(): void {
		for (let action = this.#deferred.shift(); action !== undefined; action = this.#deferred.shift()) {
			try {
				action();
			} catch (exception) {
				raiseLater(exception);
			}
		}
	}
}
