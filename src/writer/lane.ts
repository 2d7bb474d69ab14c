import { type NativeWriter, Written } from '../native/boundary.js';
import type { Encoder } from './encoder.js';
import type { WriterLifecycle } from './lifecycle.js';

/** The writer's lane in shared memory, for one message at a time. All single messages go through here, but those of `Writer.tryWrite`. */
export class Lane {
	readonly #native: NativeWriter;
	readonly #lifecycle: WriterLifecycle;
	readonly #encoder: Encoder<never>;

	constructor(native: NativeWriter, lifecycle: WriterLifecycle, encoder: Encoder<never>) {
		this.#native = native;
		this.#lifecycle = lifecycle;
		this.#encoder = encoder;
	}

	/** Publishes the message if there is room. Returns `accepted`, `full` or `dropped`. Throws CLOSED and TOO_LARGE. */
	write(bytes: Uint8Array): number {
		const written = this.#native.tryWrite(bytes);
		this.check(written, bytes);
		return written;
	}

	/** Throws CLOSED or TOO_LARGE if that is the result of `tryWrite` of the addon. */
	check(written: number, bytes: Uint8Array): void {
		if (written >= 0) return;
		// The addon measures the memory itself: its result counts if the array's `length` differs.
		if (written === Written.tooLarge) throw this.#encoder.tooLarge(bytes.byteLength);
		this.close(written);
		throw this.#lifecycle.closedError();
	}

	/** The addon has refused a message for this reason, before the event that reports it. The writer is closed from now on. */
	close(written: number): void {
		if (written === Written.shutDown) this.#lifecycle.shutDown();
		else this.#lifecycle.close();
	}
}
