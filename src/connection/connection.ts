import { setImmediate } from 'node:timers';
import { checkLinger } from '../base/check.js';
import { Emitter } from '../base/emitter.js';
import { attempt } from '../base/errors.js';
import { type DepartureReason, type Peer, peerFrom } from '../base/peer.js';
import { shareClass } from '../base/shared-class.js';
import type { Channel } from '../definition/channel.js';
import { KeepAlive } from '../endpoint/keep-alive.js';
import { type ConnectionSide, WakeLine } from '../endpoint/opened.js';
import type { NativeDuplex, NativeReaderOptions } from '../native/boundary.js';
import { ChannelReader } from '../reader/reader.js';
import { laneSizes } from '../writer/lane-sizes.js';
import type { CloseReport } from '../writer/types.js';
import { ChannelWriter } from '../writer/writer.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';
import type { CloseOptions, Connection, ConnectionEvent } from './types.js';

export class DuplexConnection<Out, In> extends Emitter<ConnectionEvent> implements Connection<Out, In> {
	static {
		shareClass(DuplexConnection, Symbol.for('ringwire 0.1 Connection'));
	}

	readonly name: string;
	readonly peer: Peer;
	readonly writer: ChannelWriter<Out>;
	readonly reader: ChannelReader<In>;
	readonly #lifecycle = new ConnectionLifecycle();
	readonly #keepAlive = new KeepAlive(this);
	readonly #closedCallbacks = new Set<(reason: DepartureReason) => void>();
	#closing: Promise<CloseReport> | undefined;
	/** Events that no listener could have been added for. Undefined once they have been emitted. */
	#early: ConnectionEvent[] | undefined = [];

	/** The next connection of the addon; undefined if there is none. Throws as `openWriter` does. */
	static take<Out, In>(
		native: NativeDuplex,
		out: Channel<Out, unknown>,
		into: Channel<never, In>,
		readerOptions: NativeReaderOptions,
	): DuplexConnection<Out, In> | undefined {
		const lines = { writer: new WakeLine(), reader: new WakeLine() };
		const taken = attempt(
			() => native.takeConnection(laneSizes(out, {}), readerOptions, lines.writer.wake, lines.reader.wake),
			out.name,
		);
		if (taken === undefined) return undefined;
		return new DuplexConnection(
			peerFrom(taken.peer),
			(side) => new ChannelWriter(out, {}, { native: taken.writer, line: lines.writer, side }),
			(side) =>
				new ChannelReader(into, { onPeerDeath: 'error' }, { native: taken.reader, line: lines.reader, side }),
		);
	}

	constructor(
		peer: Peer,
		makeWriter: (side: ConnectionSide) => ChannelWriter<Out>,
		makeReader: (side: ConnectionSide) => ChannelReader<In>,
	) {
		super(['disconnect', 'shutdown', 'close']);
		this.peer = peer;
		this.writer = makeWriter(this.#side());
		this.reader = makeReader(this.#side());
		this.name = this.writer.name;
	}

	get closed(): boolean {
		return this.closeReason !== undefined;
	}

	get closeReason(): DepartureReason | undefined {
		return this.#lifecycle.closeReason;
	}

	whenClosed(): Promise<DepartureReason> {
		const { closeReason } = this;
		if (closeReason !== undefined) return Promise.resolve(closeReason);
		this.#keepAlive.hold();
		return new Promise((resolve) => {
			this.onceClosed((reason) => {
				this.#keepAlive.release();
				resolve(reason);
			});
		});
	}

	ref(): this {
		this.writer.ref();
		this.reader.ref();
		return this;
	}

	unref(): this {
		this.writer.unref();
		this.reader.unref();
		return this;
	}

	shutdown(): void {
		this.#shutDown(undefined);
	}

	close(options?: CloseOptions): Promise<CloseReport> {
		if (this.#closing !== undefined) return this.#closing;
		try {
			checkLinger(options);
		} catch (error) {
			return Promise.reject(error);
		}
		if (this.#lifecycle.close('closed')) this.#hasClosed('closed');
		this.#closing = this.writer.close(options).then((report) => {
			this.reader[Symbol.dispose]();
			return report;
		});
		return this.#closing;
	}

	[Symbol.dispose](): void {
		if (this.#lifecycle.close('closed')) this.#hasClosed('closed');
		this.writer[Symbol.dispose]();
		this.reader[Symbol.dispose]();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** Resolves when both lanes are linked. Rejects if the other side leaves before that. */
	async whenLinked(): Promise<void> {
		await Promise.all([this.writer.whenConnected(), this.reader.whenConnected()]);
	}

	/**
	 * The application gets the connection now. Earlier events are emitted in a later turn of the event loop, when it has had
	 * the time to add listeners.
	 */
	handOver(): void {
		if (this.#early === undefined) return;
		if (this.#early.length === 0) this.#early = undefined;
		else setImmediate(() => this.#emitEarly());
	}

	/** Calls back once when the connection is closed, at once if it is already. */
	onceClosed(callback: (reason: DepartureReason) => void): void {
		const { closeReason } = this;
		if (closeReason !== undefined) callback(closeReason);
		else this.#closedCallbacks.add(callback);
	}

	#side(): ConnectionSide {
		let settled = false;
		return {
			finished: () => {
				settled = true;
				if (this.#lifecycle.finishDirection()) this.#depart('closed');
			},
			gone: (reason) => {
				settled = true;
				if (this.#lifecycle.close(reason)) this.#depart(reason);
			},
			shutDown: (peer) => {
				settled = true;
				this.#shutDown(peer);
			},
			left: () => {
				if (!settled && !this.closed) void this.close();
			},
		};
	}

	/** The other side is gone, or both directions have finished. */
	#depart(reason: DepartureReason): void {
		this.#hasClosed(reason);
		this.writer.cutOff(this.peer, reason);
		if (reason === 'corrupt') this.reader.cutOff(this.peer);
		this.#emitOrKeep({ type: 'disconnect', peer: this.peer, reason });
	}

	/** `peer`: undefined if this side has called `shutdown`. */
	#shutDown(peer: Peer | undefined): void {
		if (!this.#lifecycle.close('closed')) return;
		this.#hasClosed('closed');
		this.writer.shutdown();
		if (peer !== undefined) this.#emitOrKeep({ type: 'shutdown', peer: this.peer });
		this.reader.shutdown();
		if (peer !== undefined) this.#emitOrKeep({ type: 'disconnect', peer: this.peer, reason: 'closed' });
	}

	/** To be called once, after the transition to `closed`. */
	#hasClosed(reason: DepartureReason): void {
		for (const callback of this.#closedCallbacks) callback(reason);
		this.#closedCallbacks.clear();
		this.listenersChanged();
		process.nextTick(() => this.#emitOrKeep({ type: 'close', reason }));
	}

	#emitOrKeep(event: ConnectionEvent): void {
		if (this.#early === undefined) this.emitEvent(event);
		else this.#early.push(event);
	}

	/** Newer events come last, also those that a listener causes. */
	#emitEarly(): void {
		const early = this.#early ?? [];
		for (let event = early.shift(); event !== undefined; event = early.shift()) this.emitEvent(event);
		this.#early = undefined;
	}

	protected override listenersChanged(): void {
		this.#keepAlive.listen(!this.closed && this.hasListeners);
	}
}
