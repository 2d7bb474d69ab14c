import { checkSignal, onAbort } from '../base/abort.js';
import { checkOptions } from '../base/check.js';
import { Emitter } from '../base/emitter.js';
import type { RingwireError } from '../base/errors.js';
import type { Peer } from '../base/peer.js';
import { describeValue } from '../codecs/describe-value.js';
import type { DuplexConnection } from '../connection/connection.js';
import { DuplexServer } from '../connection/server.js';
import type { CloseOptions } from '../connection/types.js';
import type { Frame, ReceivedFrame } from '../definition/frame.js';
import { checkFrameMax, checkInFlight, checkService, duplexOfService, type Service } from '../definition/service.js';
import { CodecGuard } from '../endpoint/codec-guard.js';
import { ServerSession } from './session.js';
import { type RequestHandler, type ServeOptions, type ServiceEvent, type ServiceServer, serveKeys } from './types.js';

/**
 * Answers the requests of a service with `handler`: its return value, or what its promise resolves with, is the response. An
 * exception or rejection is a RemoteError at the client. The requests of one client are passed to the handler in order, without
 * waiting for one another. Throws as `listen` does.
 */
export function serve<Request, Response>(
	service: Service<never, Response, Request, unknown>,
	handler: RequestHandler<Request, Response>,
	options?: ServeOptions,
): ServiceServer {
	const checked = checkService(service);
	if (typeof handler !== 'function')
		throw new TypeError(`handler: got ${describeValue(handler)}, must be a function`);
	return new RequestServer(checked, handler, checkOptions('options', options, serveKeys));
}

class RequestServer<Request, Response> extends Emitter<ServiceEvent> implements ServiceServer {
	readonly #server: DuplexServer<ReceivedFrame, Frame>;
	readonly #sessions = new Set<ServerSession<Request, Response>>();
	/** Runs while a codec of the service does, for any client. */
	readonly #guard = new CodecGuard();
	/** Whether new connections keep the process alive. */
	#referenced = true;

	constructor(
		service: Service<never, Response, Request, unknown>,
		handler: RequestHandler<Request, Response>,
		options: ServeOptions,
	) {
		super(['connect', 'disconnect', 'error', 'close']);
		const { signal, messageMax, ...rest } = options;
		const inFlightMax = checkInFlight(options.inFlightMax);
		const serverOptions = { ...rest, messageMax: checkFrameMax(messageMax) };
		checkSignal('signal', signal)?.throwIfAborted();
		const failed = (error: RingwireError) => void this.emitEvent({ type: 'error', error });
		const sessionOptions = { service, handler, inFlightMax, guard: this.#guard, failed };
		this.#server = new DuplexServer(duplexOfService(service), serverOptions, (connection) => {
			if (!this.#referenced) connection.unref();
			for (const side of [connection.reader, connection.writer]) side.on('error', ({ error }) => failed(error));
			this.emitEvent({ type: 'connect', peer: connection.peer });
			const session = new ServerSession(connection, sessionOptions);
			this.#sessions.add(session);
			connection.onceClosed(() => this.#disconnected(connection, session));
		});
		// An abort from within a codec must wait until the codec has returned, so the connections' server does not get the signal.
		const stopListening = onAbort(signal, () => this[Symbol.dispose]());
		this.#server.on('error', (event) => void this.emitEvent(event));
		this.#server.on('close', (event) => {
			stopListening();
			this.emitEvent(event);
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

	whenClosed(): Promise<void> {
		return this.#server.whenClosed();
	}

	ref(): this {
		this.#referenced = true;
		this.#server.ref();
		for (const connection of this.#server.connections) connection.ref();
		return this;
	}

	unref(): this {
		this.#referenced = false;
		this.#server.unref();
		for (const connection of this.#server.connections) connection.unref();
		return this;
	}

	close(options?: CloseOptions): Promise<void> {
		return new Promise((resolve) => {
			if (!this.#guard.defer(() => resolve(this.close(options)))) resolve(this.#server.close(options));
		});
	}

	[Symbol.dispose](): void {
		if (!this.#guard.defer(() => this[Symbol.dispose]())) this.#server[Symbol.dispose]();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#disconnected(connection: DuplexConnection<Frame, ReceivedFrame>, session: ServerSession<Request, Response>): void {
		const { peer, closeReason: reason = 'closed' } = connection;
		this.#sessions.delete(session);
		this.emitEvent({ type: 'disconnect', peer, reason });
	}
}
