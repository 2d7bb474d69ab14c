/** What the child processes of test/programs that are at a duplex channel are told and what they answer. */

export interface ManyClientsTask {
	readonly channel: string;
	/** The number of this process among its kind. */
	readonly process: number;
	/** What each of its clients does after its message came back. */
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
