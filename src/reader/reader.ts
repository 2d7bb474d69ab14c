import type { Waiting } from '../base/abort.js';
import { checkSignal, checkWaiting, waitingKeys } from '../base/abort.js';
import { type BlockingOptions, BlockingWait } from '../base/blocking-wait.js';
import { checkBoolean, checkInteger, checkOneOf, checkOptions, checkSpin, type KeysOf } from '../base/check.js';
import { attempt, type RingwireError, reasonOf } from '../base/errors.js';
import type { Peer } from '../base/peer.js';
import { type Channel, checkChannel, nativeContract } from '../definition/channel.js';
import type { ChannelEventOf } from '../endpoint/events.js';
import { EndpointHandle } from '../endpoint/handle.js';
import { type Opened, onWake, WakeLine } from '../endpoint/opened.js';
import type { Stats } from '../endpoint/types.js';
import { type NativeReader, type NativeReaderOptions, Wake } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import { Batch } from './batch.js';
import { MessageIterator } from './message-iterator.js';
import { nothing, Pull, pull } from './pull.js';
import type { Ending } from './readiness.js';
import type { IterateOptions, OpenReaderOptions, Reader, ReaderOptions } from './types.js';
import { openReaderKeys } from './types.js';
import { checkUntil } from './until.js';

const readBatchDefault = 1024;
const iterateKeys: KeysOf<IterateOptions> = { ...waitingKeys, keepOpen: true };

/**
 * Opens a reader of the channel; synchronous, in any order of arrival with the writers. Messages and events come from
 * the next turn of the event loop on. Throws TypeError and RangeError for its arguments, `signal.reason` when that is
 * aborted already, and ACCESS, LIMIT, UNSUPPORTED and SYSTEM.
 */
export function openReader<T>(channel: Channel<never, T>, options?: OpenReaderOptions): Reader<T> {
	return new ChannelReader(checkChannel(channel), checkOptions('options', options, openReaderKeys));
}

/** A Reader as adapters inside this package see it. */
export interface PullableReader<T> extends Reader<T> {
	readonly [pull]: Pull<T>;
}

export class ChannelReader<T> extends EndpointHandle implements PullableReader<T> {
	/** For adapters, which must know the codec. */
	readonly channel: Channel<never, T>;
	readonly [pull]: Pull<T>;
	readonly #pull: Pull<T>;
	readonly #native: NativeReader;
	readonly #batch: Batch<T>;
	readonly #diesWithPeers: boolean;
	#isShutDown = false;

	/** `opened`: of a connection; without it a reader of its own is opened. */
	constructor(
		channel: Channel<never, T>,
		options: OpenReaderOptions,
		opened: Opened<NativeReader> = openNative(channel, options),
	) {
		const { name, codec, overflow } = channel;
		const { reuseMemory = false } = options;
		const { native } = opened;
		super(name, 'reader', opened);
		this.#native = native;
		this.channel = channel;
		this.#diesWithPeers = options.onPeerDeath === 'error';
		// What is copied out ahead of its reader could not be replaced by something newer.
		const countMax = overflow === 'latest' ? 1 : Number.POSITIVE_INFINITY;
		this.#batch = new Batch(native, codec, countMax, reuseMemory);
		this.#pull = new Pull(
			{
				dispatch: (event) => this.dispatch(event),
				drained: () => this.ended(),
				dataEdge: () => this.emit({ type: 'data', available: this.available }),
				hold: () => this.hold(),
				release: () => this.release(),
				busy: () => this.error('ERR_RINGWIRE_BUSY', 'a read waits already, and only one may: await it first'),
				undecodable: (cause) => this.#undecodable(cause, codec.id),
				report: (error) => this.report(error),
			},
			native,
			this.#batch,
		);
		this[pull] = this.#pull;
		this.closeOnAbort(options.signal);
		this.opened();
	}

	get closed(): boolean {
		return this.left;
	}

	/** For adapters: true when a shutdown is what ends it, be it by this side, and not its writers. */
	get isShutDown(): boolean {
		return this.#isShutDown;
	}

	/** For adapters: a message is good until the next one is read. */
	get reusesMemory(): boolean {
		return this.#batch.reusesMemory;
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
			const signal = checkWaiting(options);
			signal?.throwIfAborted();
			if (this.#pull.waiting) throw this.#pull.busy();
			if (this.#pull.over === 'closed') throw this.closedError();
			const message = this.#pull.next(signal);
			return message === nothing
				? this.#pull.one<T | undefined>(signal, itself, this.#readOver)
				: Promise.resolve(message);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	readSync(options?: BlockingOptions): T | undefined {
		const patience = new BlockingWait(options);
		for (let late = false; ; late = patience.exhausted) {
			if (this.#pull.waiting) throw this.#pull.busy();
			const message = this.#pull.take();
			if (message !== nothing) return message;
			if (this.#pull.over !== undefined) return this.#readOver(this.#pull.over);
			if (this.#pull.failure !== undefined) throw this.#pull.failure;
			// After a last look, also when there always seems to be something: a liar can go on for ever.
			if (late) {
				throw this.error('ERR_RINGWIRE_TIMEOUT', `there was nothing to read within ${patience.timeoutMs} ms`);
			}
			patience.wait((sliceMs) => this.#native.waitSync(sliceMs));
			this.#pull.takeEvents();
		}
	}

	[Symbol.asyncIterator](): MessageIterator<T> {
		return this.iterate();
	}

	iterate(options?: IterateOptions): MessageIterator<T> {
		const { signal, keepOpen = false } = checkOptions('options', options, iterateKeys);
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

	/**
	 * For the connection that this is a part of: the peer is corrupt, so nothing more is read of it. What was copied out
	 * before that is still given.
	 */
	cutOff(peer: Peer): void {
		if (!this.left) this.#pull.breakOff({ type: 'disconnect', peer, reason: 'corrupt', ended: false });
	}

	[onWake](bits: number): void {
		if (bits & Wake.events) this.#pull.takeEvents();
		if (bits & Wake.data) this.#pull.wake();
	}

	protected aborted(reason: unknown): void {
		this.#pull.finish('closed', reason);
		this.leave(reason);
	}

	protected shutDown(peer?: Peer): void {
		this.#isShutDown = true;
		this.bond?.shutDown(peer);
		this.#pull.drain();
	}

	protected ended(): void {
		if (this.left) return;
		this.bond?.finished();
		this.#pull.finish('ended');
		this.leave();
		this.emit({ type: 'end' });
	}

	protected departed(departure: ChannelEventOf<'disconnect'>): void {
		const { reason, ended } = departure;
		const failure = this.#failureAfter(departure);
		if (failure !== undefined) this.#pull.willFail(failure);
		this.bond?.gone(reason);
		this.tellDeparture(departure);
		if (failure !== undefined) this.#pull.fail(failure);
		if (this.bond === undefined || this.left) return;
		// A peer that has closed will never write again: that is the end.
		if (reason === 'closed' || ended) this.ended();
		else this.leave();
	}

	protected override currentStats(): Stats {
		// The addon counts a batch when the next one is read; what counts for users is what they were given.
		return { ...super.currentStats(), messages: this.#batch.messages, bytes: this.#batch.bytes };
	}

	#failureAfter({ peer, reason, ended }: ChannelEventOf<'disconnect'>): RingwireError | undefined {
		if (!this.#diesWithPeers || reason === 'closed' || (reason === 'died' && ended)) return undefined;
		return this.deathOf(peer, reason);
	}

	#foundNothing(): void {
		if (this.#pull.over === 'closed') throw this.closedError();
		if (this.#pull.failure !== undefined) throw this.#pull.failure;
		if (this.listenedTo('data')) this.#pull.wantEdge();
	}

	readonly #readOver = (over: Ending): undefined => {
		if (over === 'closed') throw this.closedError();
		return undefined;
	};

	#undecodable(cause: unknown, codecId: string): RingwireError {
		const what = `the codec "${codecId}" cannot decode a message: ${reasonOf(cause)}`;
		return this.error('ERR_RINGWIRE_DECODE', what, { cause });
	}
}

/** The options of a reader as the addon takes them. */
export function nativeReaderOptions(options: ReaderOptions): NativeReaderOptions {
	const { from = 'oldest', lossy = false, order = 'lane', onPeerDeath = 'event' } = options;
	checkOneOf('from', from, ['oldest', 'newest']);
	checkBoolean('lossy', lossy);
	checkOneOf('order', order, ['lane', 'time']);
	checkOneOf('onPeerDeath', onPeerDeath, ['event', 'error']);
	return { from, lossy, order, spinMicros: checkSpin(options.spinMicros), until: checkUntil(options.until) };
}

function openNative(channel: Channel<never, unknown>, options: OpenReaderOptions): Opened<NativeReader> {
	const native = nativeReaderOptions(options);
	checkBoolean('reuseMemory', options.reuseMemory ?? false);
	checkSignal('signal', options.signal)?.throwIfAborted();
	const line = new WakeLine();
	const open = () => loadAddon().openReader(nativeContract(channel), native, line.wake);
	return { native: attempt(open, channel.name), line };
}

function itself<T>(message: T): T {
	return message;
}
