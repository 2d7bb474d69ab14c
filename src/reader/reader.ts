import { checkSignal, checkWaiting, type Waiting, waitingKeys } from '../base/abort.js';
import { type BlockingOptions, BlockingWait } from '../base/blocking-wait.js';
import { checkBoolean, checkInteger, checkOneOf, checkOptions, checkSpin, type KeysOf } from '../base/check.js';
import { attempt, type RingwireError } from '../base/errors.js';
import type { Peer } from '../base/peer.js';
import { shareClass } from '../base/shared-class.js';
import { describeValue } from '../codecs/describe-value.js';
import { type Channel, capacityRange, checkChannel, nativeContract } from '../definition/channel.js';
import type { ChannelEventOf } from '../endpoint/events.js';
import { EndpointHandle } from '../endpoint/handle.js';
import { type Opened, WakeLine } from '../endpoint/opened.js';
import type { Stats } from '../endpoint/types.js';
import type { NativeReader, NativeReaderOptions } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import { Batch } from './batch.js';
import type { Lease } from './lease.js';
import { LeaseIterator } from './lease-iterator.js';
import { LeaseSource, leaseSource } from './lease-source.js';
import { Leases } from './leases.js';
import { type Ending, ReaderLifecycle } from './lifecycle.js';
import { MessageIterator } from './message-iterator.js';
import { type MessageSource, messageSource, nothing } from './message-source.js';
import { ReadingCore } from './reading-core.js';
import {
	type IterateOptions,
	type MessageVisitor,
	type OpenReaderOptions,
	openReaderKeys,
	type Reader,
	type ReaderOptions,
} from './types.js';
import { checkUntil, type Until } from './until.js';
import { nextMessage } from './wait-for.js';

const readBatchDefault = 1024;
const limitRange = { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'messages' } as const;
const iterateKeys: KeysOf<IterateOptions> = { ...waitingKeys, keepOpen: true };

/**
 * Opens a reader of the channel. Synchronous; readers and writers may be opened in any order. Messages and events come from
 * the next turn of the event loop on. Throws TypeError and RangeError for its arguments, `signal.reason` if the signal is
 * aborted already, and ACCESS, LIMIT, UNSUPPORTED and SYSTEM.
 */
export function openReader<T>(channel: Channel<never, T>, options?: OpenReaderOptions): Reader<T> {
	return new ChannelReader(checkChannel(channel), checkOptions('options', options, openReaderKeys));
}

export class ChannelReader<T> extends EndpointHandle implements Reader<T> {
	static {
		shareClass(ChannelReader, Symbol.for('ringwire 0.1 Reader'));
	}

	/** For adapters, which depend on the codec and the policy. */
	readonly channel: Channel<never, T>;
	/** For adapters, which may fail where the reader only emits an event. */
	readonly until: Until;
	/** For adapters. */
	readonly [messageSource]: MessageSource<T>;
	/** For adapters. */
	readonly [leaseSource]: LeaseSource<T>;
	readonly #core: ReadingCore<T>;
	readonly #lifecycle = new ReaderLifecycle();
	readonly #native: NativeReader;
	readonly #batch: Batch<T>;
	readonly #leases: Leases<T>;
	readonly #failsWithPeers: boolean;
	/** The last error with a peer. If the peer is cut off, that was the cause. */
	#peerError: RingwireError | undefined;
	protected override readonly rejectsRefused: boolean;

	/** `opened`: one direction of a connection. Without it the constructor opens a reader. */
	constructor(
		channel: Channel<never, T>,
		options: OpenReaderOptions,
		opened: Opened<NativeReader> = openNative(channel, options),
	) {
		const { name, codec, overflow } = channel;
		const { reuseMemory = false } = options;
		const { native, line } = opened;
		super(name, 'reader', opened);
		this.#native = native;
		this.channel = channel;
		this.#failsWithPeers = options.onPeerDeath === 'error';
		this.until = options.until ?? 'ended';
		this.rejectsRefused = this.until !== 'closed';
		// A message that was copied out ahead of its consumer could not be replaced by a newer one.
		const countMax = overflow === 'latest' ? 1 : Number.POSITIVE_INFINITY;
		this.#batch = new Batch(native, codec, this.codecGuard, countMax, reuseMemory);
		const host = {
			name,
			keepAlive: this.keepAlive,
			dispatch: this.dispatch.bind(this),
			emit: this.emitEvent.bind(this),
			report: this.report.bind(this),
			ended: this.ended.bind(this),
			takeRefusal: this.takeRefusal.bind(this),
		};
		this.#leases = new Leases(
			{
				name,
				keepAlive: this.keepAlive,
				knownPeer: this.knownPeer.bind(this),
				busyError: () => this.#core.busyError(),
				warnOnce: this.warnOnce.bind(this),
			},
			native,
			codec,
			this.codecGuard,
			this.#lifecycle,
		);
		this.#core = new ReadingCore(host, native, this.#batch, this.#leases, this.#lifecycle);
		this[messageSource] = this.#core;
		this[leaseSource] = new LeaseSource(this.#core);
		line.lead(this.#core);
		this.closeOnAbort(options.signal);
		this.opened();
	}

	get closed(): boolean {
		return this.left;
	}

	/** For adapters: a message is overwritten when the next one is read. */
	get reusesMemory(): boolean {
		return this.#batch.reusesMemory;
	}

	get available(): number {
		return this.#core.available;
	}

	tryRead(): T | undefined {
		if (this.#core.busy) throw this.#core.busyError();
		const message = this.#core.take();
		if (message !== nothing) return message;
		this.#foundNothing();
		return undefined;
	}

	readBatch(limit = readBatchDefault): T[] {
		checkInteger('limit', limit, limitRange);
		if (this.#core.busy) throw this.#core.busyError();
		const messages = this.#core.takeBatch(limit);
		if (messages.length === 0) this.#foundNothing();
		return messages;
	}

	readEach(visitor: MessageVisitor, limit = readBatchDefault): number {
		if (typeof visitor !== 'function') {
			throw new TypeError(`visitor: got ${describeValue(visitor)}, must be a function`);
		}
		checkInteger('limit', limit, limitRange);
		if (this.#core.busy) throw this.#core.busyError();
		const count = this.#core.visitBatch(visitor, limit);
		if (count === 0) this.#foundNothing();
		return count;
	}

	read(options?: Waiting): Promise<T | undefined> {
		try {
			const signal = checkWaiting(options);
			signal?.throwIfAborted();
			if (this.#core.busy) throw this.#core.busyError();
			if (this.#core.ending === 'closed') throw this.closedError();
			const message = this.#core.next(signal);
			return message === nothing ? nextMessage(this.#core, signal, this.#resultAfter) : Promise.resolve(message);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	tryLease(): Lease<T> | undefined {
		if (this.#core.busy) throw this.#core.busyError();
		const lease = this.#core.nextLease(undefined, true);
		if (lease !== nothing) return lease;
		this.#foundNothing();
		return undefined;
	}

	lease(options?: Waiting): Promise<Lease<T> | undefined> {
		try {
			const signal = checkWaiting(options);
			signal?.throwIfAborted();
			if (this.#core.busy) throw this.#core.busyError();
			if (this.#core.ending === 'closed') throw this.closedError();
			const source = this[leaseSource];
			const lease = source.next(signal);
			return lease === nothing ? nextMessage(source, signal, this.#resultAfter) : Promise.resolve(lease);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	leases(options?: IterateOptions): LeaseIterator<T> {
		const { signals, leave } = this.#iteration(options);
		return new LeaseIterator(this[leaseSource], signals, leave);
	}

	readSync(options?: BlockingOptions): T | undefined {
		const wait = new BlockingWait(options);
		for (let late = false; ; late = wait.exhausted) {
			if (this.#core.busy) throw this.#core.busyError();
			const message = this.#core.take();
			if (message !== nothing) return message;
			const { ending, failure } = this.#core;
			if (ending !== undefined) return this.#resultAfter(ending);
			const error = failure ?? this.takeRefusal();
			if (error !== undefined) throw error;
			// Checked after a last look, and also if there always seems to be something: a lying writer can cause events for ever.
			if (late) {
				throw this.error('ERR_RINGWIRE_TIMEOUT', `there was nothing to read within ${wait.timeoutMs} ms`);
			}
			wait.wait((sliceMs) => this.#native.waitSync(sliceMs));
			this.#core.takeEvents();
		}
	}

	[Symbol.asyncIterator](): MessageIterator<T> {
		return this.iterate();
	}

	iterate(options?: IterateOptions): MessageIterator<T> {
		const { signals, leave } = this.#iteration(options);
		return new MessageIterator(this.#core, signals, leave);
	}

	/** For adapters: `iterate` with any number of signals. `AbortSignal.any` is no replacement, see `onAbort`. */
	iterateUntil(signals: readonly AbortSignal[], keepOpen: boolean): MessageIterator<T> {
		return new MessageIterator(this.#core, signals, this.#leaveAfterLoop(keepOpen));
	}

	close(): Promise<void> {
		return new Promise((resolve) => {
			if (this.codecGuard.defer(() => resolve(this.close()))) return;
			this[Symbol.dispose]();
			resolve();
		});
	}

	[Symbol.dispose](): void {
		if (this.codecGuard.defer(() => this[Symbol.dispose]())) return;
		this.#core.close();
		this.leave();
	}

	/**
	 * For the connection that this is a part of: the peer is corrupt, so nothing more is read from it. Messages that were
	 * copied out before are still delivered.
	 */
	cutOff(peer: Peer): void {
		if (!this.left) this.#core.append({ type: 'disconnect', peer, reason: 'corrupt', ended: false });
	}

	protected aborted(reason: unknown): void {
		if (this.codecGuard.defer(() => this.aborted(reason))) return;
		this.#core.close({ reason });
		this.leave({ reason });
	}

	protected shutDown(peer?: Peer): void {
		this.side?.shutDown(peer);
		this.#core.beginShutdown();
	}

	protected ended(): void {
		if (this.left) return;
		this.side?.finished();
		this.#core.end();
		this.leave();
		this.emitEvent({ type: 'end' });
	}

	protected departed(departure: ChannelEventOf<'disconnect'>): void {
		const { reason, ended } = departure;
		const failure = this.#failureAfter(departure);
		if (failure !== undefined) this.#lifecycle.fail(failure);
		this.side?.gone(reason);
		this.emitDeparture(departure);
		if (failure !== undefined) this.#core.wakeWaiter();
		if (this.side === undefined || this.left) return;
		// A peer that has closed never writes again: that is the end.
		if (reason === 'closed' || ended) this.ended();
		else {
			this.#leases.keep();
			this.leave();
		}
	}

	/** A TIMEOUT names a writer that was found and does not answer: its messages are missing, so reads fail if `onPeerDeath` asks for that. */
	protected override failed(error: RingwireError): void {
		const silent = error.code === 'ERR_RINGWIRE_TIMEOUT' && error.peer !== undefined;
		const fails = silent && this.#failsWithPeers;
		if (fails) this.#lifecycle.fail(error);
		if (error.peer !== undefined) this.#peerError = error;
		super.failed(error);
		if (fails) this.#core.wakeWaiter();
	}

	protected refused(error: RingwireError): boolean {
		return this.#core.failWaiter(error);
	}

	protected override currentStats(): Stats {
		// The addon counts a batch when the next one is read; this counts what the consumer was given.
		return { ...super.currentStats(), messages: this.#batch.messages, bytes: this.#batch.bytes };
	}

	/** The options of a loop, checked. */
	#iteration(options: IterateOptions | undefined) {
		const { signal, keepOpen = false } = checkOptions('options', options, iterateKeys);
		checkBoolean('keepOpen', keepOpen);
		const checked = checkSignal('signal', signal);
		return { signals: checked === undefined ? [] : [checked], leave: this.#leaveAfterLoop(keepOpen) };
	}

	#leaveAfterLoop(keepOpen: boolean): () => Promise<void> {
		return keepOpen ? async () => {} : () => this.close();
	}

	#failureAfter({ peer, reason, ended }: ChannelEventOf<'disconnect'>): RingwireError | undefined {
		if (!this.#failsWithPeers || reason === 'closed' || (reason === 'died' && ended)) return undefined;
		const cause = reason === 'corrupt' && this.#peerError?.peer?.id === peer.id ? this.#peerError : undefined;
		return this.deathOf(peer, reason, cause);
	}

	#foundNothing(): void {
		if (this.#core.ending === 'closed') throw this.closedError();
		if (this.#core.failure !== undefined) throw this.#core.failure;
		if (this.listenerCount('data') > 0) this.#core.wantEdge();
	}

	/** The result of a read on a reader that has ended. Throws CLOSED on a closed one. */
	readonly #resultAfter = (ending: Ending): undefined => {
		if (ending === 'closed') throw this.closedError();
		return undefined;
	};
}

/** The options of a reader in the form of the addon. Throws TypeError and RangeError. */
export function nativeReaderOptions(options: ReaderOptions): NativeReaderOptions {
	const { from = 'oldest', lossy = false, order = 'lane', onPeerDeath = 'event' } = options;
	checkOneOf('from', from, ['oldest', 'newest']);
	checkBoolean('lossy', lossy);
	checkOneOf('order', order, ['lane', 'time']);
	checkOneOf('onPeerDeath', onPeerDeath, ['event', 'error']);
	const native = { from, lossy, order, spinMicros: checkSpin(options.spinMicros), until: checkUntil(options.until) };
	const { messageMax } = options;
	if (messageMax === undefined) return native;
	const range = { min: 1, max: capacityRange.max / 2, unit: 'bytes' };
	return { ...native, messageMax: checkInteger('messageMax', messageMax, range) };
}

function openNative(channel: Channel<never, unknown>, options: OpenReaderOptions): Opened<NativeReader> {
	const native = nativeReaderOptions(options);
	checkBoolean('reuseMemory', options.reuseMemory ?? false);
	checkSignal('signal', options.signal)?.throwIfAborted();
	const line = new WakeLine();
	const open = () => loadAddon().openReader(nativeContract(channel), native, line.wake);
	return { native: attempt(open, channel.name), line };
}
