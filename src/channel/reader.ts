import { type NativeReader, Wake } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import { Batch } from './batch.js';
import { checkBoolean, checkInteger, checkOneOf, checkOptions, checkSignal, checkTimeout } from './check.js';
import { type Channel, checkChannel, nativeContract } from './contract.js';
import { attempt, type RingwireError } from './errors.js';
import { EndpointHandle, onWake, WakeLine } from './handle.js';
import { MessageIterator } from './message-iterator.js';
import type { Peer } from './peer.js';
import { nothing, type Over, Pull, pull } from './pull.js';
import type { IterateOptions, Reader, ReaderOptions, Stats, Waiting } from './types.js';

const readBatchDefault = 1024;

/**
 * Opens a reader of the channel; synchronous, in any order of arrival with the writers. Messages and events come from
 * the next turn of the event loop on. Throws TypeError and RangeError for its arguments, `signal.reason` when that is
 * aborted already, and ACCESS, LIMIT, UNSUPPORTED and SYSTEM.
 */
export function openReader<T>(channel: Channel<T>, options?: ReaderOptions): Reader<T> {
	return new ChannelReader(checkChannel(channel), checkOptions('options', options));
}

/** A Reader as adapters inside this package see it. */
export interface PullableReader<T> extends Reader<T> {
	readonly [pull]: Pull<T>;
}

export class ChannelReader<T> extends EndpointHandle implements PullableReader<T> {
	/** For adapters, which must know the codec. */
	readonly channel: Channel<T>;
	readonly [pull]: Pull<T>;
	readonly #pull: Pull<T>;
	readonly #native: NativeReader;
	readonly #batch: Batch<T>;
	readonly #diesWithPeers: boolean;

	constructor(channel: Channel<T>, options: ReaderOptions) {
		const { from = 'oldest', lossy = false, order = 'lane', onPeerDeath = 'event', spinMicros = 50 } = options;
		checkOneOf('from', from, ['oldest', 'newest']);
		checkBoolean('lossy', lossy);
		checkOneOf('order', order, ['lane', 'time']);
		checkOneOf('onPeerDeath', onPeerDeath, ['event', 'error']);
		checkInteger('spinMicros', spinMicros, { min: 0, max: 1_000_000, unit: 'microseconds' });
		const signal = checkSignal('signal', options.signal);
		signal?.throwIfAborted();
		const { name, codec, overflow } = channel;
		const line = new WakeLine();
		const native = attempt(
			() => loadAddon().openReader(nativeContract(channel), { from, lossy, order, spinMicros }, line.wake),
			name,
		);
		super(name, 'reader', native, line);
		this.#native = native;
		this.channel = channel;
		this.#diesWithPeers = onPeerDeath === 'error';
		// What is copied out ahead of its reader could not be replaced by something newer.
		this.#batch = new Batch(native, codec, overflow === 'latest' ? 1 : Number.POSITIVE_INFINITY);
		this.#pull = new Pull(
			{
				dispatch: (event) => this.dispatch(event),
				drained: () => this.ended(),
				dataEdge: () => this.emit({ type: 'data', available: this.available }),
				hold: () => this.hold(),
				release: () => this.release(),
				busy: () => this.error('ERR_RINGWIRE_BUSY', 'a read waits already'),
				undecodable: (cause) => this.#undecodable(cause, codec.id),
			},
			native,
			this.#batch,
		);
		this[pull] = this.#pull;
		this.closeOnAbort(signal);
	}

	get closed(): boolean {
		return this.left;
	}

	get available(): number {
		return this.#pull.available;
	}

	tryRead(): T | undefined {
		if (this.#pull.waiting) throw this.#pull.busy();
		const message = this.#pull.take();
		if (message !== nothing) return message;
		this.#foundNothing();
		return undefined;
	}

	readBatch(limit = readBatchDefault): T[] {
		checkInteger('limit', limit, { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'messages' });
		if (this.#pull.waiting) throw this.#pull.busy();
		const messages = this.#pull.takeBatch(limit);
		if (messages.length === 0) this.#foundNothing();
		return messages;
	}

	read(options?: Waiting): Promise<T | undefined> {
		try {
			const signal = checkSignal('signal', checkOptions('options', options).signal);
			signal?.throwIfAborted();
			if (this.#pull.waiting) throw this.#pull.busy();
			const message = this.#pull.next();
			return message === nothing
				? this.#pull.one<T | undefined>(signal, itself, this.#readOver)
				: Promise.resolve(message);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	readSync(options?: { readonly timeoutMs?: number | undefined }): T | undefined {
		const { timeoutMs = Number.POSITIVE_INFINITY } = checkOptions('options', options);
		checkTimeout('timeoutMs', timeoutMs);
		if (this.#pull.waiting) throw this.#pull.busy();
		const deadline = performance.now() + timeoutMs;
		for (;;) {
			const message = this.#pull.take();
			if (message !== nothing) return message;
			if (this.#pull.over !== undefined) return this.#readOver(this.#pull.over);
			if (this.#pull.failure !== undefined) throw this.#pull.failure;
			const leftMs = Math.max(0, deadline - performance.now());
			if (!this.#native.waitSync(leftMs)) {
				throw this.error('ERR_RINGWIRE_TIMEOUT', `there was nothing to read within ${timeoutMs} ms`);
			}
			this.#pull.takeEvents();
		}
	}

	[Symbol.asyncIterator](): MessageIterator<T> {
		return this.iterate();
	}

	iterate(options?: IterateOptions): MessageIterator<T> {
		const { signal, keepOpen = false } = checkOptions('options', options);
		checkBoolean('keepOpen', keepOpen);
		const leave = keepOpen ? async () => {} : () => this.close();
		return new MessageIterator(this.#pull, checkSignal('signal', signal), leave);
	}

	async close(): Promise<void> {
		this[Symbol.dispose]();
	}

	[Symbol.dispose](): void {
		this.#pull.finish('closed');
		this.leave();
	}

	[onWake](bits: number): void {
		if (bits & Wake.events) this.#pull.takeEvents();
		if (bits & Wake.data) this.#pull.wake();
	}

	protected aborted(reason: unknown): void {
		this.#pull.finish('closed', reason);
		this.leave(reason);
	}

	protected shutDown(): void {
		this.#pull.drain();
	}

	protected ended(): void {
		if (this.left) return;
		this.#pull.finish('ended');
		this.leave();
		this.emit({ type: 'end' });
	}

	protected peerDied(peer: Peer, reason: 'died' | 'corrupt'): void {
		if (this.#diesWithPeers) this.#pull.fail(this.deathOf(peer, reason));
	}

	protected override currentStats(): Stats {
		// The addon counts a batch when the next one is read; what counts for users is what they were given.
		return { ...super.currentStats(), messages: this.#batch.messages, bytes: this.#batch.bytes };
	}

	#foundNothing(): void {
		if (this.#pull.over === 'closed') throw this.closedError();
		if (this.#pull.failure !== undefined) throw this.#pull.failure;
		if (this.listenedTo('data')) this.#pull.wantEdge();
	}

	readonly #readOver = (over: Over): undefined => {
		if (over === 'closed') throw this.closedError();
		return undefined;
	};

	#undecodable(cause: unknown, codecId: string): RingwireError {
		const why = cause instanceof Error ? cause.message : String(cause);
		return this.error('ERR_RINGWIRE_DECODE', `the codec "${codecId}" cannot decode a message: ${why}`, { cause });
	}
}

function itself<T>(message: T): T {
	return message;
}
