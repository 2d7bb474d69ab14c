import { checkSignal, onAbort } from '../base/abort.js';
import { checkInteger, checkOptions, checkTimeout } from '../base/check.js';
import { Deadline } from '../base/deadline.js';
import { departureError, truncationError } from '../base/departure-error.js';
import { Emitter } from '../base/emitter.js';
import { channelError, errorFrom, type RingwireError, type RingwireErrorDetails } from '../base/errors.js';
import { type Peer, peerFrom } from '../base/peer.js';
import { shareClass } from '../base/shared-class.js';
import type { NativeEvent, NativeHandle, NativePeer } from '../native/boundary.js';
import { CodecGuard } from './codec-guard.js';
import { publishClose, publishEvent, publishOpen } from './diagnostics.js';
import {
	type ChannelEvent,
	type ChannelEventOf,
	type ChannelEventType,
	readerEventTypes,
	writerEventTypes,
} from './events.js';
import { KeepAlive } from './keep-alive.js';
import type { ConnectionSide, Opened } from './opened.js';
import { PeerList } from './peers.js';
import { isRefusal, Refusals } from './refusal.js';
import { type Handle, type Stats, type WhenConnectedOptions, whenConnectedKeys } from './types.js';

/**
 * `handle[whenLeft](callback)` calls back once when the handle has left, at once if it has already. Returns a function that
 * cancels the callback. For adapters inside this package.
 */
export const whenLeft: unique symbol = Symbol.for('ringwire 0.1 whenLeft');

/**
 * `handle[onRefused](callback)` calls back with the error of a refused link when no other peer is left, as if a call waited.
 * Returns a function that removes the callback. For adapters inside this package.
 */
export const onRefused: unique symbol = Symbol.for('ringwire 0.1 onRefused');

/** A handle that is dropped without having been closed leaves the channel when it is collected. */
const dropped = new FinalizationRegistry<Leaving>(({ native, stopListening }) => {
	stopListening?.();
	native.leave();
});

interface Leaving {
	readonly native: NativeHandle;
	/** Removes the abort listener of the handle's signal. */
	stopListening: (() => void) | undefined;
}

type ErrorDetails = Omit<RingwireErrorDetails, 'channel'>;

/** The common part of writers and readers: events, peers, and leaving. */
export abstract class EndpointHandle extends Emitter<ChannelEvent> implements Handle {
	static {
		shareClass(EndpointHandle, Symbol.for('ringwire 0.1 handle'));
	}

	readonly name: string;
	/** For adapters: the types of its events. */
	readonly eventTypes: readonly ChannelEventType[];
	protected readonly keepAlive = new KeepAlive(this);
	/** Runs while this handle's codec does. */
	protected readonly codecGuard = new CodecGuard();
	protected readonly side: ConnectionSide | undefined;
	/** False: a refused link is an event, and fails no call. */
	protected readonly rejectsRefused: boolean = true;
	readonly #role: 'writer' | 'reader';
	readonly #native: NativeHandle;
	readonly #leaving: Leaving;
	readonly #peerList = new PeerList();
	readonly #leftCallbacks = new Set<() => void>();
	readonly #refusals = new Refusals((error) => this.warn(error));
	/** The final counters of a handle that has left. */
	#stats: Stats | undefined;
	#left = false;
	#abort: { readonly reason: unknown } | undefined;

	constructor(name: string, role: 'writer' | 'reader', { native, side }: Opened<NativeHandle>) {
		const types = role === 'writer' ? writerEventTypes : readerEventTypes;
		super(types);
		this.eventTypes = types;
		this.name = name;
		this.side = side;
		this.#role = role;
		this.#native = native;
		this.#leaving = { native, stopListening: undefined };
		dropped.register(this, this.#leaving, this);
	}

	abstract get closed(): boolean;
	abstract close(): Promise<unknown>;
	abstract [Symbol.dispose](): void;

	/** Leaves at once; calls that wait fail with `reason`. */
	protected abstract aborted(reason: unknown): void;

	/** The channel has been shut down, by the peer or by this handle. */
	protected abstract shutDown(peer?: Peer): void;
	/** The addon has reported the end of a reader. */
	protected abstract ended(): void;
	/**
	 * A peer is gone. The order matters: the connection is notified first, if this handle is a part of one, then
	 * listeners (`emitDeparture`), and calls that wait fail last, because a listener may close the handle in response.
	 */
	protected abstract departed(departure: ChannelEventOf<'disconnect'>): void;
	/** No peer is left to connect to. Fails the calls that wait; returns whether there were any. */
	protected abstract refused(error: RingwireError): boolean;

	get peers(): readonly Peer[] {
		return this.#peerList.peers;
	}

	get stats(): Stats {
		return this.#stats ?? this.currentStats();
	}

	async whenConnected(count = 1, options?: WhenConnectedOptions): Promise<void> {
		checkInteger('count', count, { min: 1, max: Number.MAX_SAFE_INTEGER });
		const { signal, timeoutMs = Number.POSITIVE_INFINITY } = checkOptions('options', options, whenConnectedKeys);
		checkTimeout('timeoutMs', timeoutMs);
		checkSignal('signal', signal)?.throwIfAborted();
		const deadline = new Deadline(signal, timeoutMs, () => this.#tooFewPeers(count, timeoutMs));
		await this.whenPeers(() => this.peers.length >= count, deadline);
	}

	/**
	 * For adapters: resolves when `isMet` returns true, which is called at once and whenever a peer connects. Rejects as
	 * `whenConnected`. Disposes of the deadline.
	 */
	async whenPeers(isMet: () => boolean, deadline: Deadline): Promise<void> {
		this.keepAlive.hold();
		try {
			if (this.closed) throw this.closedError();
			const refusal = isMet() ? undefined : this.takeRefusal();
			if (refusal !== undefined) throw refusal;
			await this.#peerList.when(isMet, deadline.signal);
		} finally {
			this.keepAlive.release();
			deadline[Symbol.dispose]();
		}
	}

	whenClosed(): Promise<void> {
		if (this.#left) return Promise.resolve();
		this.keepAlive.hold();
		return new Promise((resolve) => {
			this[whenLeft](() => {
				this.keepAlive.release();
				resolve();
			});
		});
	}

	ref(): this {
		if (!this.#left) this.#native.ref();
		return this;
	}

	unref(): this {
		if (!this.#left) this.#native.unref();
		return this;
	}

	shutdown(): void {
		if (this.closed || this.codecGuard.defer(() => this.shutdown())) return;
		this.#native.shutdown();
		this.shutDown();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close().then(() => {});
	}

	[whenLeft](callback: () => void): () => void {
		if (this.#left) callback();
		else this.#leftCallbacks.add(callback);
		return () => void this.#leftCallbacks.delete(callback);
	}

	[onRefused](callback: (error: RingwireError) => void): () => void {
		return this.#refusals.onRefused(callback);
	}

	/** For adapters: an error that no call can throw. */
	report(error: RingwireError): void {
		if (!this.#left) this.emitEvent({ type: 'error', error });
	}

	/** Publishes the opening. To be called at the end of the constructor. */
	protected opened(): void {
		publishOpen(this, this.#role);
	}

	protected override emitEvent(event: ChannelEvent): boolean {
		publishEvent(this, this.#role, event);
		return super.emitEvent(event);
	}

	protected override listenersChanged(): void {
		this.keepAlive.listen(!this.#left && this.hasListeners);
	}

	/** Applies a native event, then emits it. A listener may do anything, also close this handle. */
	protected dispatch(event: NativeEvent): void {
		if (this.#left) return;
		switch (event.type) {
			case 'connect':
				this.#refusals.forget();
				this.emitEvent({ type: 'connect', peer: this.#peerList.add(peerFrom(event.peer)) });
				break;
			case 'disconnect':
				this.departed({ ...event, peer: this.#peerList.known(event.peer) });
				break;
			case 'lost':
				this.emitEvent({ type: 'lost', peer: this.#peerList.known(event.peer), count: event.count });
				break;
			case 'shutdown': {
				const peer = this.#peerList.known(event.peer);
				this.emitEvent({ type: 'shutdown', peer });
				this.shutDown(peer);
				break;
			}
			case 'end':
				this.ended();
				break;
			case 'error':
				this.failed(this.#errorOf(event));
				break;
			case 'refused':
				if (this.rejectsRefused) this.#refuse(this.#errorOf(event));
				break;
		}
	}

	/** The addon has reported an error. */
	protected failed(error: RingwireError): void {
		if (!isRefusal(error) || this.listenerCount('error') > 0) {
			this.emitEvent({ type: 'error', error });
			return;
		}
		publishEvent(this, this.#role, { type: 'error', error });
		this.#refusals.warnLater(error);
	}

	/** Emits `disconnect`, once for each peer whose `connect` was emitted, unless this handle has left. */
	protected emitDeparture(departure: ChannelEventOf<'disconnect'>): void {
		if (this.#left) return;
		const peer = this.#peerList.remove(departure.peer);
		if (peer !== undefined) this.emitEvent({ ...departure, peer });
	}

	/** The peer as it was reported when it connected. */
	protected knownPeer(peer: NativePeer): Peer {
		return this.#peerList.known(peer);
	}

	/** The refusal that no call has failed with yet. The caller must fail with it. */
	protected takeRefusal(): RingwireError | undefined {
		return this.#refusals.take();
	}

	/** The signal does not keep the handle from being collected, nor the handle's listener on it. */
	protected closeOnAbort(signal: AbortSignal | undefined): void {
		if (signal === undefined) return;
		const handle = new WeakRef(this);
		const stopListening = onAbort(signal, () => handle.deref()?.aborted(signal.reason));
		this.#leaving.stopListening = stopListening;
		this[whenLeft](stopListening);
	}

	/** Leaves the channel for good. `abort`: the handle's signal has caused it. */
	protected leave(abort?: { readonly reason: unknown }): void {
		if (this.#left) return;
		const stats = this.currentStats();
		this.#stats = Object.freeze({
			...stats,
			peers: Object.freeze(stats.peers.map((peer) => Object.freeze(peer))),
		});
		this.#left = true;
		this.#abort = abort;
		this.#native.leave();
		dropped.unregister(this);
		this.#peerList.close(abort === undefined ? this.closedError() : abort.reason);
		this.listenersChanged();
		for (const callback of this.#leftCallbacks) callback();
		this.#leftCallbacks.clear();
		publishClose(this, this.#role);
		this.side?.left();
		process.nextTick(() => this.emitEvent({ type: 'close' }));
	}

	protected currentStats(): Stats {
		const stats = this.#native.stats();
		return { ...stats, peers: this.#peerList.statsOf(stats.peers) };
	}

	protected get left(): boolean {
		return this.#left;
	}

	protected closedError(what = `the ${this.#role} is closed`): RingwireError {
		const abort = this.#abort;
		return this.error('ERR_RINGWIRE_CLOSED', what, abort === undefined ? {} : { cause: abort.reason });
	}

	protected error(code: RingwireError['code'], what: string, details: ErrorDetails = {}): RingwireError {
		return channelError(code, this.name, what, details);
	}

	/** The error of calls that fail because a writer is gone that had not ended. */
	protected deathOf(peer: Peer, reason: 'died' | 'corrupt', cause?: RingwireError): RingwireError {
		return this.side === undefined
			? truncationError(this.name, peer, reason, cause)
			: departureError('channel', this.name, peer, reason, cause);
	}

	#errorOf({ failure, peer }: Extract<NativeEvent, { readonly type: 'error' | 'refused' }>): RingwireError {
		return errorFrom(failure, this.name, peer && this.#peerList.known(peer));
	}

	#refuse(error: RingwireError): void {
		this.#refusals.settle(error, () => [this.#peerList.reject(error), this.refused(error)].includes(true));
	}

	#tooFewPeers(count: number, timeoutMs: number): RingwireError {
		const wanted = count === 1 ? 'no peer' : `${this.peers.length} of ${count} peers`;
		return this.error('ERR_RINGWIRE_TIMEOUT', `${wanted} connected within ${timeoutMs} ms`);
	}
}
