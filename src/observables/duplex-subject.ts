import { BehaviorSubject, Observable, type Observer, share } from 'rxjs';
import { checkInteger, checkOptions, checkSpin, type KeysOf } from '../base/check.js';
import { checkRetry, retryKeys } from '../base/retry.js';
import { type ConnectOptions, connectTo } from '../connection/connect.js';
import { checkDuplex, type Duplex } from '../definition/duplex.js';
import { ClientSession, closed, type DuplexState } from './client-session.js';
import { PendingSends } from './pending-sends.js';
import { Attempts, type Reconnect } from './reconnect.js';

export interface DuplexSubjectOptions extends Omit<ConnectOptions, 'signal'> {
	/** How many messages may wait for a connection, or for room in it: 0 to 1,048,576, default 16. */
	readonly pendingMax?: number | undefined;
	/** Default: what fails, fails. With it `timeoutMs`, the limit of one attempt, is 1000 by default. */
	readonly reconnect?: Reconnect | undefined;
}

const duplexSubjectKeys: KeysOf<DuplexSubjectOptions> = {
	...retryKeys,
	spinMicros: true,
	pendingMax: true,
	reconnect: true,
};

/** A conversation with a server: subscribe to hear, `next` to speak. */
export interface DuplexSubject<Out, In> extends Observable<In>, Observer<Out> {
	/** How it stands, now and at each change; it never ends. */
	readonly state: Observable<DuplexState>;
}

/**
 * A client's connection as a subject, as RxJS's `webSocket()` is for a web socket. The first subscriber connects, the last one to leave closes the
 * connection; in between all hear the same messages. Who subscribes after an end or a failure begins anew.
 *
 * - `next` writes to the server. While there is no connection, or no room in its ring, up to `pendingMax` messages wait, in order; one more
 *   throws FULL and has not been taken. (As the observer of an Observable, RxJS makes an uncaught exception of that: nothing is dropped
 *   silently.) Throws ENCODE and TOO_LARGE, and CLOSED after `complete`. A message that waited and cannot be written fails the subject.
 * - `complete` ends our direction after what waits; the server may go on, and its end completes the subscribers. `error(reason)` leaves at once,
 *   forgets what waits, and fails the subscribers with `reason`.
 * - When it waits: subscribing never does. Without `reconnect` it looks for the server as `connect` does, without limit by default.
 * - When full: a subscriber that takes its time is backpressure on the server, as with `fromChannel`. For asynchronous work use `connect` and
 *   `fromChannel(connection.reader)` with `pullMap`.
 * - At the end: completes when the server has ended its direction and all is delivered.
 * - On error: what `connect` rejects with; DECODE; PEER_DIED when the server was killed or left without having ended; CLOSED after a shutdown. All but
 *   MISMATCH, VERSION, ACCESS, UNSUPPORTED, CORRUPT, DECODE, a shutdown and what happens after `complete` lead to another attempt if there is
 *   `reconnect`; then only `state` tells, and how many messages the server had not read, which are not sent again.
 * - What concurrency cannot change: the order of the messages in each direction.
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
	checkSpin(rest.spinMicros);
	new Attempts(reconnect);
	return new ReconnectingSubject(checkDuplex(duplex), { ...rest, timeoutMs }, reconnect, pendingMax);
}

class ReconnectingSubject<Out, In> extends Observable<In> implements DuplexSubject<Out, In> {
	readonly state: Observable<DuplexState>;
	readonly #outbox: PendingSends<Out>;
	/** While somebody subscribes. */
	#conversation: ClientSession<Out, In> | undefined;

	constructor(
		duplex: Duplex<Out, never, unknown, In>,
		connectOptions: ConnectOptions,
		reconnect: Reconnect | undefined,
		pendingMax: number,
	) {
		super((subscriber) => heard.subscribe(subscriber));
		const outbox = new PendingSends<Out>(duplex.name, pendingMax, (error) => this.#conversation?.fail(error));
		const state = new BehaviorSubject(closed({}));
		const connect = (signal: AbortSignal) => connectTo(duplex, { ...connectOptions, signal });
		const heard = new Observable<In>((hearer) => {
			const conversation = new ClientSession({
				hearer,
				outbox,
				state,
				connect,
				attempts: new Attempts(reconnect),
			});
			this.#conversation = conversation;
			hearer.add(() => {
				this.#conversation = undefined;
				conversation.leave();
				outbox.renew();
			});
			conversation.begin();
		}).pipe(share());
		this.state = state.asObservable();
		this.#outbox = outbox;
	}

	next(message: Out): void {
		this.#outbox.send(message);
	}

	complete(): void {
		this.#outbox.complete();
	}

	error(reason: unknown): void {
		this.#outbox.clear();
		this.#conversation?.fail(reason);
	}
}
