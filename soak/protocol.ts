/** The messages between the conductor and its processes, over Node's IPC. */
import type { Company, PartSpec } from './parts/part.js';
import type { Counts } from './tally.js';

export interface Task {
	readonly name: string;
	readonly seed: number;
	/** The folder of the diaries. */
	readonly folder: string;
	readonly parts: readonly PartSpec[];
}

export type Order =
	/** Done when all parts have the peers that they should have. */
	| { readonly type: 'meet'; readonly company: Company }
	/** Done when all messages have been read. */
	| { readonly type: 'rest'; readonly round: number }
	| { readonly type: 'go on' }
	| { readonly type: 'measure' }
	| { readonly type: 'shut down' }
	| { readonly type: 'write late'; readonly channel: string; readonly writers: number }
	| {
			readonly type: 'read late';
			readonly channel: string;
			readonly order: 'lane' | 'time';
			/** The writers whose messages must all come. */
			readonly expected: readonly LateWriter[];
	  }
	| { readonly type: 'close' }
	/** Terminates the worker thread and closes the rest. */
	| { readonly type: 'terminate' };

export type Answer =
	| { readonly type: 'open' }
	/** `waitsFor`: the condition that the last order still waits for. */
	| { readonly type: 'counts'; readonly counts: Counts; readonly waitsFor: string }
	| { readonly type: 'violation'; readonly what: string; readonly history: readonly string[] }
	| { readonly type: 'met' }
	| { readonly type: 'rested'; readonly round: number }
	| { readonly type: 'measured'; readonly holdings: Holdings }
	| { readonly type: 'written late'; readonly written: readonly LateWriter[] }
	/** The late writers have left the channel. */
	| { readonly type: 'left late'; readonly written: readonly LateWriter[] }
	/** Everything that is expected has come. */
	| { readonly type: 'has late' }
	| { readonly type: 'read late'; readonly read: readonly LateWriter[] }
	| { readonly type: 'closed' };

/** A writer of a late join and the number of its messages. */
export interface LateWriter {
	readonly pid: number;
	/** Its number in its process. */
	readonly writer: number;
	readonly count: number;
}

/** The kernel objects and the memory of a process. */
export interface Holdings {
	/** The kind of each open descriptor, sorted. */
	readonly descriptors: readonly string[];
	/** Mappings of shared memory. */
	readonly mappings: number;
	readonly rssBytes: number;
	readonly heapBytes: number;
	readonly externalBytes: number;
}
