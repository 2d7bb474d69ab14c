import type { BehaviorSubject, Subscriber } from 'rxjs';
import { onAbort } from '../base/abort.js';
import { RingwireError } from '../base/errors.js';
import { describePeer, type Peer } from '../base/peer.js';
import type { DuplexConnection } from '../connection/connection.js';
import { messageSource } from '../reader/message-source.js';
import { fromChannel } from './from-channel.js';
import type { PendingSends } from './pending-sends.js';
import { type Attempts, pause } from './reconnect.js';

/** How a duplex subject stands with its server. */
export type DuplexState =
	/** `attempt` counts from 1 since the last connection, or the first subscription. */
	| { readonly state: 'connecting'; readonly attempt: number }
	| { readonly state: 'open'; readonly peer: Peer }
	| {
			readonly state: 'closed';
			/** The attempt that failed; 0 when there was a connection, or nothing was tried. */
			readonly attempt: number;
			/** Why; undefined after an end, and when nobody subscribes any more. */
			readonly error: unknown;
			/** When the next attempt will be made; undefined: none will. */
			readonly retryMs: number | undefined;
			/** Messages that the server had not read and never will. */
			readonly unread: number;
			/** Messages that wait for the next connection. */
			readonly unsent: number;
	  };

type Closed = Extract<DuplexState, { readonly state: 'closed' }>;

export function closed(known: Partial<Closed>): DuplexState {
	return { state: 'closed', attempt: 0, error: undefined, retryMs: undefined, unread: 0, unsent: 0, ...known };
}

export interface ClientSessionParts<Out, In> {
	readonly hearer: Subscriber<In>;
	readonly outbox: PendingSends<Out>;
	readonly state: BehaviorSubject<DuplexState>;
	readonly attempts: Attempts;
	connect(signal: AbortSignal): Promise<DuplexConnection<Out, In>>;
}

/** What a connection, or the search for one, came to; `error` undefined: to its proper end. */
interface Outcome {
	readonly error: unknown;
	/** Another attempt would be against the will of one of the two sides. */
	readonly final: boolean;
	readonly unread: number;
}

/** From the first subscriber of a duplex subject to the last: connections one after another, and what is heard over them. */
export class ClientSession<Out, In> {
	readonly #parts: ClientSessionParts<Out, In>;
	readonly #leaving = new AbortController();
	#over = false;

	constructor(parts: ClientSessionParts<Out, In>) {
		this.#parts = parts;
	}

	begin(): void {
		void this.#converse();
	}

	/** This side has had enough; nobody is told but `state`. */
	leave(): void {
		this.#leaving.abort();
		this.#parts.outbox.close();
		this.#end({});
	}

	fail(error: unknown): void {
		this.#end({ error });
		this.#parts.hearer.error(error);
	}

	async #converse(): Promise<void> {
		const { hearer, attempts, state } = this.#parts;
		while (!this.#over) {
			attempts.begin();
			state.next({ state: 'connecting', attempt: attempts.count });
			const { error, final, unread } = await this.#attempt();
			if (this.#over) return;
			if (error === undefined) {
				this.#end({});
				hearer.complete();
				return;
			}
			const retryMs = final ? undefined : attempts.delayAfter(error);
			const known = { attempt: attempts.count, error, retryMs, unread };
			if (retryMs === undefined) {
				this.#end(known);
				hearer.error(error);
				return;
			}
			this.#tellClosed(known);
			await pause(retryMs, this.#leaving.signal).catch(() => {});
		}
	}

	async #attempt(): Promise<Outcome> {
		const { outbox, state, attempts, hearer } = this.#parts;
		const { signal } = this.#leaving;
		let connection: DuplexConnection<Out, In>;
		try {
			connection = await this.#parts.connect(signal);
		} catch (error) {
			return { error, final: false, unread: 0 };
		}
		try {
			signal.throwIfAborted();
			attempts.succeeded();
			state.next({ state: 'open', peer: connection.peer });
			outbox.open(connection.writer);
			signal.throwIfAborted(); // sending what had waited may have been the end of it
			await hear(connection, hearer, signal);
			return { error: undefined, final: false, unread: 0 };
		} catch (error) {
			const { unread, readers } = await connection.writer.close({ lingerMs: 0 });
			const final = outbox.completed || connection.reader[messageSource].isShutDown;
			return { error, final, unread: readers > 0 ? 0 : unread }; // who is there still reads it
		} finally {
			if (!this.#over) outbox.close();
			void connection.close({ lingerMs: 0 });
		}
	}

	#end(known: Partial<Closed>): void {
		if (this.#over) return;
		this.#over = true;
		this.#tellClosed(known);
	}

	#tellClosed(known: Partial<Closed>): void {
		const { outbox, state } = this.#parts;
		state.next(closed({ ...known, unsent: outbox.pending }));
	}
}

/** Passes on what the server says. Resolves at its end, and rejects with what comes instead, or with `signal.reason`. */
function hear<In>(
	{ reader, peer, name: channel }: DuplexConnection<unknown, In>,
	hearer: Subscriber<In>,
	signal: AbortSignal,
): Promise<void> {
	return new Promise((resolve, reject) => {
		let leftUnended = false;
		reader.on('disconnect', ({ ended }) => {
			leftUnended = !ended;
		});
		const failed = (code: 'ERR_RINGWIRE_PEER_DIED' | 'ERR_RINGWIRE_CLOSED', what: string) =>
			reject(new RingwireError(code, `channel "${channel}": ${what}`, { channel, peer }));
		const subscription = fromChannel(reader, { onDecodeError: 'error' }).subscribe({
			next: (message) => hearer.next(message),
			error: reject,
			complete() {
				if (reader[messageSource].isShutDown) failed('ERR_RINGWIRE_CLOSED', 'it has been shut down');
				else if (leftUnended) failed('ERR_RINGWIRE_PEER_DIED', `${describePeer(peer)} left without end()`);
				else resolve();
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
