/** The messages between the demo and the two processes that move a file. */
import type { Transport } from './transports.js';

export interface Transfer {
	readonly transport: Transport;
	readonly address: string;
	readonly file: string;
	/** The number of bytes to send, from the start of the file. */
	readonly bytes: number;
	/** The path that the receiver writes. Undefined: from memory to memory, where the receiver counts the bytes and discards them. */
	readonly copy: string | undefined;
}

export type SenderMessage = { readonly type: 'sent'; readonly begunAtMs: number };

export type ReceiverMessage =
	| { readonly type: 'ready' }
	| { readonly type: 'progress'; readonly bytes: number }
	| { readonly type: 'received'; readonly bytes: number; readonly endedAtMs: number };

/** The chunk size of both transports. Node's default of 64 KiB would measure its file system calls and little else. */
export const chunkBytes = 1024 * 1024;

/** A clock that all processes of a machine share. */
export function nowMs(): number {
	return Number(process.hrtime.bigint()) / 1e6;
}
