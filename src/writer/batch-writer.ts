import { batchError, RingwireError } from '../base/errors.js';
import type { CodecGuard } from '../endpoint/codec-guard.js';
import { type NativeWriter, Written } from '../native/boundary.js';
import type { Encoder } from './encoder.js';
import type { Lane } from './lane.js';
import type { WriterLifecycle } from './lifecycle.js';
import type { Space } from './space.js';
import { Staging, stagedMax } from './staging.js';

/** The parts of the Writer that a batch goes through. */
export interface BatchParts<T> {
	readonly native: NativeWriter;
	readonly encoder: Encoder<T>;
	readonly guard: CodecGuard;
	readonly lane: Lane;
	readonly lifecycle: WriterLifecycle;
	readonly space: Space;
	/** The policy is `block`: a message that does not fit ends the batch, because its order would be lost. */
	readonly blocks: boolean;
}

/**
 * Writes many messages with few calls of the addon. Small messages are staged and published together, a large one is
 * published by itself.
 */
export class BatchWriter<T> {
	readonly #parts: BatchParts<T>;
	#staging: Staging | undefined;
	/** Messages of the current batch that the lane has accepted. */
	#accepted = 0;

	constructor(parts: BatchParts<T>) {
		this.#parts = parts;
	}

	/** Returns how many messages were accepted. Never waits. Throws as `tryWriteBatch`. */
	write(messages: readonly T[]): number {
		const { guard, lifecycle } = this.#parts;
		this.#staging ??= new Staging();
		this.#staging.clear();
		this.#accepted = 0;
		guard.enter();
		try {
			this.#writeAll(messages, this.#staging);
		} finally {
			guard.exit();
		}
		// By a call that was deferred, or because a blocking call of another handle has served this endpoint meanwhile.
		if (!lifecycle.isOpen) {
			const note = `${this.#accepted} messages of the batch were accepted before`;
			throw batchError(lifecycle.closedError(), note, this.#accepted);
		}
		return this.#accepted;
	}

	#writeAll(messages: readonly T[], staging: Staging): void {
		const { encoder, guard } = this.#parts;
		let index = 0; // `entries()` would cost a fifth of the whole loop
		for (const message of messages) {
			let bytes: Uint8Array;
			try {
				bytes = encoder.encode(message);
			} catch (error) {
				if (!this.#publish(staging)) return;
				throw inBatch(error, index, this.#accepted);
			}
			if (guard.interrupted) {
				// The codec has closed or ended the writer: everything before this message is written.
				this.#publish(staging);
				return;
			}
			if (bytes.length > stagedMax) {
				if (!this.#publish(staging) || !this.#writeLarge(bytes, index)) return;
			} else {
				if (!staging.hasRoomFor(bytes.length) && !this.#publish(staging)) return;
				staging.add(bytes);
			}
			index++;
		}
		this.#publish(staging);
	}

	/** Returns false if the messages behind the staged ones must not be tried: the lane is full, or the writer has left. */
	#publish(staging: Staging): boolean {
		const { blocks, lane, lifecycle, native, space } = this.#parts;
		if (!lifecycle.isOpen) return false;
		const { accepted, refusedBytes } = staging.publish(native);
		if (accepted < 0) {
			lane.close(accepted);
			return false;
		}
		this.#accepted += accepted;
		if (refusedBytes === undefined) return true;
		space.refused(refusedBytes);
		return !blocks;
	}

	#writeLarge(bytes: Uint8Array, index: number): boolean {
		const { lane, space } = this.#parts;
		let written: number;
		try {
			written = lane.write(bytes);
		} catch (error) {
			throw inBatch(error, index, this.#accepted);
		}
		if (written === Written.accepted) this.#accepted++;
		else space.refused(bytes.length);
		return written !== Written.full;
	}
}

/** The error of one message, with its place in the batch. */
function inBatch(error: unknown, index: number, accepted: number): unknown {
	if (!(error instanceof RingwireError)) return error;
	return batchError(error, `message ${index} of the batch; ${accepted} were accepted before it`, accepted);
}
