import { createHash } from 'node:crypto';

const digestBytes = 32;

/** A message with its number and a checksum, of a length that depends on the number: 16 to 66 KB. */
export function sealed(number: number): Buffer {
	const message = Buffer.alloc(16_384 + ((number * 7919) % 50_000), number);
	message.writeUInt32LE(number, digestBytes);
	createHash('sha256').update(message.subarray(digestBytes)).digest().copy(message);
	return message;
}

/** The number of an intact message. Throws for any other bytes. */
export function numberOf(message: Buffer): number {
	const digest = createHash('sha256').update(message.subarray(digestBytes)).digest();
	if (!digest.equals(message.subarray(0, digestBytes))) throw new Error('a message is torn');
	return message.readUInt32LE(digestBytes);
}
