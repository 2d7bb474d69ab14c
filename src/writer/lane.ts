import { type NativeWriter, Written } from '../native/boundary.js';
import type { Encoder } from './encoder.js';
import type { WriterLifecycle } from './lifecycle.js';
import type { Staging } from './staging.js';

const none: Uint8Array = new Uint8Array();

/** The writer's lane in shared memory, for one message at a time. */
export class Lane<T> {
	readonly #native: NativeWriter;
	readonly #lifecycle: WriterLifecycle;
	readonly #encoder: Encoder<T>;
	readonly #staging: Staging;
	/** The encoded message: that many bytes of the slab, or, if negative, `#apart`. */
	#staged = 0;
	#apart = none;
	#encodedBytes = 0;

	constructor(native: NativeWriter, lifecycle: WriterLifecycle, encoder: Encoder<T>, staging: Staging) {
		this.#native = native;
		this.#lifecycle = lifecycle;
		this.#encoder = encoder;
		this.#staging = staging;
	}

	/** Encodes the message that `writeEncoded` publishes. Throws ENCODE and TOO_LARGE. */
	encode(message: T): void {
		this.#staged = this.#encoder.encodeInto(message, this.#staging.slab, 0);
		if (this.#staged < 0) this.#apart = this.#encoder.takeApart();
		this.#encodedBytes = this.#staged >= 0 ? this.#staged : this.#apart.length;
	}

	/** The length of the encoded message in bytes. */
	get encodedBytes(): number {
		return this.#encodedBytes;
	}

	/** Publishes the encoded message if there is room. Returns `accepted`, `full` or `dropped`. Throws CLOSED and TOO_LARGE. */
	writeEncoded(): number {
		const staged = this.#staged;
		const written = staged >= 0 ? this.#native.tryWriteStaged(staged) : this.#native.tryWrite(this.#apart);
		if (written !== Written.accepted) this.#check(written, this.#apart);
		else if (staged < 0) this.#apart = none;
		return written;
	}

	/** The bytes of the encoded message. They stay as they are when the next one is encoded. */
	takeEncoded(): Uint8Array {
		if (this.#staged >= 0) return Uint8Array.prototype.slice.call(this.#staging.slab, 0, this.#staged);
		const bytes = this.#apart;
		this.#apart = none;
		return bytes;
	}

	/** `writeEncoded` for bytes of the caller. */
	write(bytes: Uint8Array): number {
		const written = this.#native.tryWrite(bytes);
		this.#check(written, bytes);
		return written;
	}

	/** The addon has refused a message for this reason, before the event that reports it. The writer is closed from now on. */
	close(written: number): void {
		if (written === Written.shutDown) this.#lifecycle.shutDown();
		else this.#lifecycle.close();
	}

	#check(written: number, bytes: Uint8Array): void {
		if (written >= 0) return;
		// The addon measures the memory itself: its result counts if the array's `length` differs.
		if (written === Written.tooLarge) throw this.#encoder.tooLarge(bytes.byteLength);
		this.close(written);
		throw this.#lifecycle.closedError();
	}
}
