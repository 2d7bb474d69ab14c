import type { BehaviorSubject, Subscriber } from 'rxjs';
import { onAbort } from '../base/abort.js';
import { departureError } from '../base/departure-error.js';
import type { Peer } from '../base/peer.js';
import type { DuplexConnection } from '../connection/connection.js';
import { messageSource } from '../reader/message-source.js';
import { fromChannel } from './from-channel.js';
import type { PendingSends } from './pending-sends.js';
import { type Attempts, pause } from './reconnect.js';

/** The state of a duplex subject's connection to its server. */
export type DuplexState =
	/** `attempt` counts from 1 since the last connection, or since the first subscription. */
	| { readonly state: 'connecting'; readonly attempt: number }
	| { readonly state: 'open'; readonly peer: Peer }
	| {
			readonly state: 'closed';
			/** The attempt that failed; 0 if there was a connection, or no attempt. */
			readonly attempt: number;
			/** Why it is closed; undefined when the server has ended or closed, and when the last subscriber has left. */
			readonly error: unknown;
			/** The next attempt is made after so many milliseconds; undefined: there will be none. */
			readonly retryMs: number | undefined;
			/** Messages that were written, and that the server has not read and never will. */
			readonly unread: number;
			/** Messages that wait for the next connection. */
			readonly unsent: number;
	  };

type Closed = Extract<DuplexState, { readonly state: 'closed' }>;

export function closed(known: Partial<Closed>): DuplexState {
	return { state: 'closed', attempt: 0, error: undefined, retryMs: undefined, unread: 0, unsent: 0, ...known };
}

export interface ClientSessionParts<Out, In> {
	readonly subscriber: Subscriber<In>;
	readonly sends: PendingSends<Out>;
	readonly state: BehaviorSubject<DuplexState>;
	readonly attempts: Attempts;
	connect(signal: AbortSignal): Promise<DuplexConnection<Out, In>>;
}

/** How a connection, or an attempt to connect, has ended. */
type Outcome = Ending & {
	/** No further attempt may be made. */
	readonly final: boolean;
	readonly unread: number;
};

type Ending =
	/** The server has ended its direction, or has shut the connection down. */
	| { readonly is: 'ended' }
	/** The server has closed the connection without having ended its direction. */
	| { readonly is: 'left'; readonly error: Error }
	| { readonly is: 'failed'; readonly error: unknown };

/** A duplex subject from its first subscriber to the last: one connection after another, and the messages from the server. */
export class ClientSession<Out, In> {
	readonly #parts: ClientSessionParts<Out, In>;
	readonly #leaving = new AbortController();
	#ended = false;

	constructor(parts: ClientSessionParts<Out, In>) {
		this.#parts = parts;
	}

	begin(): void {
		void this.#run();
	}

	/** The last subscriber has left. Notifies `state` only. */
	leave(): void {
		this.#leaving.abort();
		this.#parts.sends.close();
		this.#end({});
	}

	fail(error: unknown): void {
		this.#end({ error });
		this.#parts.subscriber.error(error);
	}

	async #run(): Promise<void> {
		const { subscriber, attempts, state } = this.#parts;
		while (!this.#ended) {
			attempts.begin();
			state.next({ state: 'connecting', attempt: attempts.count });
			const outcome = await this.#attempt();
			if (this.#ended) return;
			const { unread } = outcome;
			const error = outcome.is === 'ended' ? undefined : outcome.error;
			const retryMs = outcome.final ? undefined : attempts.pauseAfter(error);
			if (retryMs !== undefined) {
				this.#emitClosed({ attempt: attempts.count, error, retryMs, unread });
				await pause(retryMs, this.#leaving.signal).catch(() => {});
			} else if (outcome.is === 'failed') {
				this.#end({ attempt: attempts.count, error, unread });
				subscriber.error(error);
			} else {
				this.#end({ unread });
				subscriber.complete();
			}
		}
	}

	async #attempt(): Promise<Outcome> {
		const { sends, state, attempts, subscriber } = this.#parts;
		const { signal } = this.#leaving;
		let connection: DuplexConnection<Out, In>;
		try {
			connection = await this.#parts.connect(signal);
		} catch (error) {
			return { is: 'failed', error, final: false, unread: 0 };
		}
		let ending: Ending;
		try {
			signal.throwIfAborted();
			attempts.succeeded();
			sends.open(connection.writer);
			signal.throwIfAborted(); // a message that had waited may have failed the subject
			state.next({ state: 'open', peer: connection.peer });
			ending = await receive(connection, subscriber, signal);
		} catch (error) {
			ending = { is: 'failed', error };
		}
		if (!this.#ended) sends.close();
		const final = ending.is === 'ended' || sends.completed;
		const { unread, readers } = await connection.writer.close({ lingerMs: 0 });
		void connection.close({ lingerMs: 0 });
		return { ...ending, final, unread: readers > 0 ? 0 : unread }; // a connected reader reads the rest
	}

	#end(known: Partial<Closed>): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#emitClosed(known);
	}

	#emitClosed(known: Partial<Closed>): void {
		const { sends, state } = this.#parts;
		state.next(closed({ ...known, unsent: sends.pending }));
	}
}

/** Passes the server's messages on. Resolves at their end; rejects as the reader fails, and with `signal.reason`. */
function receive<In>(
	{ name, reader, peer }: DuplexConnection<unknown, In>,
	subscriber: Subscriber<In>,
	signal: AbortSignal,
): Promise<Ending> {
	if (signal.aborted) return Promise.reject(signal.reason);
	return new Promise((resolve, reject) => {
		let hasLeft = false;
		reader.on('disconnect', ({ ended }) => {
			hasLeft = !ended;
		});
		const subscription = fromChannel(reader, { onDecodeError: 'error', keepOpen: true }).subscribe({
			next: (message) => subscriber.next(message),
			error: reject,
			complete() {
				const left = hasLeft && !reader[messageSource].isShutDown;
				resolve(
					left ? { is: 'left', error: departureError('channel', name, peer, 'closed') } : { is: 'ended' },
				);
			},
		});
		subscription.add(
			onAbort(signal, () => {
				subscription.unsubscribe();
				reject(signal.reason);
			}),
		);
	});
}
