import { BehaviorSubject, Observable, type Observer, share } from 'rxjs';
import { checkInteger, checkOptions, type KeysOf } from '../base/check.js';
import { checkRetry, retryKeys } from '../base/retry.js';
import { type ConnectOptions, checkConnectionReader, connectTo } from '../connection/connect.js';
import { checkDuplex, type Duplex } from '../definition/duplex.js';
import { ClientSession, closed, type DuplexState } from './client-session.js';
import { multiplex } from './multiplex.js';
import { PendingSends } from './pending-sends.js';
import { Attempts, type Reconnect } from './reconnect.js';

/** `timeoutMs` limits each attempt to connect; with `reconnect` it is 1000 by default. */
export interface DuplexSubjectOptions extends Omit<ConnectOptions, 'signal'> {
	/** How many messages may wait for a connection, or for room in its ring: 0 to 1,048,576, default 16. */
	readonly pendingMax?: number | undefined;
	/** Connects again after a failure. Default: a failure fails the subject. */
	readonly reconnect?: Reconnect | undefined;
}

const duplexSubjectKeys: KeysOf<DuplexSubjectOptions> = {
	...retryKeys,
	messageMax: true,
	spinMicros: true,
	pendingMax: true,
	reconnect: true,
};

/** A client's connection: emits the server's messages, and sends the messages that `next` is given. */
export interface DuplexSubject<Out, In> extends Observable<In>, Observer<Out> {
	/** The state of the connection, now and after each change. Never completes. */
	readonly state: Observable<DuplexState>;
	/**
	 * The messages that pass `filter`, for one of several logical streams over this connection. When it is subscribed, the result of
	 * `subscribeMessage` is sent, or as soon as there is a connection, and again on each connection that `reconnect` makes. When it is unsubscribed or
	 * fails, the result of `unsubscribeMessage` is sent, if the connection is open and `complete` has not been called.
	 *
	 * An exception of `subscribeMessage` or `filter`, and an error of `next` for the subscribe message, fail it. An error for the unsubscribe message
	 * goes to RxJS (`config.onUnhandledError`).
	 */
	multiplex<Part extends In>(
		subscribeMessage: () => Out,
		unsubscribeMessage: () => Out,
		filter: (message: In) => message is Part,
	): Observable<Part>;
	multiplex(
		subscribeMessage: () => Out,
		unsubscribeMessage: () => Out,
		filter: (message: In) => boolean,
	): Observable<In>;
}

/**
 * A client's connection as a subject, as `webSocket()` of RxJS for a web socket. The first subscriber connects, and the last one to leave closes the
 * connection. All subscribers in between get the same messages. A subscription after an end or a failure connects again.
 *
 * - `next` writes to the server. Without a connection, or without room in its ring, up to `pendingMax` messages wait, in order. One more
 *   throws FULL and is not taken. Throws ENCODE and TOO_LARGE, and CLOSED after `complete`. A message that has waited and cannot be written
 *   fails the subject. RxJS makes an uncaught exception of an error that `next` throws to an Observable.
 * - `complete` ends the direction to the server after the messages that wait. The server may go on. The subscribers complete when the server ends or closes.
 * - `error` closes the connection at once without ending it, drops the messages that wait, and fails the subscribers with its reason.
 * - When it waits: subscribing never waits. Without `reconnect` it waits for a server as `connect` does, by default without limit.
 * - When full: a slow subscriber is backpressure on the server, as with `fromChannel`. For asynchronous work use `connect` and
 *   `fromChannel(connection.reader)` with `pullMap`.
 * - At the end: completes when the server has ended its direction, or has shut the connection down, and everything is delivered. A server that
 *   closes without having ended also completes it, unless there is `reconnect`: then the server is taken to restart, and the subject connects
 *   again. Send an end (`connection.writer.end()`) to complete clients that reconnect.
 * - On error: fails as `connect` rejects; with DECODE; with PEER_DIED when the server has died. With `reconnect` it connects again instead, except after
 *   MISMATCH, VERSION, ACCESS, UNSUPPORTED, CORRUPT, DECODE, and after `complete`. `state` then has the error, and the number of messages that the server has not
 *   read. These are not sent again.
 * - Kept under concurrency: the order of the messages in each direction.
 *
 * Differences from `webSocket()`:
 * - `next` throws beyond `pendingMax` and after `complete`. `webSocket()` queues without bound before a connection, and drops afterwards.
 * - `complete` leaves the other direction open: a web socket cannot be half closed. The server's reader ends; a server that only
 *   reads then ends or closes, and the subscribers complete.
 * - `error` takes any reason and fails the subscribers with it. There is no close code to send.
 * - `state` takes the place of `openObserver`, `closeObserver` and `closingObserver`, and the codec that of `serializer` and `deserializer`.
 * - `multiplex` sends its unsubscribe message only while the connection is open. `webSocket()` keeps it for the next connection.
 *
 * Throws TypeError and RangeError for its arguments.
 */
export function duplexSubject<ToServer, ToClient>(
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	options?: DuplexSubjectOptions,
): DuplexSubject<ToServer, ToClient> {
	const { pendingMax = 16, reconnect, ...retry } = checkOptions('options', options, duplexSubjectKeys);
	checkInteger('pendingMax', pendingMax, { min: 0, max: 2 ** 20, unit: 'messages' });
	const { timeoutMs = reconnect === undefined ? Number.POSITIVE_INFINITY : 1000, ...rest } = retry;
	checkRetry({ ...rest, timeoutMs });
	checkConnectionReader(rest);
	new Attempts(reconnect); // checks the policy
	return new ReconnectingSubject(checkDuplex(duplex), { ...rest, timeoutMs }, reconnect, pendingMax);
}

class ReconnectingSubject<Out, In> extends Observable<In> implements DuplexSubject<Out, In> {
	readonly state: Observable<DuplexState>;
	readonly #sends: PendingSends<Out>;
	/** Present while there is a subscriber. */
	#session: ClientSession<Out, In> | undefined;

	constructor(
		duplex: Duplex<Out, never, unknown, In>,
		connectOptions: ConnectOptions,
		reconnect: Reconnect | undefined,
		pendingMax: number,
	) {
		super((subscriber) => received.subscribe(subscriber));
		const sends = new PendingSends<Out>(duplex.name, pendingMax, (error) => this.#session?.fail(error));
		const state = new BehaviorSubject(closed({}));
		const connect = (signal: AbortSignal) => connectTo(duplex, { ...connectOptions, signal });
		const received = new Observable<In>((subscriber) => {
			const session = new ClientSession({ subscriber, sends, state, connect, attempts: new Attempts(reconnect) });
			this.#session = session;
			subscriber.add(() => {
				this.#session = undefined;
				session.leave();
				sends.renew();
			});
			session.begin();
		}).pipe(share());
		this.state = state.asObservable();
		this.#sends = sends;
	}

	next(message: Out): void {
		this.#sends.send(message);
	}

	complete(): void {
		this.#sends.complete();
	}

	error(reason: unknown): void {
		this.#sends.clear();
		this.#session?.fail(reason);
	}

	multiplex<Part extends In>(
		subscribeMessage: () => Out,
		unsubscribeMessage: () => Out,
		filter: (message: In) => message is Part,
	): Observable<Part>;
	multiplex(
		subscribeMessage: () => Out,
		unsubscribeMessage: () => Out,
		filter: (message: In) => boolean,
	): Observable<In>;
	multiplex(
		subscribeMessage: () => Out,
		unsubscribeMessage: () => Out,
		filter: (message: In) => boolean,
	): Observable<In> {
		return multiplex(
			{ messages: this, state: this.state, sends: this.#sends },
			subscribeMessage,
			unsubscribeMessage,
			filter,
		);
	}
}
