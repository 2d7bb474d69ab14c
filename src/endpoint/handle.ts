import type { Waiting } from '../base/abort.js';
import { checkWaiting, onAbort } from '../base/abort.js';
import { checkInteger } from '../base/check.js';
import { departureError, truncationError } from '../base/departure-error.js';
import { Emitter, Warnings } from '../base/emitter.js';
import { errorFrom, RingwireError, type RingwireErrorCode } from '../base/errors.js';
import { type Peer, peerFrom } from '../base/peer.js';
import type { NativeEvent, NativeHandle } from '../native/boundary.js';
import { publishClose, publishEvent, publishOpen } from './diagnostics.js';
import {
	type ChannelEvent,
	type ChannelEventOf,
	type ChannelEventType,
	type ChannelListener,
	channelEventTypes,
	dispatchAll,
} from './events.js';
import type { ConnectionSide } from './opened.js';
import { type Opened, onWake } from './opened.js';
import { PeerList } from './peers.js';
import type { Handle, Stats } from './types.js';

/**
 * `handle[whenLeft](callback)` calls back once when the handle has left, at once if it has already, and answers how to
 * take it back; for adapters inside this package.
 */
export const whenLeft: unique symbol = Symbol('ringwire.whenLeft');

/**
 * Handles that somebody waits on or listens to. A promise or a listener alone does not keep its handle from being
 * collected.
 */
const held = new Set<object>();

/** Who lets go of an open handle without closing it has left the channel when the handle is collected. */
const forgotten = new FinalizationRegistry<NativeHandle>((native) => native.leave());

/** What the handles of writers and readers have in common: events, peers, and leaving. */
export abstract class EndpointHandle implements Handle {
	readonly name: string;
	readonly #kind: 'writer' | 'reader';
	readonly #native: NativeHandle;
	readonly #emitter = new Emitter<ChannelEvent>(channelEventTypes);
	readonly #connections = new PeerList();
	readonly #leftCallbacks = new Set<() => void>();
	readonly #warnings = new Warnings();
	#stats: Stats | undefined;
	#left = false;
	#holds = 0;
	/** Taken from the addon, and not dispatched yet. */
	readonly #due: NativeEvent[] = [];
	#closeReason: unknown;
	readonly #bond: ConnectionSide | undefined;

	constructor(name: string, kind: 'writer' | 'reader', { native, line, bond }: Opened<NativeHandle>) {
		this.name = name;
		this.#kind = kind;
		this.#native = native;
		this.#bond = bond;
		line.lead(this);
		forgotten.register(this, native, this);
	}

	abstract get closed(): boolean;
	abstract close(): Promise<unknown>;
	abstract [Symbol.dispose](): void;
	abstract [onWake](bits: number): void;

	/** Leaves at once; who waits gets `reason`. */
	protected abstract aborted(reason: unknown): void;

	/** The channel is over, says a peer or this handle itself. */
	protected abstract shutDown(peer?: Peer): void;
	/** A reader's last event has come. */
	protected abstract ended(): void;
	/**
	 * A peer is gone. The connection knows first, if this is a part of one; then it is told (`tellDeparture`); and who waits
	 * hears of it last, as it is he who closes the handle in answer to it.
	 */
	protected abstract departed(departure: ChannelEventOf<'disconnect'>): void;

	get peers(): readonly Peer[] {
		return this.#connections.peers;
	}

	get stats(): Stats {
		return this.#stats ?? this.currentStats();
	}

	on<K extends ChannelEventType>(event: K, listener: ChannelListener<K>): this {
		return this.#listen(event, listener, false);
	}

	once<K extends ChannelEventType>(event: K, listener: ChannelListener<K>): this {
		return this.#listen(event, listener, true);
	}

	off<K extends ChannelEventType>(event: K, listener: ChannelListener<K>): this {
		this.#emitter.remove(event, listener);
		this.#holdOrRelease();
		return this;
	}

	async whenConnected(count = 1, options?: Waiting): Promise<void> {
		checkInteger('count', count, { min: 1, max: Number.MAX_SAFE_INTEGER });
		const signal = checkWaiting(options);
		signal?.throwIfAborted();
		if (this.closed) throw this.closedError();
		this.hold();
		try {
			await this.#connections.whenThereAre(count, signal);
		} finally {
			this.release();
		}
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
		if (this.closed) return;
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

	/** For adapters: an error that they met and that nobody's call can throw. */
	report(error: RingwireError): void {
		if (!this.#left) this.emit({ type: 'error', error });
	}

	protected hold(): void {
		this.#holds++;
		held.add(this);
	}

	protected release(): void {
		this.#holds--;
		this.#holdOrRelease();
	}

	protected listenedTo(type: ChannelEventType): boolean {
		return this.#emitter.has(type);
	}

	/** For the end of the constructor. */
	protected opened(): void {
		publishOpen(this, this.#kind);
	}

	protected emit(event: ChannelEvent): void {
		publishEvent(this, this.#kind, event);
		const heard = this.#emitter.emit(event);
		if (event.type === 'error' && !heard) this.#warnings.warn(event.error);
		this.#holdOrRelease();
	}

	protected takeEvents(): void {
		this.#due.push(...this.#native.takeEvents());
		dispatchAll(this.#due, (event) => this.dispatch(event));
	}

	/**
	 * Makes what the addon told known: here first, then to the listeners. Those may do anything, also close this
	 * handle.
	 */
	protected dispatch(event: NativeEvent): void {
		if (this.#left) return;
		switch (event.type) {
			case 'connect':
				this.emit({ type: 'connect', peer: this.#connections.add(peerFrom(event.peer)) });
				break;
			case 'disconnect':
				this.departed({ ...event, peer: this.#connections.known(event.peer) });
				break;
			case 'lost':
				this.emit({ type: 'lost', peer: this.#connections.known(event.peer), count: event.count });
				break;
			case 'shutdown': {
				const peer = this.#connections.known(event.peer);
				this.emit({ type: 'shutdown', peer });
				this.shutDown(peer);
				break;
			}
			case 'end':
				this.ended();
				break;
			case 'error': {
				const peer = event.peer && this.#connections.known(event.peer);
				const error = errorFrom(event.failure, this.name, peer);
				const told = this.#connections.refuse(error);
				if (!told || this.#emitter.has('error')) this.emit({ type: 'error', error });
				else publishEvent(this, this.#kind, { type: 'error', error });
				break;
			}
			case 'refused':
				break;
		}
	}

	/** Once for each peer that has been told to be connected, and not when this handle has left. */
	protected tellDeparture(departure: ChannelEventOf<'disconnect'>): void {
		if (this.#left) return;
		const peer = this.#connections.remove(departure.peer);
		if (peer !== undefined) this.emit({ ...departure, peer });
	}

	/** The signal does not keep the handle from being collected. */
	protected closeOnAbort(signal: AbortSignal | undefined): void {
		if (signal === undefined) return;
		const handle = new WeakRef(this);
		this[whenLeft](onAbort(signal, () => handle.deref()?.aborted(signal.reason)));
	}

	/** Leaves the channel, for good. `reason`: what made it, when that was an aborted signal. */
	protected leave(reason?: unknown): void {
		if (this.#left) return;
		const stats = this.currentStats();
		this.#stats = Object.freeze({ ...stats, peers: Object.freeze(stats.peers.map((peer) => Object.freeze(peer))) });
		this.#left = true;
		this.#closeReason = reason;
		this.#native.leave();
		forgotten.unregister(this);
		this.#connections.close(reason ?? this.closedError());
		this.#holdOrRelease();
		for (const callback of this.#leftCallbacks) callback();
		this.#leftCallbacks.clear();
		publishClose(this, this.#kind);
		this.#bond?.left();
	}

	protected currentStats(): Stats {
		const stats = this.#native.stats();
		return { ...stats, peers: this.#connections.statsOf(stats.peers) };
	}

	protected get bond(): ConnectionSide | undefined {
		return this.#bond;
	}

	protected get left(): boolean {
		return this.#left;
	}

	protected closedError(what = `the ${this.#kind} is closed`): RingwireError {
		const cause = this.#closeReason;
		return this.error('ERR_RINGWIRE_CLOSED', what, cause === undefined ? {} : { cause });
	}

	protected error(
		code: RingwireErrorCode,
		what: string,
		details: { cause?: unknown; peer?: Peer; accepted?: number } = {},
	) {
		return new RingwireError(code, `channel "${this.name}": ${what}`, { ...details, channel: this.name });
	}

	protected deathOf(peer: Peer, reason: 'died' | 'corrupt'): RingwireError {
		return this.#bond === undefined
			? truncationError(this.name, peer, reason)
			: departureError('channel', this.name, peer, reason);
	}

	#listen<K extends ChannelEventType>(event: K, listener: ChannelListener<K>, once: boolean): this {
		this.#emitter.add(event, listener, once);
		this.#holdOrRelease();
		return this;
	}

	#holdOrRelease(): void {
		const wanted = this.#holds > 0 || (!this.#left && !this.#emitter.idle);
		if (wanted) held.add(this);
		else held.delete(this);
	}
}
