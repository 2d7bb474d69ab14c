import type { RingwireError } from '../base/errors.js';
import { type NativeWriter, Written } from '../native/boundary.js';
import { cutShort, type Encoder, inBatch } from './encoder.js';
import type { Space } from './space.js';
import { Staging, stagedMax } from './staging.js';

/** The Writer, as its batches see it. */
export interface BatchHost {
	/** A message of so many bytes was not accepted. */
	refused(written: number, byteLength: number): void;
	/** A codec can end that. */
	isOpen(): boolean;
	closedError(): RingwireError;
}

/** Writes many messages with few calls: small ones are put together, large ones go each by itself. */
export class BatchWriter<T> {
	readonly #native: NativeWriter;
	readonly #encoder: Encoder<T>;
	readonly #space: Space;
	readonly #host: BatchHost;
	/** What does not fit stays with the caller, and nothing behind it may be written. */
	readonly #blocks: boolean;
	#staging: Staging | undefined;

	constructor(host: BatchHost, native: NativeWriter, encoder: Encoder<T>, space: Space, blocks: boolean) {
		this.#host = host;
		this.#native = native;
		this.#encoder = encoder;
		this.#space = space;
		this.#blocks = blocks;
	}

	/** Answers how many were accepted; throws as `tryWriteBatch`. No write waits. */
	write(messages: readonly T[]): number {
		// A codec could write to this very writer: then it gets another one.
		const staging = this.#staging ?? new Staging();
		this.#staging = undefined;
		try {
			return this.#write(messages, staging);
		} finally {
			this.#staging = staging;
		}
	}

	#write(messages: readonly T[], staging: Staging): number {
		let accepted = 0;
		/** False: the lane is full and what follows must not be tried, or the order would be lost. */
		const publish = () => {
			if (!this.#host.isOpen() && accepted < messages.length) {
				staging.clear();
				throw cutShort(this.#host.closedError(), accepted);
			}
			if (this.#space.taken) return this.#giveWay(staging);
			const result = staging.publish(this.#native);
			accepted += result.accepted;
			if (result.refusedBytes === undefined) return true;
			this.#host.refused(this.#blocks ? Written.full : Written.dropped, result.refusedBytes);
			return !this.#blocks;
		};
		let index = 0; // of its own: `entries` would cost a fifth of the whole loop
		for (const message of messages) {
			let bytes: Uint8Array;
			try {
				bytes = this.#encoder.encode(message);
			} catch (error) {
				if (!publish()) return accepted;
				throw inBatch(error, index, accepted);
			}
			const { length } = bytes;
			if (length > stagedMax) {
				if (!publish()) return accepted;
				const result = this.#native.tryWrite(bytes);
				if (result === Written.accepted) accepted++;
				else this.#host.refused(result, length);
				if (result === Written.full) return accepted;
			} else {
				if (!staging.hasRoomFor(length) && !publish()) return accepted;
				staging.add(bytes);
			}
			index++;
		}
		publish();
		return accepted;
	}

	/** The codec has begun a write that waits: the room that comes next belongs to that one. */
	#giveWay(staging: Staging): false {
		staging.clear();
		this.#host.refused(Written.full, 0);
		return false;
	}
}
