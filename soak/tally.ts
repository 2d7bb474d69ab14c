/** The counters of every process, which the conductor adds up, and those of its own actions. */

export interface Counts {
	published: number;
	/** Messages for which a `drop-newest` lane had no room. */
	dropped: number;
	received: number;
	receivedBytes: number;
	receivedEmpty: number;
	/** The losses that readers got as events. */
	lost: number;
	lossEvents: number;
	links: number;
	partedClosed: number;
	partedDied: number;
	/** Lives of a peer whose end was compared with its diary. */
	endsChecked: number;
	/** Messages by time whose cause was a message of another writer. */
	causesChecked: number;
	/** Endpoints that a shutdown has ended. */
	shutDown: number;
	/** Messages of a writer that was opened after a shutdown, to a reader that the shutdown had not reached yet. */
	receivedAcrossShutdown: number;
	requestsAnswered: number;
	/** Their handler has thrown. */
	requestsFailed: number;
	/** By a signal or a timeout of the client. */
	requestsCancelled: number;
	/** Rejected because their server or their client had left. */
	requestsOrphaned: number;
}

export function noCounts(): Counts {
	return {
		published: 0,
		dropped: 0,
		received: 0,
		receivedBytes: 0,
		receivedEmpty: 0,
		lost: 0,
		lossEvents: 0,
		links: 0,
		partedClosed: 0,
		partedDied: 0,
		endsChecked: 0,
		causesChecked: 0,
		shutDown: 0,
		receivedAcrossShutdown: 0,
		requestsAnswered: 0,
		requestsFailed: 0,
		requestsCancelled: 0,
		requestsOrphaned: 0,
	};
}

export function addCounts(sum: Counts, more: Counts): void {
	for (const key of Object.keys(more) as (keyof Counts)[]) sum[key] += more[key];
}

/** The actions of the conductor. */
export interface Deeds {
	started: number;
	killed: number;
	/** Of these, before they were open. */
	killedStarting: number;
	killedStopped: number;
	stopped: number;
	closed: number;
	/** Of these, with the termination of their worker first. */
	terminated: number;
	shutDowns: number;
	rounds: number;
	roundsBesideStopped: number;
	lateJoins: number;
	/** Of these, with a writer that was stopped in the middle of it. */
	lateJoinsStopped: number;
	lateMessages: number;
}

export function noDeeds(): Deeds {
	return {
		started: 0,
		killed: 0,
		killedStarting: 0,
		killedStopped: 0,
		stopped: 0,
		closed: 0,
		terminated: 0,
		shutDowns: 0,
		rounds: 0,
		roundsBesideStopped: 0,
		lateJoins: 0,
		lateJoinsStopped: 0,
		lateMessages: 0,
	};
}

/** The last events of a process, with their time, in constant memory. */
export class History {
	readonly #lines: string[] = [];
	readonly #length: number;

	constructor(length: number) {
		this.#length = length;
	}

	add(line: string): void {
		this.#lines.push(`${new Date().toISOString().slice(11, 23)} ${line}`);
		if (this.#lines.length > this.#length) this.#lines.shift();
	}

	get lines(): readonly string[] {
		return this.#lines;
	}
}
