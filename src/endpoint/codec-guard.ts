import { raiseLater } from '../base/emitter.js';

/**
 * Tracks when a handle's own codec runs. A codec must not re-enter its handle: reading and writing calls are BUSY meanwhile,
 * and calls that end the handle (`close`, `end`, `shutdown`, disposal, an abort) take effect when the codec has returned.
 */
export class CodecGuard {
	#running = false;
	readonly #deferred: (() => void)[] = [];
	/** Whether `#deferred` has an element. The length of an array costs more, and this is read for every message. */
	#interrupted = false;

	/** True while the codec runs. */
	get running(): boolean {
		return this.#running;
	}

	/** True when a call waits for the codec to return: a loop over messages stops after the current one. */
	get interrupted(): boolean {
		return this.#interrupted;
	}

	/** To be called before the codec; `exit` must follow, whatever it throws. */
	enter(): void {
		this.#running = true;
	}

	/** The codec has returned. Runs the deferred calls. */
	exit(): void {
		this.#running = false;
		if (this.#interrupted) this.#runDeferred();
	}

	/** Defers `action` until the codec has returned. Returns false when no codec runs: the caller goes on by itself. */
	defer(action: () => void): boolean {
		if (!this.#running) return false;
		this.#deferred.push(action);
		this.#interrupted = true;
		return true;
	}

	#runDeferred(): void {
		this.#interrupted = false;
		for (let action = this.#deferred.shift(); action !== undefined; action = this.#deferred.shift()) {
			try {
				action();
			} catch (exception) {
				raiseLater(exception);
			}
		}
	}
}
