/** The arguments and messages of the child processes of test/programs at a duplex channel. */

export interface ManyClientsTask {
	readonly channel: string;
	/** The number of this process among its kind. */
	readonly process: number;
	/** The plan of each of its clients for the time after its message was echoed. */
	readonly plans: readonly ('close' | 'stay')[];
}

/** The first message of a client. */
export interface Introduction {
	readonly process: number;
	readonly client: number;
	readonly plan: 'close' | 'stay';
}

export interface SyncTask {
	readonly channel: string;
	readonly does: 'mutual' | 'read' | 'write' | 'ask' | 'answer' | 'hold';
	readonly role: 'server' | 'client';
	readonly count: number;
}

export interface SyncReport {
	readonly type: 'done';
	/** The code that the blocking call failed with; null when it did not. */
	readonly code: string | null;
	readonly sent: number;
	readonly received: readonly number[];
	/** How often a blocking call gave up. */
	readonly timeouts: { readonly write: number; readonly read: number };
}
