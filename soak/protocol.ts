/** The messages between the conductor and its processes, over Node's IPC. */
import type { Company, PartSpec } from './part.js';
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
	| { readonly type: 'close' };

export type Answer =
	| { readonly type: 'open' }
	/** `waitsFor`: the condition that the last order still waits for. */
	| { readonly type: 'counts'; readonly counts: Counts; readonly waitsFor: string }
	| { readonly type: 'violation'; readonly what: string; readonly history: readonly string[] }
	| { readonly type: 'met' }
	| { readonly type: 'rested'; readonly round: number }
	| { readonly type: 'measured'; readonly holdings: Holdings }
	| { readonly type: 'closed' };

/** The kernel objects and the memory of a process. */
export interface Holdings {
	readonly descriptors: number;
	/** Mappings of shared memory. */
	readonly mappings: number;
	readonly rssBytes: number;
	readonly heapBytes: number;
	readonly externalBytes: number;
}
