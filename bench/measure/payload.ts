/** The payload: a pool of different messages. The writer changes each before it is sent, and the reader checks it. */

const poolBytesMax = 8 * 1024 * 1024;

/** Messages to send: those of a trial have the same size or form. */
export interface MessagePool<T> {
	/** The next message, changed. */
	take(number: number): T;
	/** A part of the pool as one batch, beginning with the message of that number. */
	batch(number: number, wanted: number): readonly T[];
}

export class Pool implements MessagePool<Uint8Array> {
	readonly messages: readonly Uint8Array[];

	constructor(size: number) {
		const count = Math.max(2, Math.min(256, Math.floor(poolBytesMax / size)));
		this.messages = Array.from({ length: count }, (_, index) => messageOf(size, index));
	}

	/** The next message, with both of its ends rewritten. */
	take(number: number): Uint8Array {
		const index = number % this.messages.length;
		const message = this.messages[index] as Uint8Array;
		message[0] = message[message.length - 1] = index & 0x7f;
		return message;
	}

	batch(number: number, wanted: number): readonly Uint8Array[] {
		const from = number % this.messages.length;
		const to = Math.min(this.messages.length, from + wanted);
		for (let index = from; index < to; index++) this.take(index);
		return from === 0 && to === this.messages.length ? this.messages : this.messages.slice(from, to);
	}
}

export function messageOf(size: number, index: number): Uint8Array {
	const message = Buffer.alloc(size, 0x20 + (index % 0x40));
	message[0] = message[size - 1] = index & 0x7f;
	return message;
}

/** The checksum of a run at its reader, from the sums of the messages of the pool. */
export function checksumOf(sums: readonly number[], count: number): number {
	let sum = 0;
	for (let number = 0; number < count; number++) sum = (sum + (sums[number % sums.length] as number)) | 0;
	return sum;
}

/** Over the first and the last byte, or over the first of each `step` bytes. */
export function sumOf(bytes: Uint8Array, step: number): number {
	if (step === 0) return (bytes[0] ?? 0) + (bytes[bytes.length - 1] ?? 0);
	let sum = 0;
	for (let at = 0; at < bytes.length; at += step) sum = (sum + (bytes[at] as number)) | 0;
	return sum;
}

/** The same for bytes `start` to `end` of `source`. */
export function sumOfPart(source: Uint8Array, start: number, end: number, step: number): number {
	if (step === 0) return (source[start] as number) + (source[end - 1] as number);
	return sumOf(source.subarray(start, end), step);
}
