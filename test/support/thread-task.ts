/** The `workerData` of test/programs/thread, and its last message. */
export interface ThreadTask {
	readonly channel: string;
	readonly depth: number;
	/** A writer writes `count` numbers and ends; a reader reads to the end. */
	readonly does: 'write' | 'writeSync' | 'read' | 'readSync';
	readonly count: number;
}

export interface ThreadReport {
	readonly type: 'done';
	/** The code that it failed with. */
	readonly code: string | undefined;
	readonly events: readonly string[];
	readonly read: readonly number[];
}
