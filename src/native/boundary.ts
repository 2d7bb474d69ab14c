/**
 * The whole boundary to the native addon as one typed interface. Nothing here decides anything: every call is decoded,
 * made and its result encoded. Expected outcomes are values; only the functions of `NativeAddon` throw. They throw a
 * `NativeFailure`, from which `src/base/errors.ts` makes a `RingwireError`. In a child by fork without exec, every function of a
 * handle of the parent except `leave` throws CLOSED as well.
 */

/** Servers and clients are the two sides of a duplex channel. */
export type NativeRole = 'writer' | 'reader' | 'server' | 'client';
export type NativeOverflow = 'block' | 'drop-oldest' | 'drop-newest' | 'latest';

/** The properties on which both sides must agree, and the location of the channel. `directory` undefined: the default run-time folder. */
export interface NativeContract {
	readonly name: string;
	readonly codec: string;
	readonly overflow: NativeOverflow;
	readonly directory: string | undefined;
	/** Of the codec; undefined: none, which fits every layout. */
	readonly layout: string | undefined;
	/** Members of this group (a gid) may join too. */
	readonly group: number | undefined;
}

export interface NativeWriterOptions {
	readonly capacity: number;
	readonly depth: number;
	readonly messageMax: number;
	readonly pool?: NativePool | undefined;
}

export interface NativePoolOptions {
	/** A multiple of 4096, with a page for the control words. */
	readonly bytes: number;
	readonly messageMax: number;
}

/** Shared memory of this environment for the messages of its writers. */
export interface NativePool {
	/** Bytes that no message and no loan has. Messages that are read count until their room is needed. 0 when closed. */
	free(): number;
	openLoans(): number;
	/** No other writer can use it. Those that do keep the memory. */
	close(): void;
}

export interface NativeReaderOptions {
	readonly from: 'oldest' | 'newest';
	readonly lossy: boolean;
	readonly order: 'lane' | 'time';
	/** 0 turns spinning off. */
	readonly spinMicros: number;
	/**
	 * When the reader ends without a shutdown. -1 (also undefined): every writer it has found has called `end`. n of at
	 * least 1: n writers have, and every writer that is still connected; a writer that died or left without an end does
	 * not count. 0: never.
	 */
	readonly until?: number;
	/** In bytes; undefined: no limit but the writer's own. The link to a writer of a longer message ends with TOO_LARGE. */
	readonly messageMax?: number;
}

/** Bits of the argument of the wake callback. `room`: in the pool of the writer. `forgotten`: call `takeForgotten` of the reader. */
export const Wake = { data: 1, space: 2, allRead: 4, events: 8, room: 16, forgotten: 32 } as const;

/** Bits of the first word of `readBatch`. `events`: some are waiting that come before the messages. `sameLength`: all messages have the same length. */
export const Found = { events: 1, sameLength: 2 } as const;

/** The results of `readLease` other than memory. `nothing`: see index[0] and index[1]. `tooMany`: leases of this reader; the message stays in the ring. */
export const Leasing = { nothing: 0, copied: 1, tooMany: 3 } as const;

/**
 * The results of `tryWrite`. `shutDown`: the channel has been shut down; the event has not been taken yet. `closed`: the handle has left.
 * `noMemory`: the lane, which is not shared yet, could not be allocated any further, for the reason that `shortage` returns; a later call may succeed.
 * `busy`: a loan is open. `detached`, of `commitLoan` only: its memory was transferred.
 */
export const Written = {
	full: 0,
	accepted: 1,
	dropped: 2,
	closed: -1,
	tooLarge: -2,
	shutDown: -3,
	noMemory: -4,
	busy: -5,
	detached: -6,
} as const;

export interface NativePeer {
	/** 16 hexadecimal digits, unique to one endpoint's life. */
	readonly id: string;
	/** In the pid namespace of this process; 0 when the peer's process is not visible there. */
	readonly pid: number;
	readonly uid: number;
	readonly role: NativeRole;
}

export type NativeEvent =
	| { readonly type: 'connect'; readonly peer: NativePeer }
	| {
			readonly type: 'disconnect';
			readonly peer: NativePeer;
			readonly reason: 'closed' | 'died' | 'corrupt';
			readonly ended: boolean;
	  }
	| { readonly type: 'lost'; readonly peer: NativePeer; readonly count: number }
	| { readonly type: 'end' }
	| { readonly type: 'shutdown'; readonly peer: NativePeer }
	/** TIMEOUT with a `peer`, at a reader: a writer that was on the channel first does not answer; the reader does not end without it. */
	| { readonly type: 'error'; readonly failure: NativeFailure; readonly peer: NativePeer | undefined }
	/**
	 * A writer or reader: after a refusal (MISMATCH, VERSION, ACCESS or LIMIT), which was an `error` event, no peer is left: no link is open, no
	 * handshake is under way, and no other name is left to dial. Once until a link opens again. `peer`: undefined when
	 * it has not sent its hello.
	 */
	| { readonly type: 'refused'; readonly failure: NativeFailure; readonly peer: NativePeer | undefined };

/** `code` has the prefix ERR_RINGWIRE_. `syscall` and `errno` (a positive number) are present when a system call failed. */
export interface NativeFailure {
	readonly code: string;
	readonly message: string;
	readonly syscall?: string;
	readonly errno?: number;
}

export interface NativeStats {
	/** Messages and payload bytes published by this writer, or delivered to this reader. */
	readonly messages: number;
	readonly bytes: number;
	/** Reader: sequence numbers skipped because it was lapped or conflated. */
	readonly lost: number;
	/** Writer of `drop-newest`: messages dropped because there was no room. */
	readonly dropped: number;
	/** Doorbells that this side rang. */
	readonly rings: number;
	/** Reader: waits that ended while polling, and waits that went to sleep. */
	readonly spins: number;
	readonly sleeps: number;
	/** One for each connected peer. */
	readonly peers: readonly NativePeerStats[];
}

export interface NativePeerStats {
	readonly peer: NativePeer;
	/** Writer: messages that this reader has read. Reader: messages and bytes read from this writer, lost of it. */
	readonly messages: number;
	readonly bytes: number;
	readonly lost: number;
	readonly rings: number;
	/** Reader: open leases of messages of this writer. Writer: messages in its pool that leases of this reader keep. */
	readonly leases: number;
	/** Reader: the age of the oldest of them; 0 if there is none. Writer: 0. */
	readonly oldestLeaseMs: number;
}

export interface NativeHandle {
	/** All events since the last call, in order. */
	takeEvents(): NativeEvent[];
	stats(): NativeStats;
	ref(): void;
	unref(): void;
	/** Ends the channel: notifies every peer, and each peer notifies its own. `leave` must still be called. */
	shutdown(): void;
	/**
	 * Sends a bye to every peer, closes every link and name, and releases the event loop. Idempotent. Every later call
	 * returns as on a closed, empty handle.
	 */
	leave(): void;
}

export interface NativeWriter extends NativeHandle {
	/** One of `Written`. With `dropped` the message has been counted in `stats().dropped`. */
	tryWrite(message: Uint8Array): number;
	/** `tryWrite` for the message of `head` and `body` behind it. Both are copied once. */
	tryWriteParts(head: Uint8Array, body: Uint8Array): number;
	/** Memory of the caller. It must stay alive and attached as long as `tryWriteStaged` is called. */
	setStaging(slab: Uint8Array): void;
	/** `tryWrite` for the first `byteLength` bytes of the staging slab. */
	tryWriteStaged(byteLength: number): number;
	/**
	 * Message i is slab[ends[i - 1] ?? 0 .. ends[i]]. Publishes once, rings once. Returns how many were accepted: with
	 * `block` a prefix, with `drop-newest` any of them (the others are counted as dropped); or `closed`, `shutDown` or `noMemory` of `Written`, and none was.
	 */
	tryWriteBatch(slab: Uint8Array, ends: Uint32Array, count: number): number;
	/**
	 * Keeps room for one message of up to `byteLength` bytes until `commitLoan` or `abortLoan`. `full`: there is none now, under every policy. `inLane`:
	 * returns the memory of the lane, of that length, to make the message in. Only for policies whose readers hold back. Otherwise, and if the runtime
	 * allows no external buffers, returns one of `Written`, and with `accepted` the caller makes the message in its own memory.
	 */
	tryLoan(byteLength: number, inLane: boolean): ArrayBuffer | number;
	/**
	 * Publishes the first bytes of the loan's memory, or of `filled` if `tryLoan` returned none. Detaches either. One of `Written`, of which
	 * `accepted`, `closed`, `shutDown` and `detached` are possible. The loan is over in any case; after `detached`, as for `abortLoan`.
	 */
	commitLoan(byteLength: number, filled: Uint8Array): number;
	/** Nothing is published. If the memory of the lane was transferred, the lane stays `busy` until that has been collected. */
	abortLoan(filled: Uint8Array): void;
	/**
	 * Of a writer with a pool: opens a loan of up to `byteLength` bytes, any number of them. `full`: there is no room now, under every policy. `inPool`:
	 * returns the memory of the pool, of that length. Otherwise, and if the runtime allows no external buffers, returns one of `Written`, and with
	 * `accepted` the caller makes the message in its own memory.
	 */
	tryPoolLoan(byteLength: number, inPool: boolean): ArrayBuffer | number;
	/** The number of the loan that `tryPoolLoan` has opened last. */
	lastPoolLoan(): number;
	/** The commit of a loan of another writer of the pool publishes on this one too. `full`: no room now, under every policy. */
	sharePoolLoan(loan: number): number;
	/** `commitLoan` for a loan of the pool that this writer has opened. Other writers of the loan that are closed meanwhile publish nothing. */
	commitPoolLoan(loan: number, byteLength: number, filled: Uint8Array): number;
	/** If the memory of the pool was transferred, the pool has its room back when that has been collected. */
	abortPoolLoan(loan: number, filled: Uint8Array): void;
	/**
	 * True: there is room for such a loan now. False: the wake callback gets `Wake.space` or `Wake.room` once when there may be. One wait at a time:
	 * it replaces that of `wantSpace`. `cancelSpace` ends either.
	 */
	wantPoolLoan(byteLength: number): boolean;
	/** Why the last write returned `noMemory`. */
	shortage(): NativeFailure;
	/** The largest message in bytes that `tryWrite` takes right now; 0 when closed. */
	free(): number;
	/**
	 * True: there is room for a message of so many bytes now. False: the wake callback gets `Wake.space` once when
	 * there is.
	 */
	wantSpace(byteLength: number): boolean;
	cancelSpace(): void;
	/**
	 * True: `unread()` is 0, also if its readers have left since (a lane without limit: always true). False: the wake
	 * callback gets `Wake.allRead` once when everything that is published now has been read. Without a reader this takes a
	 * first one.
	 */
	wantAllRead(): boolean;
	cancelAllRead(): void;
	/**
	 * Blocks the thread, serving the links of all its handles, until there is room for so many bytes (true), or an
	 * event has come or the time is over (false). Infinity waits without limit.
	 */
	waitSpaceSync(byteLength: number, timeoutMs: number): boolean;
	/**
	 * Messages that are published and that the slowest holding reader has not read yet (or the first to come, when
	 * there is none).
	 */
	unread(): number;
	/** Readers that have mapped the lane: published messages are safe with each of them. */
	readers(): number;
	/** Readers among them that hold the lane back; lossy ones do not. */
	holders(): number;
	/** Nothing will be written any more: readers end when they have read everything. Idempotent. */
	end(): void;
}

export interface NativeReader extends NativeHandle {
	/**
	 * Copies the next messages into `slab` from byte `offset` on and returns how many. Every message of the batch
	 * before this one counts as delivered from here on.
	 * index[0]: bits of `Found`.
	 * index[1]: when the result is 0 because the next message does not fit into the slab: the bytes it needs; else 0.
	 * index[2 + 2i], index[3 + 2i]: where message i starts (a multiple of 8) and ends in the slab. The bytes between two messages are 0.
	 * The result is at most (index.length - 2) / 2, and 0 when there is nothing.
	 */
	readBatch(slab: Uint8Array, offset: number, index: Uint32Array, countMax: number): number;
	/**
	 * The first `delivered` messages of the last batch have reached the consumer: their room is the writers' again
	 * (cursor, space doorbell). The others stay in the ring until the next `readBatch` counts them as delivered, or for
	 * others when `leave` comes first. May be called several times for one batch, with growing numbers.
	 */
	commit(delivered: number): void;
	/**
	 * Takes the next message, which counts as delivered at once, but none while events are waiting. The batch before it counts as delivered as well. A
	 * message of at least `viewMin` bytes in a lane that this reader holds back, or in a pool, is not copied: returns memory with the message, which stays as it is
	 * until the lease ends. Otherwise copies it into `slab` from byte `offset` on, or returns another one of `Leasing`.
	 * index[0]: `Found.events` or 0.
	 * index[1]: as of `readBatch`.
	 * index[2]: with memory: the number of the lease, or 0 if the runtime allows no external buffers, and the memory is a copy. With a copy in the slab:
	 * where it starts; index[3]: where it ends.
	 * index[4], index[5]: a number for the writer, the same for all its messages.
	 * The memory may be stored to. It is never detached. If it is collected before the lease is released, the lease ends, and the wake callback gets `Wake.forgotten`.
	 */
	readLease(slab: Uint8Array, offset: number, index: Uint32Array, viewMin: number): ArrayBuffer | number;
	/** The end of a lease, in any order. Does nothing if the lease has ended. Works after `leave` too. */
	releaseLease(lease: number): void;
	/**
	 * If its message is in a pool, the lease does not hold the reader's position any more: it keeps the memory of this message only. Does nothing else,
	 * or if the reader has too many such leases.
	 */
	keepLease(lease: number): void;
	/** The reader has come to its end, and `leave` follows: the messages of open leases count as delivered, and their memory stays as it is until they end. */
	keepLeases(): void;
	/** All leases end, before `leave` or after it. Their memory is zeros. Their messages stay in the ring for others. */
	endLeases(): void;
	/** The number of leases since the last call whose memory was collected before they were released. */
	takeForgotten(): number;
	/** The writer of the message that the last `readLease` returned. */
	leaseWriter(): NativePeer;
	/** The writer of message i of the last batch, until something else is read. */
	writerOf(i: number): NativePeer;
	/** Messages that could be read now, those of the last batch not counted. */
	available(): number;
	/**
	 * True: there is something to read, or an event. False: the wake callback gets `Wake.data` once when there is. It
	 * polls for the spin budget first (the loop breathes) and then sleeps.
	 */
	wait(): boolean;
	cancelWait(): void;
	/**
	 * Blocks the thread, serving the links of all its handles, until there is something to read or an event (true), or
	 * the time is over (false).
	 */
	waitSync(timeoutMs: number): boolean;
}

/** The properties on which both sides of a duplex channel must agree: `codec` and `overflow` are those of the messages to the server. */
export interface NativeDuplexContract extends NativeContract {
	readonly codecToClient: string;
	readonly layoutToClient: string | undefined;
	readonly overflowToClient: NativeOverflow;
}

export interface NativePauses {
	readonly pauseMs: number;
	readonly pauseMsMax: number;
}

/** Two lanes to one peer, each with an ordinary handle. */
export interface NativeConnection {
	readonly peer: NativePeer;
	readonly writer: NativeWriter;
	readonly reader: NativeReader;
}

/**
 * A server that listens, or a client that looks for its server; `stats` is all zeros. Each peer that has been introduced is a `connect`
 * event, after which `takeConnection` returns it; `disconnect` is never emitted here, only by the handles of the connection.
 */
export interface NativeDuplex extends NativeHandle {
	/**
	 * Opens the next connection; undefined when there is none. Throws as `openWriter` and `openReader` do. A server that lacks something for
	 * it (LIMIT) returns undefined as well: that is an `error` event, one for each shortage.
	 */
	takeConnection(
		writer: NativeWriterOptions,
		reader: NativeReaderOptions,
		onWakeWriter: (bits: number) => void,
		onWakeReader: (bits: number) => void,
	): NativeConnection | undefined;
	/** Server: one of its connections is over, and another client may come. */
	connectionOver(): void;
}

/** One endpoint of a channel in `listChannels`. */
export interface NativeListed {
	readonly channel: string;
	readonly peer: NativePeer;
	/** False: it is alive but did not answer in time (stopped, or its loop is blocked); then the rest is empty or 0. */
	readonly answered: boolean;
	readonly codec: string;
	readonly overflow: NativeOverflow | '';
	readonly peers: number;
	/** Writer only. */
	readonly capacity: number;
	readonly depth: number;
	/**
	 * Writer: messages and bytes in the lane that are not read by the slowest holding reader. Reader: messages it could
	 * read.
	 */
	readonly unread: number;
	readonly unreadBytes: number;
	/** Published by a writer, delivered to a reader. */
	readonly messages: number;
	/** Writer: connected readers that hold it back. A full writer without one waits for the first to connect. */
	readonly holders: number;
	/** Writer: room for messages in its pool, and the part of it that messages and loans have. 0 without one. */
	readonly poolBytes: number;
	readonly poolUsed: number;
	/** As of NativePeerStats, of all peers together. */
	readonly leases: number;
	readonly oldestLeaseMs: number;
	/** Writer: 0: it does not wait; 1: for room in its lane; 2: for room in its pool. */
	readonly waiting: number;
}

export interface NativeAddon {
	createPool(options: NativePoolOptions): NativePool;
	/**
	 * `onWake` is called from the event loop with bits of `Wake`; after `leave` never. `Wake.events`: call
	 * `takeEvents`.
	 */
	openWriter(contract: NativeContract, options: NativeWriterOptions, onWake: (bits: number) => void): NativeWriter;
	openReader(contract: NativeContract, options: NativeReaderOptions, onWake: (bits: number) => void): NativeReader;
	/** `clientsMax`: the largest number of connections at a time; a further client gets LIMIT. */
	listen(contract: NativeDuplexContract, clientsMax: number, onWake: (bits: number) => void): NativeDuplex;
	/**
	 * Looks for its server until it has found one, and again when that one goes before it has introduced itself. The
	 * pause between two looks doubles from `pauseMs` up to `pauseMsMax`.
	 */
	connect(contract: NativeDuplexContract, pauses: NativePauses, onWake: (bits: number) => void): NativeDuplex;
	/**
	 * Every open handle of this environment leaves. Without a bye its peers report a death. For the end of the process.
	 */
	leaveAll(sayBye: boolean): void;
	/** Queries every endpoint in the run-time folder; waits for all answers together, for at most `timeoutMs`. */
	listChannels(directory: string | undefined, group: number | undefined, timeoutMs: number): NativeListed[];
}
