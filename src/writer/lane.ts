import { types } from 'node:util';
import { channelError, errorFrom, type RingwireError } from '../base/errors.js';
import { type NativeWriter, Written } from '../native/boundary.js';
import type { Apart, Encoder } from './encoder.js';
import type { WriterLifecycle } from './lifecycle.js';
import type { Staging } from './staging.js';

const none: Apart = new Uint8Array();
const loanOpen = 'a loan is open, and nothing else can be written: commit or abort it first';

/** The writer's lane in shared memory, for one message at a time. */
export class Lane<T> {
	readonly #native: NativeWriter;
	readonly #lifecycle: WriterLifecycle;
	readonly #encoder: Encoder<T>;
	readonly #staging: Staging;
	/** The encoded message: that many bytes of the slab, or, if negative, `#apart`. */
	#staged = 0;
	#apart: Apart = none;
	#encodedBytes = 0;

	constructor(native: NativeWriter, lifecycle: WriterLifecycle, encoder: Encoder<T>, staging: Staging) {
		this.#native = native;
		this.#lifecycle = lifecycle;
		this.#encoder = encoder;
		this.#staging = staging;
	}

	/** Encodes the message that `writeEncoded` publishes. Throws ENCODE and TOO_LARGE. */
	encode(message: T): void {
		const encoder = this.#encoder;
		this.#staged = encoder.encodesInPlace ? encoder.encodeInto(message, this.#staging.slab, 0) : -1;
		if (this.#staged >= 0) this.#encodedBytes = this.#staged;
		else {
			const apart = encoder.encodesInPlace ? encoder.takeApart() : encoder.encodeApart(message);
			this.#apart = apart;
			this.#encodedBytes = apart.length;
		}
	}

	/** The length of the encoded message in bytes. */
	get encodedBytes(): number {
		return this.#encodedBytes;
	}

	/** Publishes the encoded message if there is room. Returns `accepted`, `full` or `dropped`. Throws CLOSED, TOO_LARGE and LIMIT. */
	writeEncoded(): number {
		const staged = this.#staged;
		const written = staged >= 0 ? this.#native.tryWriteStaged(staged) : this.#publish(this.#apart);
		if (written !== Written.accepted) this.#check(written, this.#apart);
		else if (staged < 0) this.#apart = none;
		return written;
	}

	/** The encoded message. It stays as it is when the next one is encoded. */
	takeEncoded(): Apart {
		if (this.#staged >= 0) return Uint8Array.prototype.slice.call(this.#staging.slab, 0, this.#staged);
		const apart = this.#apart;
		this.#apart = none;
		return apart;
	}

	/** `writeEncoded` for memory of the caller. */
	write(apart: Apart): number {
		const written = this.#publish(apart);
		this.#check(written, apart);
		return written;
	}

	/** The addon has refused a message for this reason, before the event that reports it. The writer is closed from now on. */
	close(written: number): void {
		if (written === Written.shutDown) this.#lifecycle.shutDown();
		else this.#lifecycle.close();
	}

	/** The error for a negative value of `Written`, which may close the writer. */
	refusal(written: number): RingwireError {
		const { channel } = this.#lifecycle;
		if (written === Written.noMemory) return errorFrom(this.#native.shortage(), channel);
		if (written === Written.busy) return channelError('ERR_RINGWIRE_BUSY', channel, loanOpen);
		this.close(written);
		return this.#lifecycle.closedError();
	}

	#publish(apart: Apart): number {
		return types.isUint8Array(apart)
			? this.#native.tryWrite(apart)
			: this.#native.tryWriteParts(apart.head, apart.body);
	}

	#check(written: number, apart: Apart): void {
		if (written >= 0) return;
		// The addon measures the memory itself: its result counts if the `length` of an array differs.
		if (written === Written.tooLarge)
			throw this.#encoder.tooLarge(types.isUint8Array(apart) ? apart.byteLength : apart.length);
		throw this.refusal(written);
	}
}
