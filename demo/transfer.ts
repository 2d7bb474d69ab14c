/** What is said between the demo and the two processes that move a file. */
import type { Transport } from './transports.js';

export interface Transfer {
	readonly transport: Transport;
	readonly address: string;
	readonly file: string;
	/** Where it is written to. Undefined: neither disk takes part. The file is in memory before, and what arrives is counted and thrown away. */
	readonly copy: string | undefined;
}

export type SenderSays = { readonly type: 'sent'; readonly begunAtMs: number };

export type ReceiverSays =
	| { readonly type: 'ready' }
	| { readonly type: 'progress'; readonly bytes: number }
	| { readonly type: 'received'; readonly bytes: number; readonly endedAtMs: number };

/** The file goes in pieces of this size, on both ways alike: with Node's default of 64 KiB its file system calls would be all that is measured. */
export const chunkBytes = 1024 * 1024;

/** A clock that all processes of a machine share. */
export function nowMs(): number {
	return Number(process.hrtime.bigint()) / 1e6;
}
