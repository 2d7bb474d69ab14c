import { checkOptions, type KeysOf } from '../base/check.js';
import { Emitter, type TypedEmitter } from '../base/emitter.js';
import type { RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import { describeValue } from '../codecs/describe-value.js';
import type { DuplexConnection } from '../connection/connection.js';
import { DuplexServer, type ServerOptions, serverKeys } from '../connection/server.js';
import type { Frame } from '../definition/frame.js';
import { checkInFlight, checkService, duplexOfService, type Service } from '../definition/service.js';
import { type RequestHandler, ServerSession } from './session.js';

export interface ServeOptions extends ServerOptions {
	/**
	 * How many requests of one client the handler may be busy with at a time, 1 to 1,048,576, default 1024; more are
	 * refused with BUSY. A request counts until the handler is done with it, also when nobody waits for it any more: so a
	 * handler should heed its signal.
	 */
	readonly inFlightMax?: number | undefined;
}

const serveKeys: KeysOf<ServeOptions> = { ...serverKeys, inFlightMax: true };

/** What happens at a server of requests; `error` as `ServerEvent`. */
export type ServiceEvent =
	| { readonly type: 'connect'; readonly peer: Peer }
	| { readonly type: 'disconnect'; readonly peer: Peer; readonly reason: DepartureReason }
	| { readonly type: 'error'; readonly error: RingwireError }
	/** The server has been closed. The last event. */
	| { readonly type: 'close' };

export type ServiceEventType = ServiceEvent['type'];

/** Who answers the requests of a service. It keeps the process alive and goes on until it is closed. */
export interface ServiceServer extends TypedEmitter<ServiceEvent> {
	readonly name: string;
	readonly closed: boolean;
	/** Who is connected now. */
	readonly peers: readonly Peer[];
	/** Requests that the handler is busy with, or whose responses wait for room. */
	readonly inFlight: number;
	/** Keeps the process alive while it listens or clients are connected; this is how a server starts. */
	ref(): this;
	/** Lets the process exit even while it listens and clients are connected. */
	unref(): this;
	/**
	 * Stops listening and closes every connection as `Connection.close` does: responses that were written still arrive,
	 * what the handler is busy with is aborted. Idempotent.
	 */
	close(options?: { readonly lingerMs?: number | undefined }): Promise<void>;
	/** Stops listening and leaves at once. */
	[Symbol.dispose](): void;
	/** As `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Answers the requests of a service by means of `handler`: what it returns, or its promise resolves with, is the
 * response; what it throws or rejects with is a RemoteError at the client. Requests of one client are handed over in
 * order, without waiting for one another. Throws as `listen` does.
 */
export function serve<Request, Response>(
	service: Service<never, Response, Request, unknown>,
	handler: RequestHandler<Request, Response>,
	options?: ServeOptions,
): ServiceServer {
	const checked = checkService(service);
	if (typeof handler !== 'function')
		throw new TypeError(`handler: got ${describeValue(handler)}, must be a function`);
	return new AnsweringServer(checked, handler, checkOptions('options', options, serveKeys));
}

class AnsweringServer<Request, Response> extends Emitter<ServiceEvent> implements ServiceServer {
	readonly #server: DuplexServer<Frame, Frame>;
	#wanted = true;
	readonly #sessions = new Set<ServerSession<Request, Response>>();

	constructor(
		service: Service<never, Response, Request, unknown>,
		handler: RequestHandler<Request, Response>,
		options: ServeOptions,
	) {
		super(['connect', 'disconnect', 'error', 'close']);
		const inFlightMax = checkInFlight(options.inFlightMax);
		this.#server = new DuplexServer(duplexOfService(service), options);
		this.#server.on('error', (event) => void this.emit(event));
		this.#server.onConnection((connection) => {
			if (!this.#wanted) connection.unref();
			this.emit({ type: 'connect', peer: connection.peer });
			const session = new ServerSession(service, handler, connection, inFlightMax);
			this.#sessions.add(session);
			connection.whenOver(() => this.#over(connection, session));
		});
	}

	get name(): string {
		return this.#server.name;
	}

	get closed(): boolean {
		return this.#server.closed;
	}

	get peers(): readonly Peer[] {
		return this.#server.connections.map(({ peer }) => peer);
	}

	get inFlight(): number {
		let sum = 0;
		for (const session of this.#sessions) sum += session.inFlight;
		return sum;
	}

	ref(): this {
		this.#wanted = true;
		this.#server.ref();
		for (const connection of this.#server.connections) connection.ref();
		return this;
	}

	unref(): this {
		this.#wanted = false;
		this.#server.unref();
		for (const connection of this.#server.connections) connection.unref();
		return this;
	}

	close(options?: { readonly lingerMs?: number | undefined }): Promise<void> {
		return this.#server.close(options);
	}

	[Symbol.dispose](): void {
		this.#server[Symbol.dispose]();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#over(connection: DuplexConnection<Frame, Frame>, session: ServerSession<Request, Response>): void {
		const { peer, closeReason: reason = 'closed' } = connection;
		this.#sessions.delete(session);
		this.emit({ type: 'disconnect', peer, reason });
	}
}
