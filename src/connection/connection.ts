import { setImmediate } from 'node:timers';
import { checkLinger } from '../base/check.js';
import { Emitter, type ListenerTo, type TypedEmitter } from '../base/emitter.js';
import { attempt } from '../base/errors.js';
import { type DepartureReason, type Peer, peerFrom } from '../base/peer.js';
import type { Channel } from '../definition/channel.js';
import { KeepAlive } from '../endpoint/keep-alive.js';
import type { ConnectionSide } from '../endpoint/opened.js';
import { WakeLine } from '../endpoint/opened.js';
import type { NativeDuplex } from '../native/boundary.js';
import { ChannelReader, nativeReaderOptions } from '../reader/reader.js';
import type { Reader } from '../reader/types.js';
import { laneSizes } from '../writer/lane-sizes.js';
import type { CloseReport, Writer } from '../writer/types.js';
import { ChannelWriter } from '../writer/writer.js';

/**
 * What happens to a connection as a whole. `disconnect` comes once, as soon as it is known that the other side is gone or
 * that both sides have ended; what it had written before can still be read then. (Where that order matters, listen to the
 * reader: its own `disconnect` comes after the last message.) It does not come for a connection that this side closed.
 * `shutdown` comes before the `disconnect` that it causes.
 */
export type ConnectionEvent =
	| { readonly type: 'disconnect'; readonly peer: Peer; readonly reason: DepartureReason }
	| { readonly type: 'shutdown'; readonly peer: Peer }
	/** The connection is closed. The last event. */
	| { readonly type: 'close'; readonly reason: DepartureReason };

export type ConnectionEventType = ConnectionEvent['type'];
export type ConnectionListener<K extends ConnectionEventType> = ListenerTo<ConnectionEvent, K>;

/**
 * A server and one of its clients, with a lane each way: `writer` and `reader` are ordinary handles that have this one
 * peer and never another. So when it is gone, a write that waits and every later one rejects with PEER_DIED or CLOSED;
 * the reader gives what is still there, and then ends if the peer closed, or fails with PEER_DIED if it died.
 *
 * `writer.end()` ends one direction and leaves the other open. To close one of the two handles, also by leaving a loop
 * over the reader before its end (`break`, `return`, an exception), closes the connection, unless the loop is over
 * `reader.iterate({ keepOpen: true })`. A loop that ends because the other side has called `writer.end()` leaves it open.
 * Nobody else needs to hold on to a connection that is listened to or waited on; any other may be collected, and is closed
 * then.
 */
export interface Connection<Out, In> extends TypedEmitter<ConnectionEvent> {
	/** The duplex channel's name. */
	readonly name: string;
	/** Who is at the other end, or was. */
	readonly peer: Peer;
	readonly writer: Writer<Out>;
	readonly reader: Reader<In>;
	/** True from `close()` on, and when the other side is gone or both have ended. */
	readonly closed: boolean;
	/** Why it is closed; `closed` if this side did it. Undefined while it is open. */
	readonly closeReason: DepartureReason | undefined;
	/** Resolves with `closeReason` when the connection is closed. */
	whenClosed(): Promise<DepartureReason>;
	/** Keeps the process alive while open; this is how a connection starts. */
	ref(): this;
	/** Lets the process exit even while this is open. */
	unref(): this;
	/** Ends both directions for both sides: what was written can still be read, nothing can be written. */
	shutdown(): void;
	/**
	 * Closes it: waits until the other side has read everything, at most `lingerMs` as `Writer.close`, during which reads
	 * go on, then leaves both lanes. Reports what had not been read. Idempotent: the first call counts.
	 */
	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport>;
	/** Leaves at once, without waiting for anything. */
	[Symbol.dispose](): void;
	/** As `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}

export class DuplexConnection<Out, In> extends Emitter<ConnectionEvent> implements Connection<Out, In> {
	readonly name: string;
	readonly peer: Peer;
	readonly writer: ChannelWriter<Out>;
	readonly reader: ChannelReader<In>;
	readonly #keepAlive = new KeepAlive(this);
	readonly #waiters = new Set<(reason: DepartureReason) => void>();
	readonly #overCallbacks = new Set<() => void>();
	#reason: DepartureReason | undefined;
	#directionsFinished = 0;
	#closing: Promise<CloseReport> | undefined;
	/** What nobody could have listened to yet, until the connection is handed over. */
	#early: ConnectionEvent[] | undefined = [];

	/** The next connection that the addon has; undefined when there is none. Throws as `openWriter` does. */
	static take<Out, In>(
		native: NativeDuplex,
		out: Channel<Out, unknown>,
		into: Channel<never, In>,
		options: { readonly spinMicros?: number | undefined },
	): DuplexConnection<Out, In> | undefined {
		const lines = { writer: new WakeLine(), reader: new WakeLine() };
		const readerOptions = nativeReaderOptions(options);
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
		return this.#reason !== undefined;
	}

	get closeReason(): DepartureReason | undefined {
		return this.#reason;
	}

	whenClosed(): Promise<DepartureReason> {
		if (this.#reason !== undefined) return Promise.resolve(this.#reason);
		return new Promise((resolve) => {
			this.#waiters.add(resolve);
			this.listenersChanged();
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

	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport> {
		if (this.#closing !== undefined) return this.#closing;
		try {
			checkLinger(options);
		} catch (error) {
			return Promise.reject(error);
		}
		this.#over('closed');
		this.#closing = this.writer.close(options).then((report) => {
			this.reader[Symbol.dispose]();
			return report;
		});
		return this.#closing;
	}

	[Symbol.dispose](): void {
		this.#over('closed');
		this.writer[Symbol.dispose]();
		this.reader[Symbol.dispose]();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** Resolves when both lanes reach the other side; rejects when it goes before that. */
	async whenLinked(): Promise<void> {
		await Promise.all([this.writer.whenConnected(), this.reader.whenConnected()]);
	}

	/** Somebody has it now: what he could not hear before is told when he has had the time to listen. */
	handOver(): void {
		const early = this.#early;
		this.#early = undefined;
		if (early === undefined || early.length === 0) return;
		setImmediate(() => {
			for (const event of early) this.emit(event);
		});
	}

	/** Calls back once when the connection is over, at once if it is already. */
	whenOver(callback: () => void): void {
		if (this.#reason !== undefined) callback();
		else this.#overCallbacks.add(callback);
	}

	#side(): ConnectionSide {
		let settled = false;
		return {
			finished: () => {
				settled = true;
				this.#directionsFinished++;
				if (this.#directionsFinished === 2) this.#depart('closed');
			},
			gone: (reason) => {
				settled = true;
				this.#depart(reason);
			},
			shutDown: (peer) => {
				settled = true;
				this.#shutDown(peer);
			},
			left: () => {
				if (!settled && this.#reason === undefined) void this.close();
			},
		};
	}

	/** The other side is gone, or both have ended. */
	#depart(reason: DepartureReason): void {
		if (this.#reason !== undefined) return;
		this.#over(reason);
		this.writer.cutOff(this.peer, reason);
		if (reason === 'corrupt') this.reader.cutOff(this.peer);
		this.#emitOrKeep({ type: 'disconnect', peer: this.peer, reason });
	}

	/** `peer` undefined: this side wants it. */
	#shutDown(peer: Peer | undefined): void {
		if (this.#reason !== undefined) return;
		this.#over('closed');
		this.writer.shutdown();
		if (peer !== undefined) this.#emitOrKeep({ type: 'shutdown', peer: this.peer });
		this.reader.shutdown();
		if (peer !== undefined) this.#emitOrKeep({ type: 'disconnect', peer: this.peer, reason: 'closed' });
	}

	#over(reason: DepartureReason): void {
		if (this.#reason !== undefined) return;
		this.#reason = reason;
		for (const resolve of this.#waiters) resolve(reason);
		this.#waiters.clear();
		for (const callback of this.#overCallbacks) callback();
		this.#overCallbacks.clear();
		this.listenersChanged();
		process.nextTick(() => this.#emitOrKeep({ type: 'close', reason }));
	}

	#emitOrKeep(event: ConnectionEvent): void {
		if (this.#early !== undefined) this.#early.push(event);
		else this.emit(event);
	}

	protected override listenersChanged(): void {
		this.#keepAlive.listen(this.#reason === undefined && (this.#waiters.size > 0 || this.hasListeners));
	}
}
