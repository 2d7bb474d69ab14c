import { departureError } from '../base/departure-error.js';
import { RingwireError, type RingwireErrorCode, reasonOf } from '../base/errors.js';
import type { Peer } from '../base/peer.js';
import type { DuplexConnection } from '../connection/connection.js';
import { type Frame, frameHeaderBytes, payloadOf } from '../definition/frame.js';
import type { Service } from '../definition/service.js';
import { messageSource, nothing } from '../reader/message-source.js';
import { Encoder } from '../writer/encoder.js';
import { FrameQueue } from './frame-queue.js';
import { encodeRefusal } from './refusal-frame.js';
import { encodeFailure } from './remote-error.js';

/** What a handler is told besides the request. */
export interface RequestContext {
	/** The client. */
	readonly peer: Peer;
	/** Aborts when nobody waits for the response any more: the client gave up or is gone, or the server closes. */
	readonly signal: AbortSignal;
}

export type RequestHandler<Request, Response> = (
	request: Request,
	context: RequestContext,
) => Response | PromiseLike<Response>;

const tooLargeRemedy = 'define the service with a larger response.capacity';

/** A request that its handler is busy with. The signal is made when it is asked for: most handlers never do. */
class Running implements RequestContext {
	readonly peer: Peer;
	#controller: AbortController | undefined;
	#aborted: { readonly reason: unknown } | undefined;

	constructor(peer: Peer) {
		this.peer = peer;
	}

	get aborted(): boolean {
		return this.#aborted !== undefined;
	}

	get signal(): AbortSignal {
		this.#controller ??= new AbortController();
		if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
		return this.#controller.signal;
	}

	abort(reason: unknown): void {
		this.#aborted = { reason };
		this.#controller?.abort(reason);
	}
}

/**
 * One client of a server of requests. At most `inFlightMax` of its requests are with the handler or wait to be answered;
 * more are refused with BUSY. While responses wait for room, no further frame is read: then the client's own lane fills.
 */
export class ServerSession<Request, Response> {
	readonly #service: Service<never, Response, Request, unknown>;
	readonly #handler: RequestHandler<Request, Response>;
	readonly #connection: DuplexConnection<Frame, Frame>;
	readonly #inFlightMax: number;
	readonly #encoder: Encoder<Response>;
	readonly #payloadMax: number;
	readonly #outbox: FrameQueue;
	readonly #running = new Map<number, Running>();
	#inFlight = 0;

	constructor(
		service: Service<never, Response, Request, unknown>,
		handler: RequestHandler<Request, Response>,
		connection: DuplexConnection<Frame, Frame>,
		inFlightMax: number,
	) {
		this.#service = service;
		this.#handler = handler;
		this.#connection = connection;
		this.#inFlightMax = inFlightMax;
		this.#payloadMax = connection.writer.messageMax - frameHeaderBytes;
		// The client is told of its error, and names the service itself.
		const makeError = (...what: ConstructorParameters<typeof RingwireError>) => new RingwireError(...what);
		this.#encoder = new Encoder(service.response.codec, this.#payloadMax, tooLargeRemedy, makeError);
		this.#outbox = new FrameQueue(connection.writer);
		connection.whenOver(() => this.#over());
		void this.#receive();
	}

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
					if (this.#outbox.size > 0) await this.#outbox.whenEmpty();
				}
			} while ((await source.whenReadable()) === 'readable');
		} catch {
			// The client is gone, which has been told, or it does not speak as we do.
		} finally {
			this.#connection[Symbol.dispose]();
		}
	}

	#take(frame: Frame): void {
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

	#accept(frame: Frame): void {
		const { id } = frame;
		if (this.#inFlight >= this.#inFlightMax) {
			this.#refuse(
				id,
				'ERR_RINGWIRE_BUSY',
				`the server is busy with ${this.#inFlightMax} requests of this client`,
			);
			return;
		}
		let request: Request;
		try {
			request = this.#service.request.codec.decode(payloadOf(frame));
		} catch (cause) {
			const codec = `the codec "${this.#service.request.codec.id}"`;
			this.#refuse(id, 'ERR_RINGWIRE_DECODE', `${codec} cannot decode a request: ${reasonOf(cause)}`);
			return;
		}
		const running = new Running(this.#connection.peer);
		this.#running.set(id, running);
		this.#inFlight++;
		try {
			const response = this.#handler(request, running);
			if (isPromise(response)) {
				// Those of another make may settle twice.
				Promise.resolve(response).then(
					(value) => this.#answer(id, running, value),
					(exception: unknown) => this.#fail(id, running, exception),
				);
			} else this.#answer(id, running, response);
		} catch (exception) {
			this.#fail(id, running, exception);
		}
	}

	#answer(id: number, running: Running, response: Response): void {
		if (running.aborted) this.#forget(id, running);
		else this.#reply(this.#answerOf(id, response), running);
	}

	#answerOf(id: number, response: Response): Frame {
		try {
			return { kind: 'answer', id, payload: this.#encoder.encode(response) };
		} catch (error) {
			const code = error instanceof RingwireError ? error.code : 'ERR_RINGWIRE_ENCODE';
			return this.#refusalOf(id, code, `the response: ${reasonOf(error)}`);
		}
	}

	#fail(id: number, running: Running, exception: unknown): void {
		if (running.aborted) this.#forget(id, running);
		else this.#reply({ kind: 'failed', id, payload: encodeFailure(exception, this.#payloadMax) }, running);
	}

	/**
	 * The request keeps its place until the response is in the lane. Does not throw, as nobody would catch it: a reply that
	 * cannot be written ends the connection, or the client would wait for ever.
	 */
	#reply(frame: Frame, running: Running): void {
		const forget = () => this.#forget(frame.id, running);
		if (this.#connection.closed) forget();
		else {
			try {
				this.#outbox.add(frame, forget);
			} catch {
				forget();
				this.#connection[Symbol.dispose]();
			}
		}
	}

	#refuse(id: number, code: RingwireErrorCode, what: string): void {
		if (!this.#connection.closed) this.#outbox.add(this.#refusalOf(id, code, what), () => {});
	}

	#refusalOf(id: number, code: RingwireErrorCode, what: string): Frame {
		return { kind: 'refused', id, payload: encodeRefusal(code, what, this.#payloadMax) };
	}

	#forget(id: number, running: Running): void {
		this.#inFlight--;
		if (this.#running.get(id) === running) this.#running.delete(id);
	}

	#abort(id: number): void {
		const running = this.#running.get(id);
		if (running === undefined) return;
		// It keeps its place until the handler is done, but the id is the client's again.
		this.#running.delete(id);
		running.abort(this.#error('ERR_RINGWIRE_CLOSED', 'the client does not wait for the response any more'));
	}

	#over(): void {
		this.#outbox.close();
		const { peer, closeReason = 'closed' } = this.#connection;
		const reason =
			closeReason === 'closed'
				? this.#error('ERR_RINGWIRE_CLOSED', 'the connection is closed', { peer })
				: departureError('service', this.#service.name, peer, closeReason);
		for (const running of this.#running.values()) running.abort(reason);
		this.#running.clear();
	}

	#error(code: RingwireErrorCode, what: string, details: { cause?: unknown; peer?: Peer } = {}): RingwireError {
		const { name } = this.#service;
		return new RingwireError(code, `service "${name}": ${what}`, { ...details, channel: name });
	}
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
	return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
