import type { RingwireError } from './errors.js';

/** An error that nobody listens to must not crash the process, and must not be silent either: once for each code. */
export class Warnings {
	readonly #warned = new Set<string>();

	warn(error: RingwireError): void {
		if (this.#warned.has(error.code)) return;
		this.#warned.add(error.code);
		process.emitWarning(error);
	}
}
