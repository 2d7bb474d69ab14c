import type { KeysOf } from '../base/check.js';
import type { ListenerTo, TypedEmitter } from '../base/emitter.js';
import type { RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import type { Reader } from '../reader/types.js';
import type { CloseReport, Writer } from '../writer/types.js';

/** The options of `close` of a connection, a server, and a server of requests. */
export interface CloseOptions {
	/** As in `Writer.close`. */
	readonly lingerMs?: number | undefined;
}

/** The events of a connection as a whole. Its writer and its reader have their own. */
export type ConnectionEvent =
	/**
	 * The other side is gone, or both sides have ended. Emitted once, as soon as this is known: messages that the other side
	 * has written before can still be read. The reader's own `disconnect` comes after the last message. Not emitted for a
	 * connection that this side closed.
	 */
	| { readonly type: 'disconnect'; readonly peer: Peer; readonly reason: DepartureReason }
	/** The other side has shut the connection down. Comes before the `disconnect` that it causes. */
	| { readonly type: 'shutdown'; readonly peer: Peer }
	/** `closed` has become true. The last event. */
	| { readonly type: 'close'; readonly reason: DepartureReason };

export type ConnectionEventType = ConnectionEvent['type'];
export type ConnectionListener<K extends ConnectionEventType> = ListenerTo<ConnectionEvent, K>;

/**
 * A server and one of its clients, with a lane in each direction. `writer` and `reader` are ordinary handles with one peer.
 * When the peer is gone, a write that waits and every later one reject with PEER_DIED or CLOSED. The reader delivers the rest;
 * then it ends if the peer closed, or fails with PEER_DIED if it died.
 *
 * `writer.end()` ends one direction and leaves the other one open. Closing the writer or the reader closes the connection.
 * So does leaving a loop over the reader before its end (`break`, `return`, an exception), unless the loop is over
 * `reader.iterate({ keepOpen: true })`. A loop that ends because the other side has called `writer.end()` leaves the
 * connection open.
 *
 * A connection that is neither referenced, nor waited on, nor listened to may be garbage collected; it closes then.
 */
export interface Connection<Out, In> extends TypedEmitter<ConnectionEvent> {
	/** The duplex channel's name. */
	readonly name: string;
	/** The other side. The same object for the whole life of the connection. */
	readonly peer: Peer;
	readonly writer: Writer<Out>;
	readonly reader: Reader<In>;
	/** True from `close()` on, and when the other side is gone or both sides have ended. */
	readonly closed: boolean;
	/** Why it is closed; `closed` if this side closed it. Undefined while it is open. */
	readonly closeReason: DepartureReason | undefined;
	/** Resolves with `closeReason` when `closed` becomes true. */
	whenClosed(): Promise<DepartureReason>;
	/** Keeps the process alive while open. This is the initial state. */
	ref(): this;
	/** Lets the process exit although the connection is open. */
	unref(): this;
	/** Ends both directions for both sides. Published messages can still be read; nothing can be written. */
	shutdown(): void;
	/**
	 * Waits until the other side has read everything, at most for `lingerMs` as `Writer.close` does, then leaves both lanes.
	 * Reads go on meanwhile. Reports the messages that were not read. Idempotent: the first call counts.
	 */
	close(options?: CloseOptions): Promise<CloseReport>;
	/** Leaves at once, without waiting for anything. */
	[Symbol.dispose](): void;
	/** Same as `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}

export type ServerEvent<ToServer, ToClient> =
	/** A client has connected: both lanes are linked. */
	| { readonly type: 'connection'; readonly connection: Connection<ToClient, ToServer> }
	/**
	 * A client was refused (MISMATCH, VERSION, ACCESS, LIMIT), a client's connection could not be opened, or `onConnection` failed
	 * (HANDLER). The server goes on.
	 */
	| { readonly type: 'error'; readonly error: RingwireError }
	/** The server and its connections are closed. The last event. */
	| { readonly type: 'close' };

export type ServerEventType = ServerEvent<never, never>['type'];

/** The options that `listen` and `serve` have in common. */
export interface ServerOptions {
	/**
	 * The largest number of clients at a time, 1 to 65,536, default 1024. `connect` of one more rejects with LIMIT. A connection
	 * counts until it is closed and, if neither a listener nor `onConnection` got it, an iterator has returned it.
	 */
	readonly clientsMax?: number | undefined;
	/**
	 * The largest message in bytes that the server accepts from a client: an integer from 1 to 536,870,912. Default: no limit but
	 * the client's own. A client that writes a larger one is cut off before memory is allocated for it, after the messages before
	 * it: the reader of its connection emits `error` with TOO_LARGE, and the connection closes with the reason `corrupt`.
	 */
	readonly messageMax?: number | undefined;
	/** How long the reader of a connection polls before it sleeps: 0 to 1,000,000 microseconds, default 50. */
	readonly spinMicros?: number | undefined;
	/** Aborting it closes the server and its connections at once. */
	readonly signal?: AbortSignal | undefined;
}

export interface ListenOptions<ToServer, ToClient> extends ServerOptions {
	/**
	 * Called with every connection, after the listeners to `connection`. If it throws, or the promise that it returns rejects, its
	 * connection closes, and the server emits an `error` event with the code HANDLER, the exception as `cause`, and the
	 * peer. The server and the other connections go on. A connection stays open when the handler returns or its
	 * promise resolves.
	 */
	readonly onConnection?: ((connection: Connection<ToClient, ToServer>) => unknown) | undefined;
}

export const serverKeys: KeysOf<ServerOptions> = { clientsMax: true, messageMax: true, spinMicros: true, signal: true };
export const listenKeys: KeysOf<ListenOptions<never, never>> = { ...serverKeys, onConnection: true };

/**
 * Listens on a duplex channel and holds the connections to its clients. It stays open, and keeps the process alive, until it is
 * closed.
 *
 * There are three ways to get its connections: listeners to `connection`, the option `onConnection`, and iterators. Every
 * connection goes to all listeners and to `onConnection`. An iterator returns every connection that neither of these got. If
 * they did, it returns the connection as well, if the iterator was made before and the connection is still open. Each
 * connection goes to one iterator. Leaving a loop leaves the server open.
 */
export interface Server<ToServer, ToClient>
	extends TypedEmitter<ServerEvent<ToServer, ToClient>>,
		AsyncIterable<Connection<ToClient, ToServer>> {
	readonly name: string;
	/** True from `close()` on. */
	readonly closed: boolean;
	/** The open connections, in order of arrival. The same frozen array until a connection opens or closes. */
	readonly connections: readonly Connection<ToClient, ToServer>[];
	/** Resolves when the server and its connections are closed. */
	whenClosed(): Promise<void>;
	/** Keeps the process alive while the server listens. This is the initial state. Its connections have a `ref` of their own. */
	ref(): this;
	/** Lets the process exit although the server listens. */
	unref(): this;
	/** Stops listening and shuts every connection down. */
	shutdown(): void;
	/**
	 * Stops listening at once, so that another server can listen, and closes every connection as `Connection.close` does.
	 * Iterators end. Idempotent: the first call counts.
	 */
	close(options?: CloseOptions): Promise<void>;
	/** Stops listening and leaves every connection at once. */
	[Symbol.dispose](): void;
	/** Same as `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}
