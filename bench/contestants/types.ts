/** The interface of a contestant, and its part of a trial's specification. */

/** The places of the two sides. `child`: the sender is forked by the receiver; `threads`: a worker of the receiver's process. */
export type Place = 'processes' | 'child' | 'threads';

/** The messages of a trial: bytes, or values that a codec converts. */
export type Form = 'bytes' | 'struct' | 'text' | 'json' | 'msgpack' | 'protobuf' | 'structured' | 'framed';

export type Message = string | object;

/** The part of a trial that its peers must know. */
export interface Spec {
	/** Unique to this session: a channel name, and the name of a socket. */
	readonly name: string;
	readonly kind: 'one-way' | 'round-trip';
	readonly form: Form;
	/** Bytes of a message; about so many if it is a value. */
	readonly size: number;
	readonly writers: number;
	readonly readers: number;
	readonly overflow: 'block' | 'drop-oldest' | 'drop-newest' | 'latest';
	/** Milliseconds that a round trip waits before the next. */
	readonly pauseMs: number;
	/** A folder of this run. */
	readonly folder: string;
	/** The reader looks at the first of each so many bytes; 0: at the first and the last of a message; 1: at every byte, also of values. */
	readonly step: number;
}

/** The other side, where the receiver started it itself. */
export interface Partner {
	readonly child?: import('node:child_process').ChildProcess;
	readonly worker?: import('node:worker_threads').Worker;
}

/** The progress of a receiver. */
export interface Meter {
	/** One message: the bytes, or the fields of a value, are looked at. */
	message(message: Message): void;
	/** One message: bytes `start` to `end` of `source`. */
	part(source: Uint8Array, start: number, end: number): void;
	/** A piece of a stream without boundaries. */
	piece(bytes: Uint8Array): void;
}

export interface Receiving {
	/** Called before each run, for contestants that prepare one. */
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
	/** The others are compared with it. */
	readonly rival?: boolean;
	readonly place?: Place;
	/** It moves values of the trial's form. The others move bytes of the same size. */
	readonly typed?: boolean;
	/** It has no messages, so that the check covers every byte. */
	readonly bytesOnly?: boolean;
	/** How a child's `process.send` serializes. */
	readonly serialization?: 'json' | 'advanced';
	/** Whether a child's standard streams are the medium. */
	readonly stdio?: boolean;
	/** Resolves when senders may connect. */
	receive?(spec: Spec, meter: Meter, me: Me): Promise<Receiving>;
	/** Resolves when it is connected. */
	send?(spec: Spec, me: Me): Promise<Sending>;
	/** Answers each message with one of the same size. Resolves when callers may connect. */
	echo?(spec: Spec, me: Me): Promise<Receiving>;
	call?(spec: Spec, me: Me): Promise<Calling>;
}
