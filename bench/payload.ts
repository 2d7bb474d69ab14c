/** The payload: a pool of different messages. The writer changes each before it is sent, and the reader checks it. */

const poolBytesMax = 8 * 1024 * 1024;

export class Pool {
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

	/** A part of the pool as one batch, beginning with the message of that number. */
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

/** The checksum of messages `from` to `to` at their reader, over the first and the last byte of each, or over every byte. */
export function checksumOf(size: number, count: number, everyByte: boolean): number {
	const pool = new Pool(size);
	const sums = pool.messages.map((message) => sumOf(message, everyByte));
	let sum = 0;
	for (let number = 0; number < count; number++) sum = (sum + (sums[number % sums.length] as number)) | 0;
	return sum;
}

export function sumOf(bytes: Uint8Array, everyByte: boolean): number {
	if (!everyByte) return (bytes[0] ?? 0) + (bytes[bytes.length - 1] ?? 0);
	let sum = 0;
	for (const byte of bytes) sum = (sum + byte) | 0;
	return sum;
}
