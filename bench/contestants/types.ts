/** What a contestant is, and what it is told about the trial that it takes part in. */

/** Where the two sides live. `child`: the sender is forked by the receiver; `threads`: a worker of the receiver's process. */
export type Place = 'processes' | 'child' | 'threads';

/** The part of a trial that its peers must know. */
export interface Spec {
	/** Unique to this session: a channel name, and the name of a socket. */
	readonly name: string;
	readonly kind: 'one-way' | 'round-trip';
	/** Bytes of a message. */
	readonly size: number;
	readonly writers: number;
	readonly readers: number;
	readonly overflow: 'block' | 'drop-oldest' | 'drop-newest' | 'latest';
	/** Milliseconds that a round trip waits before the next. */
	readonly pauseMs: number;
	/** A folder of this run. */
	readonly folder: string;
	/** Whether every byte is looked at. */
	readonly check: boolean;
}

/** The other side, where the receiver started it itself. */
export interface Partner {
	readonly child?: import('node:child_process').ChildProcess;
	readonly worker?: import('node:worker_threads').Worker;
}

/** What a receiver tells about its progress. */
export interface Meter {
	/** One message: the bytes are looked at. */
	message(bytes: Uint8Array): void;
	/** A piece of a stream without boundaries. */
	piece(bytes: Uint8Array): void;
}

export interface Receiving {
	/** Before each run, for those who must do something for each. */
	expect?(count: number, run: number): void | Promise<void>;
	/** Blocks the thread until the run is over, for faces that do. */
	serve?(count: number): void;
}

export interface Sending {
	/** Writes so many messages and resolves when the last was handed over. */
	send(count: number, run: number): Promise<void>;
}

export interface Calling {
	/** One round trip. */
	call?(): Promise<void>;
	/** One round trip that blocks. */
	callSync?(): void;
}

export interface Me {
	/** Which of the writers or readers this is, from 0 on. */
	readonly index: number;
	/** Where the receiver started the sender itself: the sender for the receiver. */
	readonly partner: Partner;
}

/** One way of moving messages. Each function runs in a process or thread of its own. */
export interface Contestant {
	readonly name: string;
	/** What the others are compared with. */
	readonly rival?: boolean;
	readonly place?: Place;
	/** It has no messages, so that only a look at every byte can tell whether the right ones arrive. */
	readonly bytesOnly?: boolean;
	/** How a child's `process.send` serializes. */
	readonly serialization?: 'json' | 'advanced';
	/** Whether a child's standard streams are the medium. */
	readonly stdio?: boolean;
	/** Resolves when senders may come. */
	receive?(spec: Spec, meter: Meter, me: Me): Promise<Receiving>;
	/** Resolves when it is connected. */
	send?(spec: Spec, me: Me): Promise<Sending>;
	/** Answers each message with one of the same size. Resolves when callers may come. */
	echo?(spec: Spec, me: Me): Promise<Receiving>;
	call?(spec: Spec, me: Me): Promise<Calling>;
}
