/**
 * The messages of the soak. A message carries its writer, its place in the stream of that writer, and a checksum. Its body follows from these.
 * Some messages are empty. The sequence number decides which ones. There is at most one empty message between two others, so that the
 * missing messages are always known.
 *
 *     0 checksum   CRC-32 of everything behind it
 *     4 length     of the whole message
 *     8 pid        the writer's process, and
 *    12 stream     which of the streams of that process
 *    16 base       messages that this writer had published before the call that wrote this one
 *    20 position   within that call: 0 unless it is a batch
 *    24 attempt    grows with every message that was tried, also those without room
 *    28 round      not 0: the last one before the writer rests, see part.ts
 *    32 causePid   not 0: a writer of this channel, see blackboard.ts, and
 *    36 causeEnd   the number of its messages that were published before the writing of this one began
 */
import { crc32 } from 'node:zlib';
import { randomFrom } from './random.js';

export const headerBytes = 40;
export const messageBytesMax = headerBytes + 300_000;
const bodyBytesMax = messageBytesMax - headerBytes;

export interface Header {
	readonly length: number;
	readonly pid: number;
	readonly stream: number;
	readonly base: number;
	readonly position: number;
	readonly attempt: number;
	readonly round: number;
	readonly causePid: number;
	readonly causeEnd: number;
}

const emptyEvery = 37;

/** Whether the message with that sequence number is an empty one. */
export function isEmptyAt(sequence: number): boolean {
	return sequence % emptyEvery === emptyEvery - 1;
}

/** How many empty ones there are from `first` on and before `end`. */
export function emptiesBetween(first: number, end: number): number {
	return Math.floor(end / emptyEvery) - Math.floor(first / emptyEvery);
}

/** The same bytes in every process. Bodies are slices of it. */
const pattern = makePattern();

export function encode(header: Header): Buffer {
	const message = Buffer.allocUnsafe(header.length);
	message.writeUInt32LE(header.length, 4);
	message.writeUInt32LE(header.pid, 8);
	message.writeUInt32LE(header.stream, 12);
	message.writeUInt32LE(header.base, 16);
	message.writeUInt32LE(header.position, 20);
	message.writeUInt32LE(header.attempt, 24);
	message.writeUInt32LE(header.round, 28);
	message.writeUInt32LE(header.causePid, 32);
	message.writeUInt32LE(header.causeEnd, 36);
	const from = bodyStart(header);
	pattern.copy(message, headerBytes, from, from + header.length - headerBytes);
	message.writeUInt32LE(crc32(message.subarray(4)), 0);
	return message;
}

/** Returns a string with the reason if the message is not one that was written. */
export function decode(message: Buffer): Header | string {
	if (message.length < headerBytes) return `of ${message.length} bytes is too short`;
	const header: Header = {
		length: message.readUInt32LE(4),
		pid: message.readUInt32LE(8),
		stream: message.readUInt32LE(12),
		base: message.readUInt32LE(16),
		position: message.readUInt32LE(20),
		attempt: message.readUInt32LE(24),
		round: message.readUInt32LE(28),
		causePid: message.readUInt32LE(32),
		causeEnd: message.readUInt32LE(36),
	};
	const told = JSON.stringify(header);
	if (header.length !== message.length) return `of ${message.length} bytes has another length in it: ${told}`;
	if (message.readUInt32LE(0) !== crc32(message.subarray(4))) return `is torn, its checksum is wrong: ${told}`;
	const from = bodyStart(header);
	const body = pattern.subarray(from, from + header.length - headerBytes);
	return message.subarray(headerBytes).equals(body) ? header : `has the body of another message: ${told}`;
}

function bodyStart({ pid, stream, attempt }: Header): number {
	return (pid * 31 + stream * 7919 + attempt * 104_729) % (pattern.length - bodyBytesMax);
}

function makePattern(): Buffer {
	const random = randomFrom(1);
	const words = new Uint32Array(2 ** 18);
	for (let i = 0; i < words.length; i++) words[i] = random() * 2 ** 32;
	return Buffer.from(words.buffer);
}
