import { type Waiting, waitingKeys } from '../base/abort.js';
import type { KeysOf } from '../base/check.js';
import type { TypedEmitter } from '../base/emitter.js';
import type { RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import { type ConnectOptions, connectKeys } from '../connection/connect.js';
import { type CloseOptions, type ServerOptions, serverKeys } from '../connection/types.js';

export interface ServiceClientOptions extends ConnectOptions {
	/** The largest number of requests in flight, 1 to 1,048,576, default 1024. */
	readonly inFlightMax?: number | undefined;
	/**
	 * The largest response in bytes that is accepted: an integer from 1 to 536,870,904. Default: no limit but the server's own. A
	 * server that sends a larger one is cut off before memory is allocated for it, and the requests in flight reject with CORRUPT.
	 * An exception of the handler is a response too: its message alone takes up to 48 KiB.
	 */
	readonly messageMax?: number | undefined;
}

export interface RequestOptions extends Waiting {
	/** 0 or more milliseconds, with fractions. Infinity (the default) waits without limit. */
	readonly timeoutMs?: number | undefined;
}

export const serviceClientKeys: KeysOf<ServiceClientOptions> = { ...connectKeys, inFlightMax: true };
export const requestKeys: KeysOf<RequestOptions> = { ...waitingKeys, timeoutMs: true };

export type ServiceClientEvent =
	/** The server is gone. Not emitted for a client that this side closed. */
	| { readonly type: 'disconnect'; readonly peer: Peer; readonly reason: DepartureReason }
	/** The client is closed. The last event. */
	| { readonly type: 'close'; readonly reason: DepartureReason };

export type ServiceClientEventType = ServiceClientEvent['type'];

/**
 * Sends requests to the server of a service, many at a time. It stays open, and keeps the process alive, until it or the server
 * closes.
 */
export interface ServiceClient<Request, Response> extends TypedEmitter<ServiceClientEvent> {
	readonly name: string;
	readonly peer: Peer;
	/** True from `close()` on, and when the server is gone. */
	readonly closed: boolean;
	/** Why it is closed; `closed` if this side closed it. Undefined while it is open. */
	readonly closeReason: DepartureReason | undefined;
	/** The number of requests in flight. */
	readonly inFlight: number;
	/**
	 * Sends the request and resolves with its response. Responses arrive in any order. Requests are sent in order and wait while
	 * there is no room. Bytes in the message must not change until the promise has settled.
	 *
	 * Rejects with a RemoteError if the handler has failed; with BUSY if `inFlightMax` requests are in flight, here or at the
	 * server, and while this client's codec runs; with TIMEOUT or `signal.reason`, and the handler's signal aborts then and a late
	 * response is dropped; with PEER_DIED if the server dies, CORRUPT if it was cut off, CLOSED if it or this client closes;
	 * with ENCODE, TOO_LARGE and DECODE for a message that cannot be carried.
	 */
	request(message: Request, options?: RequestOptions): Promise<Response>;
	/** Resolves with `closeReason` when the client is closed. */
	whenClosed(): Promise<DepartureReason>;
	/** Keeps the process alive while open. This is the initial state. */
	ref(): this;
	/** Lets the process exit although requests are in flight. */
	unref(): this;
	/** Rejects the requests in flight with CLOSED, which aborts them at the server, and leaves. Idempotent. */
	close(): Promise<void>;
	/** Same as `close()`, at once. */
	[Symbol.dispose](): void;
	/** Same as `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}

/** The second argument of a request handler. */
export interface RequestContext {
	/** The client. */
	readonly peer: Peer;
	/** Aborts when the response is of no use any more: the client has cancelled the request or is gone, or the server closes. */
	readonly signal: AbortSignal;
}

export type RequestHandler<Request, Response> = (
	request: Request,
	context: RequestContext,
) => Response | PromiseLike<Response>;

export interface ServeOptions extends ServerOptions {
	/**
	 * The largest number of requests of one client that the handler has at a time, 1 to 1,048,576, default 1024. More are
	 * refused with BUSY. A request counts until its handler has returned or its promise has settled, also after the client has
	 * cancelled it: a handler should end when its signal aborts.
	 */
	readonly inFlightMax?: number | undefined;
	/**
	 * The largest request in bytes that the server accepts: an integer from 1 to 536,870,904. Default: no limit but the client's
	 * own. A client that sends a larger one is cut off before memory is allocated for it: an `error` event with TOO_LARGE, whose
	 * sizes include 8 bytes of framing, and a `disconnect` event with the reason `corrupt`.
	 */
	readonly messageMax?: number | undefined;
}

export const serveKeys: KeysOf<ServeOptions> = { ...serverKeys, inFlightMax: true };

export type ServiceEvent =
	| { readonly type: 'connect'; readonly peer: Peer }
	| { readonly type: 'disconnect'; readonly peer: Peer; readonly reason: DepartureReason }
	/** As that of a Server; also a request that exceeds `messageMax`, and other invalid data from a client, which is cut off. */
	| { readonly type: 'error'; readonly error: RingwireError }
	/** The server and its connections are closed. The last event. */
	| { readonly type: 'close' };

export type ServiceEventType = ServiceEvent['type'];

/** Answers the requests of a service. It stays open, and keeps the process alive, until it is closed. */
export interface ServiceServer extends TypedEmitter<ServiceEvent> {
	readonly name: string;
	/** True from `close()` on. */
	readonly closed: boolean;
	/** The connected clients, in order of arrival. */
	readonly peers: readonly Peer[];
	/** The number of requests that the handler has, or whose responses wait for room. */
	readonly inFlight: number;
	/** Resolves when the server and its connections are closed. */
	whenClosed(): Promise<void>;
	/** Keeps the process alive while the server listens or clients are connected. This is the initial state. */
	ref(): this;
	/** Lets the process exit although the server listens and clients are connected. */
	unref(): this;
	/**
	 * Stops listening and closes every connection as `Connection.close` does: responses that were written still arrive, and the
	 * signals of running requests abort. Idempotent: the first call counts.
	 */
	close(options?: CloseOptions): Promise<void>;
	/** Stops listening and leaves at once. */
	[Symbol.dispose](): void;
	/** Same as `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}
