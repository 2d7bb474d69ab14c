/** The arguments and messages of the child processes of test/programs. */
import type { Overflow, Stats } from 'ringwire';

export interface WriterTask {
	readonly channel: string;
	readonly overflow: Overflow;
	readonly label: string;
	readonly count: number;
	/** Messages are up to so many bytes longer than need be; at least 1. */
	readonly padding: number;
	/** Connected readers to wait for before the first message. */
	readonly readers: number;
	/** Ends only after the message "end", or by a kill. */
	readonly hang?: boolean;
	readonly capacity: number;
	readonly depth: number;
}

export interface ReaderTask {
	readonly channel: string;
	readonly overflow: Overflow;
	readonly lossy: boolean;
	readonly order: 'lane' | 'time';
	/** Gives the loop a turn after so many messages; 0: never. The smaller, the slower. */
	readonly pauseEvery: number;
}

export interface ReaderReport {
	delivered: number;
	lost: number;
	/** Messages missing between those that came, and messages that came too late or twice. */
	gaps: number;
	disorder: number;
	events: string[];
	stats: Stats | undefined;
}
