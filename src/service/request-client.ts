import { checkSignal } from '../base/abort.js';
import { checkOptions, checkTimeout } from '../base/check.js';
import { departureError } from '../base/departure-error.js';
import { Emitter } from '../base/emitter.js';
import { type RingwireError, type RingwireErrorCode, reasonOf, serviceError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import type { DuplexConnection } from '../connection/connection.js';
import { type Frame, frameHeaderBytes, idMax, payloadOf, type ReceivedFrame } from '../definition/frame.js';
import type { Service } from '../definition/service.js';
import { CodecGuard } from '../endpoint/codec-guard.js';
import { messageSource, nothing } from '../reader/message-source.js';
import { Encoder } from '../writer/encoder.js';
import { FrameQueue } from './frame-queue.js';
import { PayloadEncoder, payloadDecoder } from './payload.js';
import { PendingRequest } from './pending-request.js';
import { decodeRefusal } from './refusal-frame.js';
import { decodeFailure } from './remote-error.js';
import { type RequestOptions, requestKeys, type ServiceClient, type ServiceClientEvent } from './types.js';

const tooLargeRemedy = 'define the service with a larger request.capacity';

export class RequestClient<Request, Response>
	extends Emitter<ServiceClientEvent>
	implements ServiceClient<Request, Response>
{
	readonly name: string;
	readonly peer: Peer;
	readonly #service: Service<Request, never, unknown, Response>;
	readonly #connection: DuplexConnection<Frame, ReceivedFrame>;
	readonly #inFlightMax: number;
	readonly #encoder: PayloadEncoder<Request>;
	readonly #decode: (frame: ReceivedFrame) => Response;
	readonly #queue: FrameQueue;
	/** Runs while the codec of requests or of responses does. */
	readonly #guard = new CodecGuard();
	readonly #pending = new Map<number, PendingRequest<Response>>();
	/** Cancellations that wait for room. They count as requests in flight, which limits their number. */
	#cancelling = 0;
	#id = 0;

	constructor(
		service: Service<Request, never, unknown, Response>,
		connection: DuplexConnection<Frame, ReceivedFrame>,
		inFlightMax: number,
	) {
		super(['disconnect', 'close']);
		this.name = service.name;
		this.peer = connection.peer;
		this.#service = service;
		this.#connection = connection;
		this.#inFlightMax = inFlightMax;
		const messageMax = connection.writer.messageMax - frameHeaderBytes;
		const error = this.#error.bind(this);
		this.#encoder = new PayloadEncoder(new Encoder(service.request.codec, messageMax, tooLargeRemedy, error));
		this.#decode = payloadDecoder(service.response.codec);
		this.#queue = new FrameQueue(connection.writer);
		connection.on('disconnect', (event) => void this.emitEvent(event));
		connection.on('close', (event) => void this.emitEvent(event));
		void this.#receive();
	}

	get closed(): boolean {
		return this.#connection.closed;
	}

	get closeReason(): DepartureReason | undefined {
		return this.#connection.closeReason;
	}

	get inFlight(): number {
		return this.#pending.size + this.#cancelling;
	}

	request(message: Request, options?: RequestOptions): Promise<Response> {
		try {
			const { timeoutMs = Number.POSITIVE_INFINITY, signal } = checkOptions('options', options, requestKeys);
			checkTimeout('timeoutMs', timeoutMs);
			checkSignal('signal', signal)?.throwIfAborted();
			this.#assertFree();
			const payload = this.#encode(message);
			// The codec may have closed the client or aborted the signal.
			signal?.throwIfAborted();
			this.#assertFree();
			return this.#send(payload, timeoutMs, signal);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	whenClosed(): Promise<DepartureReason> {
		return this.#connection.whenClosed();
	}

	ref(): this {
		this.#connection.ref();
		return this;
	}

	unref(): this {
		this.#connection.unref();
		return this;
	}

	close(): Promise<void> {
		return new Promise((resolve) => {
			if (this.#guard.defer(() => resolve(this.close()))) return;
			this[Symbol.dispose]();
			resolve();
		});
	}

	[Symbol.dispose](): void {
		if (this.#guard.defer(() => this[Symbol.dispose]())) return;
		this.#connection[Symbol.dispose]();
		this.#rejectAll(this.#closedError());
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	#assertFree(): void {
		if (this.#connection.closed) throw this.#closedError();
		if (this.#guard.running) {
			throw this.#error('ERR_RINGWIRE_BUSY', 'a codec of the service must not send a request by the same client');
		}
		if (this.inFlight < this.#inFlightMax) return;
		const what = `${this.#inFlightMax} requests are in flight already: await one of them`;
		throw this.#error('ERR_RINGWIRE_BUSY', what);
	}

	#encode(message: Request): Uint8Array {
		this.#guard.enter();
		try {
			return this.#encoder.encode(message);
		} finally {
			this.#guard.exit();
		}
	}

	#send(payload: Uint8Array, timeoutMs: number, signal: AbortSignal | undefined): Promise<Response> {
		const id = this.#freeId();
		const pending = new PendingRequest<Response>({
			timeoutMs,
			signal,
			guard: this.#guard,
			expired: () => this.#error('ERR_RINGWIRE_TIMEOUT', `there was no response within ${timeoutMs} ms`),
			settled: () => void this.#pending.delete(id),
			cancel: () => this.#cancel(id),
		});
		this.#pending.set(id, pending);
		pending.write(this.#queue, { kind: 'request', id, payload });
		return pending.response;
	}

	#freeId(): number {
		do this.#id = this.#id === idMax ? 0 : this.#id + 1;
		while (this.#pending.has(this.#id));
		return this.#id;
	}

	#cancel(id: number): void {
		if (this.#connection.closed) return;
		this.#cancelling++;
		this.#queue.add({ kind: 'cancel', id, payload: new Uint8Array() }, () => {
			this.#cancelling--;
		});
	}

	async #receive(): Promise<void> {
		const source = this.#connection.reader[messageSource];
		let failure: unknown;
		try {
			do {
				for (let frame = source.next(); frame !== nothing; frame = source.next()) this.#take(frame);
			} while ((await source.whenReadable()) === 'readable');
		} catch (error) {
			failure = error;
		}
		this.#connection[Symbol.dispose]();
		this.#rejectAll(failure ?? this.#closedError());
	}

	#take(frame: ReceivedFrame): void {
		const pending = this.#pending.get(frame.id);
		if (pending === undefined) return; // a late response
		this.#guard.enter();
		try {
			switch (frame.kind) {
				case 'answer':
					pending.resolve(this.#decode(frame));
					break;
				case 'failed':
					pending.reject(decodeFailure(payloadOf(frame)));
					break;
				case 'refused':
					pending.reject(decodeRefusal(payloadOf(frame), this.name, this.peer));
					break;
				case 'request':
				case 'cancel':
					throw new RangeError(`a client got a frame of kind ${frame.kind}`);
			}
		} catch (cause) {
			const what = `the codec "${this.#service.response.codec.id}" cannot decode a response: ${reasonOf(cause)}`;
			pending.reject(this.#error('ERR_RINGWIRE_DECODE', what, { cause }));
		} finally {
			this.#guard.exit();
		}
	}

	#rejectAll(reason: unknown): void {
		this.#queue.close();
		this.#cancelling = 0;
		for (const pending of this.#pending.values()) pending.reject(reason);
	}

	#closedError(): RingwireError {
		const { name, peer, closeReason = 'closed' } = this;
		if (closeReason !== 'closed') return departureError('service', name, peer, closeReason);
		const what = 'the client is closed, or its server has closed: connect again';
		return this.#error('ERR_RINGWIRE_CLOSED', what, { peer });
	}

	#error(code: RingwireErrorCode, what: string, details: { cause?: unknown; peer?: Peer } = {}): RingwireError {
		return serviceError(code, this.name, what, details);
	}
}
