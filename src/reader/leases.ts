import { channelError, type RingwireError } from '../base/errors.js';
import type { Peer } from '../base/peer.js';
import { checkedCodec } from '../codecs/checked.js';
import { type DecodeInLease, inLeaseFormOf } from '../codecs/in-lease.js';
import type { Codec } from '../codecs/types.js';
import type { CodecGuard } from '../endpoint/codec-guard.js';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import { Found, Leasing, type NativePeer, type NativeReader } from '../native/boundary.js';
import type { Batch } from './batch.js';
import { decodeError } from './decode-error.js';
import { type LeaseHost, MessageLease } from './lease.js';
import type { ReaderLifecycle } from './lifecycle.js';

/** A shorter message is copied: that costs less than a buffer over memory that is not V8's. */
const viewMin = 16 * 1024;
const slabBytes = 64 * 1024;

/** How often in a row memory is allocated for a message that turns out to be longer: another message, or a lie. */
const triesMax = 8;

const none = Buffer.alloc(0);

/** The Reader, as this part of it sees it. */
export interface LeasesHost {
	readonly name: string;
	readonly keepAlive: KeepAlive;
	knownPeer(peer: NativePeer): Peer;
	busyError(): RingwireError;
	/** Emits a process warning, once for each `key`. */
	warnOnce(key: string, warning: string): void;
}

/** Makes the leases of one reader, and knows how many of them are open. */
export class Leases<T> implements LeaseHost<T> {
	readonly #host: LeasesHost;
	readonly #native: NativeReader;
	readonly #codec: Codec<never, T>;
	readonly #inLease: DecodeInLease<T> | undefined;
	readonly #guard: CodecGuard;
	readonly #lifecycle: ReaderLifecycle;
	readonly #index = new Uint32Array(6);
	/** Memory for copies. It belongs to the leases that were made in it. */
	#slab: Buffer = none;
	#offset = 0;
	/** Leases that are no copies. */
	#open = 0;
	/** The writer of the last message, and its number in the addon. */
	#writer: { readonly low: number; readonly high: number; readonly peer: Peer } | undefined;

	constructor(
		host: LeasesHost,
		native: NativeReader,
		codec: Codec<never, T>,
		guard: CodecGuard,
		lifecycle: ReaderLifecycle,
	) {
		this.#host = host;
		this.#native = native;
		this.#inLease = inLeaseFormOf(codec);
		this.#codec = checkedCodec(codec);
		this.#guard = guard;
		this.#lifecycle = lifecycle;
	}

	get name(): string {
		return this.#host.name;
	}

	get isClosed(): boolean {
		return this.#lifecycle.ending === 'closed';
	}

	/** Takes the next message out of the ring. `events`: some come first, or instead. Throws LIMIT. */
	read(): MessageLease<T> | 'events' | undefined {
		const index = this.#index;
		for (let needed = 0, tries = 0; tries < triesMax; tries++) {
			const slab = this.#roomFor(needed);
			const offset = slab === this.#slab ? this.#offset : 0;
			const result = this.#native.readLease(slab, offset, index, viewMin);
			if (typeof result === 'object') return this.#view(Buffer.from(result), index[2] ?? 0);
			if (result === Leasing.copied) {
				const end = index[3] ?? 0;
				if (slab === this.#slab) this.#offset = (end + 7) & ~7;
				return new MessageLease(this, slab.subarray(index[2], end), this.#writerOfLast(), 0);
			}
			if (result === Leasing.tooMany) throw this.#tooManyError();
			needed = index[1] ?? 0;
			if (needed === 0) return ((index[0] ?? 0) & Found.events) !== 0 ? 'events' : undefined;
		}
		return undefined;
	}

	/** The next message of the batch, which was copied before. */
	copyOf(batch: Batch<T>): MessageLease<T> {
		const writer = this.#native.writerOf(batch.position);
		const bytes = batch.takeBytes();
		return new MessageLease(this, bytes, this.#host.knownPeer(writer), 0);
	}

	decode(bytes: Buffer, isCopy: boolean): T {
		if (this.#guard.running) throw this.#host.busyError();
		this.#guard.enter();
		try {
			if (this.#inLease !== undefined) return this.#inLease(bytes);
			return this.#codec.decode(isCopy ? bytes : Buffer.from(bytes));
		} catch (cause) {
			throw decodeError(this.name, this.#codec.id, cause);
		} finally {
			this.#guard.exit();
		}
	}

	release(lease: number): void {
		this.#native.releaseLease(lease);
		this.#closed(1);
	}

	keepOpen(lease: number): void {
		this.#native.keepLease(lease);
	}

	/** Leases were collected before they were released. */
	forgotten(count: number): void {
		if (count === 0) return;
		this.#closed(count);
		const what = `channel "${this.name}": a lease was collected before it was released, and held its writer back until then`;
		this.#host.warnOnce('forgotten lease', `${what}: call release(), or declare it with \`using\``);
	}

	/** The reader has come to its end: open leases stay as they are, and hold nothing back. */
	keep(): void {
		this.#native.keepLeases();
		this.#closed(this.#open);
	}

	/** The reader is being closed: all leases end. */
	end(): void {
		this.#native.endLeases();
		this.#closed(this.#open);
	}

	/** An open lease keeps its reader from being collected: the memory would be the writer's again. */
	#view(bytes: Buffer, lease: number): MessageLease<T> {
		if (lease !== 0 && this.#open++ === 0) this.#host.keepAlive.hold();
		return new MessageLease(this, bytes, this.#writerOfLast(), lease);
	}

	#closed(count: number): void {
		if (this.#open === 0) return;
		this.#open = Math.max(0, this.#open - count);
		if (this.#open === 0) this.#host.keepAlive.release();
	}

	#writerOfLast(): Peer {
		const [low = 0, high = 0] = [this.#index[4], this.#index[5]];
		const last = this.#writer;
		if (last !== undefined && last.low === low && last.high === high) return last.peer;
		this.#writer = { low, high, peer: this.#host.knownPeer(this.#native.leaseWriter()) };
		return this.#writer.peer;
	}

	/** Memory for a small message, or for one of `needed` bytes. */
	#roomFor(needed: number): Buffer {
		if (needed > viewMin) return Buffer.allocUnsafeSlow(needed);
		if (this.#slab.length - this.#offset < viewMin) {
			this.#slab = Buffer.allocUnsafeSlow(slabBytes);
			this.#offset = 0;
		}
		return this.#slab;
	}

	#tooManyError(): RingwireError {
		const what = `the reader has ${this.#open} open leases, which is the limit: release some of them first`;
		return channelError('ERR_RINGWIRE_LIMIT', this.name, what);
	}
}
