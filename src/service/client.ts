import { clearTimeout, setTimeout } from 'node:timers';
import type { Waiting } from '../base/abort.js';
import { checkSignal, onAbort, waitingKeys } from '../base/abort.js';
import { checkOptions, checkTimeout, type KeysOf } from '../base/check.js';
import { departureError } from '../base/departure-error.js';
import { RingwireError, type RingwireErrorCode, reasonOf } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import { isForever } from '../base/retry.js';
import { type ConnectOptions, connectKeys, connectTo } from '../connection/connect.js';
import type { DuplexConnection } from '../connection/connection.js';
import { type Frame, frameHeaderBytes, idMax, payloadOf } from '../definition/frame.js';
import { checkInFlight, checkService, duplexOfService, type Service } from '../definition/service.js';
import { messageSource, nothing } from '../reader/message-source.js';
import { Encoder } from '../writer/encoder.js';
import { FrameQueue } from './frame-queue.js';
import { decodeRefusal } from './refusal-frame.js';
import { decodeFailure } from './remote-error.js';

export interface ServiceClientOptions extends ConnectOptions {
	/** How many requests may be under way at a time, 1 to 1,048,576, default 1024. */
	readonly inFlightMax?: number | undefined;
}

export interface RequestOptions extends Waiting {
	/** 0 or more milliseconds, Infinity (the default) waits without limit. */
	readonly timeoutMs?: number | undefined;
}

const clientKeys: KeysOf<ServiceClientOptions> = { ...connectKeys, inFlightMax: true };
const requestKeys: KeysOf<RequestOptions> = { timeoutMs: true, ...waitingKeys };

/** Sends requests to the server of a service, many at a time. It keeps the process alive until it is closed. */
export interface ServiceClient<Request, Response> {
	readonly name: string;
	readonly peer: Peer;
	/** True from `close()` on, and when the server is gone. */
	readonly closed: boolean;
	readonly closeReason: DepartureReason | undefined;
	/** Requests that are under way. */
	readonly inFlight: number;
	/**
	 * Sends the request and resolves with its response; responses come in any order. Requests are sent in order; where
	 * there is no room they wait for it. Do not change bytes given to it before it is settled.
	 *
	 * Rejects with a RemoteError for what the handler threw; with BUSY when `inFlightMax` are under way, or the server has
	 * as many as it takes; with TIMEOUT when there was no response in time; with `signal.reason`; in both cases the
	 * handler's own signal aborts and a late response is dropped. Rejects with PEER_DIED when the server dies, CORRUPT when
	 * it was cut off, CLOSED when it or this client closes; with ENCODE, TOO_LARGE and DECODE for the message that cannot
	 * be carried.
	 */
	request(message: Request, options?: RequestOptions): Promise<Response>;
	/** Resolves with `closeReason` when this is closed. */
	whenClosed(): Promise<DepartureReason>;
	/** Keeps the process alive while open; this is how a client starts. */
	ref(): this;
	/** Lets the process exit even while requests are under way. */
	unref(): this;
	/** Rejects what is under way with CLOSED, which aborts it at the server, and leaves. Idempotent. */
	close(): Promise<void>;
	/** As `close()`, at once. */
	[Symbol.dispose](): void;
	/** As `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}

/** Connects to the server of the service; waits for it and rejects as `connect` does. */
export async function connectService<Request, Response>(
	service: Service<Request, never, unknown, Response>,
	options?: ServiceClientOptions,
): Promise<ServiceClient<Request, Response>> {
	const checked = checkService(service);
	const { inFlightMax, ...connectOptions } = checkOptions('options', options, clientKeys);
	const limit = checkInFlight(inFlightMax);
	return new RequestClient(checked, await connectTo(duplexOfService(checked), connectOptions), limit);
}

const tooLargeRemedy = 'define the service with a larger request.capacity';

interface Pending<Response> {
	resolve(response: Response): void;
	reject(reason: unknown): void;
}

export class RequestClient<Request, Response> implements ServiceClient<Request, Response> {
	readonly name: string;
	readonly peer: Peer;
	readonly #service: Service<Request, never, unknown, Response>;
	readonly #connection: DuplexConnection<Frame, Frame>;
	readonly #inFlightMax: number;
	readonly #encoder: Encoder<Request>;
	readonly #outbox: FrameQueue;
	readonly #pending = new Map<number, Pending<Response>>();
	/** Cancellations that wait for room count as requests under way: so there is a limit to them. */
	#cancelling = 0;
	#id = 0;

	constructor(
		service: Service<Request, never, unknown, Response>,
		connection: DuplexConnection<Frame, Frame>,
		inFlightMax: number,
	) {
		this.name = service.name;
		this.peer = connection.peer;
		this.#service = service;
		this.#connection = connection;
		this.#inFlightMax = inFlightMax;
		const messageMax = connection.writer.messageMax - frameHeaderBytes;
		this.#encoder = new Encoder(service.request.codec, messageMax, tooLargeRemedy, (...what) =>
			this.#error(...what),
		);
		this.#outbox = new FrameQueue(connection.writer);
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
			const payload = this.#encoder.encode(message);
			// The codec may have done anything.
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

	async close(): Promise<void> {
		this[Symbol.dispose]();
	}

	[Symbol.dispose](): void {
		this.#connection[Symbol.dispose]();
		this.#rejectAll(this.#goneError());
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	#assertFree(): void {
		if (this.#connection.closed) throw this.#goneError();
		if (this.inFlight < this.#inFlightMax) return;
		const what = `${this.#inFlightMax} requests are under way already: await one of them`;
		throw this.#error('ERR_RINGWIRE_BUSY', what);
	}

	#send(payload: Uint8Array, timeoutMs: number, signal: AbortSignal | undefined): Promise<Response> {
		const id = this.#freeId();
		return new Promise((resolve, reject) => {
			let written = false;
			let takeBack = () => {};
			const settle = () => {
				this.#pending.delete(id);
				clearTimeout(timer);
				stop();
			};
			const giveUp = (reason: unknown) => {
				settle();
				takeBack();
				if (written) this.#cancel(id);
				reject(reason);
			};
			const expire = () =>
				giveUp(this.#error('ERR_RINGWIRE_TIMEOUT', `there was no response within ${timeoutMs} ms`));
			// The connection is what keeps the process alive.
			const timer = isForever(timeoutMs) ? undefined : setTimeout(expire, timeoutMs).unref();
			const stop = onAbort(signal, () => giveUp(signal?.reason));
			this.#pending.set(id, {
				resolve(response) {
					settle();
					resolve(response);
				},
				reject(reason) {
					settle();
					takeBack();
					reject(reason);
				},
			});
			try {
				takeBack = this.#outbox.add({ kind: 'request', id, payload }, () => {
					written = true;
				});
			} catch (error) {
				this.#pending.get(id)?.reject(error);
			}
		});
	}

	#freeId(): number {
		do this.#id = this.#id === idMax ? 0 : this.#id + 1;
		while (this.#pending.has(this.#id));
		return this.#id;
	}

	#cancel(id: number): void {
		if (this.#connection.closed) return;
		this.#cancelling++;
		this.#outbox.add({ kind: 'cancel', id, payload: new Uint8Array() }, () => {
			this.#cancelling--;
		});
	}

	async #receive(): Promise<void> {
		const source = this.#connection.reader[messageSource];
		let error: unknown;
		try {
			do {
				for (let frame = source.next(); frame !== nothing; frame = source.next()) this.#take(frame);
			} while ((await source.whenReadable()) === 'readable');
		} catch (failure) {
			error = failure;
		}
		this.#connection[Symbol.dispose]();
		this.#rejectAll(error ?? this.#goneError());
	}

	#take(frame: Frame): void {
		const pending = this.#pending.get(frame.id);
		if (pending === undefined) return; // it is late: nobody waits for it any more
		try {
			switch (frame.kind) {
				case 'answer':
					pending.resolve(this.#service.response.codec.decode(payloadOf(frame)));
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
		}
	}

	#rejectAll(reason: unknown): void {
		this.#outbox.close();
		this.#cancelling = 0;
		for (const pending of this.#pending.values()) pending.reject(reason);
	}

	#goneError(): RingwireError {
		const { name, peer, closeReason = 'closed' } = this;
		if (closeReason !== 'closed') return departureError('service', name, peer, closeReason);
		const what = 'the client is closed, or its server has closed: connect again';
		return this.#error('ERR_RINGWIRE_CLOSED', what, { peer });
	}

	#error(code: RingwireErrorCode, what: string, details: { cause?: unknown; peer?: Peer } = {}): RingwireError {
		return new RingwireError(code, `service "${this.name}": ${what}`, { ...details, channel: this.name });
	}
}
