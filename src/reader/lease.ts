import { channelError } from '../base/errors.js';
import type { Peer } from '../base/peer.js';

/**
 * A message whose bytes stay as they are until the lease ends, whatever the writer does. It ends with `release` or disposal, with the reader's
 * `close`, and when its memory is collected, which is a process warning. While it is open its writer cannot use the memory of this message again, nor
 * that of the messages after it, unless the message is in a pool and the lease is kept, or the reader does not hold its writer back.
 */
export interface Lease<T> extends Disposable {
	/**
	 * The bytes of the message: the shared memory itself if `isCopy` is false. A store into them reaches no other process and no later lease. Do not use
	 * them, or anything that shares their memory, after the end of the lease. They are zeros then, or another message. Throws CLOSED then.
	 */
	readonly bytes: Buffer;
	/**
	 * The message, decoded on first access. It shares the memory of `bytes` only with the codec `bytes()`, and as the body of
	 * `framed`. Everything else is decoded from a copy. Throws DECODE; CLOSED after the end of the lease; and BUSY within a call of the codec.
	 */
	readonly message: T;
	/** The writer of the message. */
	readonly peer: Peer;
	/**
	 * True: the bytes are a copy in memory of this process, and the lease holds no writer back. So it is for messages under 16 KiB, with the policies and
	 * readers that do not hold the writer back unless the message is in a pool, for messages that the reader had copied before, and where the runtime
	 * allows no external buffers.
	 */
	readonly isCopy: boolean;
	/**
	 * Keeps the lease when a loop or an Observable goes on: it ends by `release`. If its message is in a pool, the lease keeps the memory of this message
	 * only from then on, and the room of the messages after it comes back. Returns the lease. Throws CLOSED after its end.
	 */
	keep(): this;
	/** Ends the lease. If it was the oldest one, its writer gets room. Does nothing if it has ended. */
	release(): void;
}

/** `lease[letGo]()` releases the lease unless it is kept. For iterators and adapters inside this package. */
export const letGo: unique symbol = Symbol.for('ringwire 0.1 letGo');

/** The Reader, as its leases see it. */
export interface LeaseHost<T> {
	readonly name: string;
	/** The reader was closed: all its leases have ended. */
	readonly isClosed: boolean;
	/** Ends the lease with this number in the addon. */
	release(lease: number): void;
	/** The lease with this number stays open while the reader reads on. */
	keepOpen(lease: number): void;
	decode(bytes: Buffer, isCopy: boolean): T;
}

export class MessageLease<T> implements Lease<T> {
	readonly peer: Peer;
	readonly isCopy: boolean;
	readonly #host: LeaseHost<T>;
	readonly #number: number;
	#bytes: Buffer | undefined;
	#message: { readonly message: T } | undefined;
	#isKept = false;

	/** `number`: that of the addon; 0 for a copy. */
	constructor(host: LeaseHost<T>, bytes: Buffer, peer: Peer, number: number) {
		this.#host = host;
		this.#bytes = bytes;
		this.peer = peer;
		this.#number = number;
		this.isCopy = number === 0;
	}

	get bytes(): Buffer {
		if (this.#bytes === undefined || this.#host.isClosed) throw this.#endedError();
		return this.#bytes;
	}

	get message(): T {
		const { bytes } = this;
		this.#message ??= { message: this.#host.decode(bytes, this.isCopy) };
		return this.#message.message;
	}

	keep(): this {
		if (this.#bytes === undefined || this.#host.isClosed) throw this.#endedError();
		if (!this.#isKept && !this.isCopy) this.#host.keepOpen(this.#number);
		this.#isKept = true;
		return this;
	}

	release(): void {
		if (this.#bytes === undefined) return;
		this.#bytes = undefined;
		this.#message = undefined;
		if (!this.isCopy) this.#host.release(this.#number);
	}

	[Symbol.dispose](): void {
		this.release();
	}

	[letGo](): void {
		if (!this.#isKept) this.release();
	}

	#endedError() {
		const what =
			this.#bytes === undefined
				? 'the lease has been released before'
				: 'the lease has ended: its reader is closed';
		return channelError('ERR_RINGWIRE_CLOSED', this.#host.name, what);
	}
}
