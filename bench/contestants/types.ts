/** One way of moving messages from one process to another. Both functions run in a process of their own. */
export interface Contestant {
	readonly name: string;
	/** A rival is what the others are compared with. */
	readonly rival?: boolean;
	/** Resolves when `expected` messages have arrived. Calls `ready` when the sender may come, and `first` at the first message. */
	receive(trial: Trial, meter: Meter): Promise<void>;
	/** Sends all messages of the trial; resolves when it may exit. */
	send(trial: Trial): Promise<void>;
}

export interface Trial {
	/** Unique to this run: a channel name, and the name of a socket. */
	readonly name: string;
	/** Bytes of a message. */
	readonly size: number;
	readonly count: number;
	/** A folder of this run. */
	readonly folder: string;
}

/** What a receiver tells about its progress. */
export interface Meter {
	ready(): void;
	/** One message; touches its first and last byte. */
	message(bytes: Uint8Array): void;
	/** A piece of a stream without boundaries. */
	bytes(piece: Uint8Array): void;
	/** True when everything has come. */
	readonly done: boolean;
}
