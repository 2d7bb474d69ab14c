import { departureError } from '../base/departure-error.js';
import { errorForPeer, RingwireError, type RingwireErrorCode, reasonOf, serviceError } from '../base/errors.js';
import { describePeer } from '../base/peer.js';
import type { DuplexConnection } from '../connection/connection.js';
import { type Frame, frameHeaderBytes, type ReceivedFrame } from '../definition/frame.js';
import type { Service } from '../definition/service.js';
import type { CodecGuard } from '../endpoint/codec-guard.js';
import { messageSource, nothing } from '../reader/message-source.js';
import { Encoder } from '../writer/encoder.js';
import { FrameQueue } from './frame-queue.js';
import { PayloadEncoder, payloadDecoder } from './payload.js';
import { encodeRefusal } from './refusal-frame.js';
import { encodeFailure } from './remote-error.js';
import { RunningRequest } from './running-request.js';
import type { RequestHandler } from './types.js';

const tooLargeRemedy = 'define the service with a larger response.capacity';

export interface ServerSessionOptions<Request, Response> {
	readonly service: Service<never, Response, Request, unknown>;
	readonly handler: RequestHandler<Request, Response>;
	readonly inFlightMax: number;
	/** The server's: it runs while a codec of the service does. */
	readonly guard: CodecGuard;
	/** Called when the session closes its connection because of invalid data from the client. */
	failed(error: RingwireError): void;
}

/**
 * One client of a server of requests. At most `inFlightMax` of its requests are running or wait for room for their response;
 * more are refused with BUSY. While responses wait for room the session reads no frames, so the client's own lane fills.
 */
export class ServerSession<Request, Response> {
	readonly #options: ServerSessionOptions<Request, Response>;
	readonly #connection: DuplexConnection<Frame, ReceivedFrame>;
	readonly #encoder: PayloadEncoder<Response>;
	readonly #decode: (frame: ReceivedFrame) => Request;
	readonly #payloadMax: number;
	readonly #queue: FrameQueue;
	/** Requests whose handler has returned a promise. */
	readonly #running = new Map<number, RunningRequest>();
	/** The request whose handler runs. It gets into `#running` later: most handlers need no entry there, and an empty Map is expensive to use. */
	#current: RunningRequest | undefined;
	#inFlight = 0;

	constructor(connection: DuplexConnection<Frame, ReceivedFrame>, options: ServerSessionOptions<Request, Response>) {
		this.#options = options;
		this.#connection = connection;
		this.#payloadMax = connection.writer.messageMax - frameHeaderBytes;
		const { request, response } = options.service;
		this.#encoder = new PayloadEncoder(new Encoder(response.codec, this.#payloadMax, tooLargeRemedy, errorForPeer));
		this.#decode = payloadDecoder(request.codec);
		this.#queue = new FrameQueue(connection.writer);
		connection.onceClosed(() => this.#hasClosed());
		void this.#receive();
	}

	/** The number of requests that the handler has, or whose responses wait for room. */
	get inFlight(): number {
		return this.#inFlight;
	}

	async #receive(): Promise<void> {
		const source = this.#connection.reader[messageSource];
		try {
			do {
				for (let frame = source.next(); frame !== nothing; frame = source.next()) {
					if (this.#connection.closed) return;
					this.#take(frame);
					if (this.#queue.size > 0) await this.#queue.whenEmpty();
				}
			} while ((await source.whenReadable()) === 'readable');
		} catch (cause) {
			// If the client is gone, that was an event already.
			if (!this.#connection.closed) this.#options.failed(this.#invalid(cause));
		} finally {
			this.#connection[Symbol.dispose]();
		}
	}

	#take(frame: ReceivedFrame): void {
		switch (frame.kind) {
			case 'request':
				this.#accept(frame);
				break;
			case 'cancel':
				this.#abort(frame.id);
				break;
			default:
				throw new RangeError(`a server got a frame of kind ${frame.kind}`);
		}
	}

	#accept(frame: ReceivedFrame): void {
		const { id } = frame;
		const { service, inFlightMax } = this.#options;
		if (this.#inFlight >= inFlightMax) {
			const what = `the server has ${inFlightMax} requests of this client already`;
			this.#refuse(id, 'ERR_RINGWIRE_BUSY', what);
			return;
		}
		let request: Request;
		try {
			request = this.#guarded(() => this.#decode(frame));
		} catch (cause) {
			const what = `the codec "${service.request.codec.id}" cannot decode a request: ${reasonOf(cause)}`;
			this.#refuse(id, 'ERR_RINGWIRE_DECODE', what);
			return;
		}
		// The codec may have closed the server.
		if (!this.#connection.closed) this.#run(id, request);
	}

	#run(id: number, request: Request): void {
		const running = new RunningRequest(this.#connection.peer);
		this.#current = running;
		this.#inFlight++;
		try {
			const response = this.#options.handler(request, running);
			if (isPromise(response)) {
				if (!running.aborted) this.#running.set(id, running);
				// Promises of other implementations may settle twice.
				Promise.resolve(response).then(
					(value) => this.#answer(id, running, value),
					(exception: unknown) => this.#fail(id, running, exception),
				);
			} else this.#answer(id, running, response);
		} catch (exception) {
			this.#fail(id, running, exception);
		} finally {
			this.#current = undefined;
		}
	}

	/** Runs a codec. Calls that it makes to end the server take effect when it has returned. */
	#guarded<R>(codec: () => R): R {
		const { guard } = this.#options;
		guard.enter();
		try {
			return codec();
		} finally {
			guard.exit();
		}
	}

	#answer(id: number, running: RunningRequest, response: Response): void {
		if (running.aborted) this.#forget(id, running);
		else this.#reply(this.#answerOf(id, response), running);
	}

	#answerOf(id: number, response: Response): Frame {
		try {
			return { kind: 'answer', id, payload: this.#guarded(() => this.#encoder.encode(response)) };
		} catch (error) {
			const code = error instanceof RingwireError ? error.code : 'ERR_RINGWIRE_ENCODE';
			return this.#refusalOf(id, code, `the response: ${reasonOf(error)}`);
		}
	}

	#fail(id: number, running: RunningRequest, exception: unknown): void {
		if (running.aborted) this.#forget(id, running);
		else this.#reply({ kind: 'failed', id, payload: encodeFailure(exception, this.#payloadMax) }, running);
	}

	/**
	 * The request counts until the response is in the lane. Never throws, as no caller could handle it: a response that cannot
	 * be written closes the connection, because the client would wait for it without end.
	 */
	#reply(frame: Frame, running: RunningRequest): void {
		const forget = () => this.#forget(frame.id, running);
		if (this.#connection.closed) forget();
		else {
			try {
				this.#queue.add(frame, forget);
			} catch {
				forget();
				this.#connection[Symbol.dispose]();
			}
		}
	}

	#refuse(id: number, code: RingwireErrorCode, what: string): void {
		if (!this.#connection.closed) this.#queue.add(this.#refusalOf(id, code, what), () => {});
	}

	#refusalOf(id: number, code: RingwireErrorCode, what: string): Frame {
		return { kind: 'refused', id, payload: encodeRefusal(code, what, this.#payloadMax) };
	}

	#forget(id: number, running: RunningRequest): void {
		this.#inFlight--;
		if (this.#running.get(id) === running) this.#running.delete(id);
	}

	#abort(id: number): void {
		const running = this.#running.get(id);
		if (running === undefined) return;
		// The request counts until its handler is done, but the client may use the id again.
		this.#running.delete(id);
		running.abort(this.#closedError('the client has cancelled the request'));
	}

	#hasClosed(): void {
		this.#queue.close();
		const { peer, closeReason = 'closed' } = this.#connection;
		const reason =
			closeReason === 'closed'
				? this.#closedError('the connection is closed')
				: departureError('service', this.#options.service.name, peer, closeReason);
		this.#current?.abort(reason);
		for (const running of this.#running.values()) running.abort(reason);
		this.#running.clear();
	}

	#invalid(cause: unknown): RingwireError {
		const { peer } = this.#connection;
		const what = `${describePeer(peer)} was cut off because it sent an invalid frame: ${reasonOf(cause)}`;
		return serviceError('ERR_RINGWIRE_DECODE', this.#options.service.name, what, { cause, peer });
	}

	#closedError(what: string): RingwireError {
		const { peer } = this.#connection;
		return serviceError('ERR_RINGWIRE_CLOSED', this.#options.service.name, what, { peer });
	}
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
	return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
