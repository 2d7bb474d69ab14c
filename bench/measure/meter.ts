/** Counts the messages of a receiver until the run is complete. */
import type { Message, Meter, Spec } from '../contestants/types.js';
import { sumOf, sumOfPart } from './payload.js';
import { sumOfValue } from './values.js';

export interface Received {
	readonly messages: number;
	readonly bytes: number;
	readonly checksum: number;
	readonly endedAt: number;
	readonly cpuMicros: number;
}

class ThroughputMeter implements Meter {
	readonly #size: number;
	readonly #step: number;
	/** The run ends with a mark instead of a count, because messages may be lost. */
	readonly #lossy: boolean;
	#bytesExpected = Number.POSITIVE_INFINITY;
	#messages = 0;
	#bytes = 0;
	#checksum = 0;
	#cpu = process.cpuUsage();
	#done: ((received: Received) => void) | undefined;

	constructor(spec: Spec) {
		this.#size = spec.size;
		this.#step = spec.step;
		this.#lossy = spec.overflow !== 'block';
	}

	/** The next run begins. */
	expect(messages: number): Promise<Received> {
		this.#bytesExpected = this.#lossy ? Number.POSITIVE_INFINITY : messages * this.#size;
		this.#messages = this.#bytes = this.#checksum = 0;
		this.#cpu = process.cpuUsage();
		return new Promise((resolve) => {
			this.#done = resolve;
		});
	}

	message(bytes: Uint8Array): void {
		if (this.#lossy && bytes[0] === endMark) {
			this.#finish();
			return;
		}
		this.counted(sumOf(bytes, this.#step), bytes.length);
	}

	part(source: Uint8Array, start: number, end: number): void {
		this.counted(sumOfPart(source, start, end, this.#step), end - start);
	}

	/** A stream has no messages: checks one byte of each piece, or every byte. */
	piece(bytes: Uint8Array): void {
		if (this.#step === 1) this.#checksum = (this.#checksum + sumOf(bytes, 1)) | 0;
		else this.#checksum |= bytes[bytes.length - 1] ?? 0;
		this.#messages = (this.#bytes + bytes.length) / this.#size;
		this.#count(bytes.length);
	}

	protected counted(sum: number, byteLength: number): void {
		this.#messages++;
		this.#checksum = (this.#checksum + sum) | 0;
		this.#count(byteLength);
	}

	#count(byteLength: number): void {
		this.#bytes += byteLength;
		if (this.#bytes >= this.#bytesExpected) this.#finish();
	}

	#finish(): void {
		const endedAt = now();
		const { user, system } = process.cpuUsage(this.#cpu);
		const cpuMicros = user + system;
		this.#done?.({ messages: this.#messages, bytes: this.#bytes, checksum: this.#checksum, endedAt, cpuMicros });
		this.#done = undefined;
	}
}

/** Of a trial whose messages are values. */
class ValueMeter extends ThroughputMeter {
	readonly #size: number;
	readonly #everyByte: boolean;

	constructor(spec: Spec) {
		super(spec);
		this.#size = spec.size;
		this.#everyByte = spec.step === 1;
	}

	override message(message: Message): void {
		this.counted(sumOfValue(message, this.#everyByte), this.#size);
	}
}

export function meterOf(spec: Spec): ThroughputMeter {
	return spec.form === 'bytes' ? new ThroughputMeter(spec) : new ValueMeter(spec);
}

/** The first byte of the last message of a run that may lose some; no other message begins with it. */
export const endMark = 0xee;

/** Milliseconds on a clock that all processes share. */
export function now(): number {
	return Number(process.hrtime.bigint()) / 1e6;
}
