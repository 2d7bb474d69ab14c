import { batchError, RingwireError } from '../base/errors.js';
import { wholeOf } from '../codecs/parts.js';
import type { TextForm } from '../codecs/text.js';
import type { CodecGuard } from '../endpoint/codec-guard.js';
import { Written } from '../native/boundary.js';
import type { Apart, Encoder } from './encoder.js';
import type { Lane } from './lane.js';
import type { WriterLifecycle } from './lifecycle.js';
import type { Space } from './space.js';
import { type Staging, stagedMax } from './staging.js';
import { TextRun } from './text-run.js';

/** The parts of the Writer that a batch goes through. */
export interface BatchParts<T> {
	readonly encoder: Encoder<T>;
	readonly staging: Staging;
	readonly guard: CodecGuard;
	readonly lane: Lane<T>;
	readonly lifecycle: WriterLifecycle;
	readonly space: Space;
	/** The policy is `block`: a message that does not fit ends the batch, because its order would be lost. */
	readonly blocks: boolean;
}

/**
 * Writes many messages with few calls of the addon. Messages that are encoded in place and small ones are staged and published together, a large
 * one is published by itself.
 */
export class BatchWriter<T> {
	readonly #parts: BatchParts<T>;
	readonly #run = new TextRun();
	/** Messages of the current batch that the lane has accepted. */
	#accepted = 0;

	constructor(parts: BatchParts<T>) {
		this.#parts = parts;
	}

	/** Returns how many messages were accepted. Never waits. Throws as `tryWriteBatch`. */
	write(messages: readonly T[]): number {
		const { encoder, guard, lifecycle, staging } = this.#parts;
		staging.clear();
		this.#run.take();
		this.#accepted = 0;
		guard.enter();
		try {
			const { textForm } = encoder;
			let all: boolean;
			if (textForm !== undefined) all = this.#stageTexts(messages, textForm);
			else all = encoder.encodesInPlace ? this.#stageEach(messages) : this.#stageAparts(messages);
			if (all) this.#publish();
		} finally {
			guard.exit();
		}
		// By a call that was deferred, or because a blocking call of another handle has served this endpoint meanwhile.
		if (!lifecycle.isOpen) throw this.#withAccepted(lifecycle.closedError());
		return this.#accepted;
	}

	/** Stages all messages. Returns false if the staged messages must not be published: the lane is full, or the writer has left. */
	#stageEach(messages: readonly T[]): boolean {
		const { encoder, guard, staging } = this.#parts;
		let index = 0; // `entries()` would cost a fifth of the whole loop
		for (const message of messages) {
			if (!staging.hasRoomFor(1, 0) && !this.#publish()) return false;
			let end: number;
			try {
				end = encoder.encodeInto(message, staging.slab, staging.end);
			} catch (error) {
				return this.#publish() && this.#fail(error, index);
			}
			// The codec has closed or ended the writer: everything before this message is written.
			if (guard.interrupted) return true;
			if (end >= 0) staging.add(end);
			else if (!this.#stageApart(encoder.takeApart(), index)) return false;
			index++;
		}
		return true;
	}

	/** As `#stageEach`, for a codec that does not encode in place. */
	#stageAparts(messages: readonly T[]): boolean {
		const { encoder, guard } = this.#parts;
		let index = 0;
		for (const message of messages) {
			let apart: Apart;
			try {
				apart = encoder.encodeApart(message);
			} catch (error) {
				return this.#publish() && this.#fail(error, index);
			}
			if (guard.interrupted) return true;
			if (!this.#stageApart(apart, index)) return false;
			index++;
		}
		return true;
	}

	/** As `#stageEach`, for a codec of text. */
	#stageTexts(messages: readonly T[], form: TextForm<T, unknown>): boolean {
		const { encoder, guard } = this.#parts;
		const run = this.#run;
		let index = 0;
		for (const message of messages) {
			let text: string;
			try {
				text = encoder.toText(form, message);
			} catch (error) {
				return this.#stageRun(index) && this.#publish() && this.#fail(error, index);
			}
			if (guard.interrupted) break;
			if (run.isLong(text) && !this.#stageRun(index)) return false;
			run.add(text);
			index++;
			if (run.isComplete && !this.#stageRun(index)) return false;
		}
		return this.#stageRun(index);
	}

	/** `end`: the index behind the last message of the run. */
	#stageRun(end: number): boolean {
		const { encoder, staging } = this.#parts;
		const run = this.#run;
		if (!staging.hasRoomFor(run.count, run.roomNeeded) && !this.#publish()) return false;
		if (staging.hasRoomFor(run.count, run.roomNeeded) && run.stageAscii(staging, encoder.messageMax)) return true;
		let index = end - run.count;
		for (const text of run.take()) {
			if (!staging.hasRoomFor(1, 0) && !this.#publish()) return false;
			let textEnd: number;
			try {
				textEnd = encoder.encodeText(text, staging.slab, staging.end);
			} catch (error) {
				return this.#publish() && this.#fail(error, index);
			}
			if (textEnd >= 0) staging.add(textEnd);
			else if (!this.#stageApart(encoder.takeApart(), index)) return false;
			index++;
		}
		return true;
	}

	#stageApart(apart: Apart, index: number): boolean {
		const { staging } = this.#parts;
		if (apart.length > stagedMax) return this.#publish() && this.#writeLarge(apart, index);
		if (!staging.hasRoomFor(1, apart.length) && !this.#publish()) return false;
		staging.addBytes(wholeOf(apart));
		return true;
	}

	/** Returns false if the messages behind the staged ones must not be tried: the lane is full, or the writer has left. */
	#publish(): boolean {
		const { blocks, lane, lifecycle, space, staging } = this.#parts;
		if (!lifecycle.isOpen) return false;
		const { accepted, refusedBytes } = staging.publish();
		if (accepted === Written.noMemory || accepted === Written.busy)
			throw this.#withAccepted(lane.refusal(accepted));
		if (accepted < 0) {
			lane.close(accepted);
			return false;
		}
		this.#accepted += accepted;
		if (refusedBytes === undefined) return true;
		space.refused(refusedBytes);
		return !blocks;
	}

	#writeLarge(apart: Apart, index: number): boolean {
		const { lane, space } = this.#parts;
		let written: number;
		try {
			written = lane.write(apart);
		} catch (error) {
			return this.#fail(error, index);
		}
		if (written === Written.accepted) this.#accepted++;
		else space.refused(apart.length);
		return written !== Written.full;
	}

	#withAccepted(error: RingwireError): RingwireError {
		return batchError(error, `${this.#accepted} messages of the batch were accepted before`, this.#accepted);
	}

	/** Throws the error of one message, with its place in the batch. */
	#fail(error: unknown, index: number): never {
		if (!(error instanceof RingwireError)) throw error;
		throw batchError(
			error,
			`message ${index} of the batch; ${this.#accepted} were accepted before it`,
			this.#accepted,
		);
	}
}
