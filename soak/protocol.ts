/** What the conductor and its processes say to each other, over the channel that Node gives to a forked process. */
import type { Company, PartSpec } from './part.js';
import type { Counts } from './tally.js';

export interface Task {
	readonly name: string;
	readonly seed: number;
	/** Where the diaries lie. */
	readonly folder: string;
	readonly parts: readonly PartSpec[];
}

export type Order =
	/** Until all parts have the company that they should have. */
	| { readonly type: 'meet'; readonly company: Company }
	/** Until everything that was written has been read. */
	| { readonly type: 'rest'; readonly round: number }
	| { readonly type: 'go on' }
	| { readonly type: 'measure' }
	| { readonly type: 'close' };

export type Answer =
	| { readonly type: 'open' }
	/** `waitsFor`: what the last order still lacks. */
	| { readonly type: 'counts'; readonly counts: Counts; readonly waitsFor: string }
	| { readonly type: 'violation'; readonly what: string; readonly history: readonly string[] }
	| { readonly type: 'met' }
	| { readonly type: 'rested'; readonly round: number }
	| { readonly type: 'measured'; readonly holdings: Holdings }
	| { readonly type: 'closed' };

/** What a process holds of the kernel, and of memory. */
export interface Holdings {
	readonly descriptors: number;
	/** Mappings of shared memory. */
	readonly mappings: number;
	readonly rssBytes: number;
	readonly heapBytes: number;
	readonly externalBytes: number;
}
