import { departureError } from '../base/departure-error.js';
import { channelError, type RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';

type Writing =
	| { readonly is: 'open' }
	/** `end` was called. The handle stays open until it is closed. */
	| { readonly is: 'ended' }
	/** The channel has been shut down. */
	| { readonly is: 'shut down' }
	/** By `close`, by disposal, or by the writer's signal (`abort`). The handle may still wait for its readers. */
	| { readonly is: 'closed'; readonly abort: { readonly reason: unknown } | undefined };

type State =
	| Writing
	/** The only peer, that of a connection, is gone for good. `before`: whether and why nothing could be written before that. */
	| { readonly is: 'parted'; readonly peer: Peer; readonly reason: DepartureReason; readonly before: Writing };

/** How far a writer's life has come. One transition for each event; everything else is derived from the state. */
export class WriterLifecycle {
	/** The name of the channel. */
	readonly channel: string;
	#state: State = { is: 'open' };

	constructor(channel: string) {
		this.channel = channel;
	}

	/** Whether messages can be written. */
	get isOpen(): boolean {
		return this.#state.is === 'open';
	}

	/** `end` was called, and nothing has happened since. */
	get isEnded(): boolean {
		return this.#state.is === 'ended';
	}

	/** By this side. */
	get isClosed(): boolean {
		return this.#writing.is === 'closed';
	}

	get isShutDown(): boolean {
		return this.#writing.is === 'shut down';
	}

	/** The only peer is gone: the messages in the lane have no reader. */
	get isParted(): boolean {
		return this.#state.is === 'parted';
	}

	/** Returns false if it changes nothing. */
	end(): boolean {
		if (this.#state.is !== 'open') return false;
		this.#state = { is: 'ended' };
		return true;
	}

	shutDown(): void {
		if (this.#state.is === 'open' || this.#state.is === 'ended') this.#state = { is: 'shut down' };
	}

	/** The only peer is gone. The first departure counts: returns false for any other. */
	part(peer: Peer, reason: DepartureReason): boolean {
		if (this.#state.is === 'parted') return false;
		this.#state = { is: 'parted', peer, reason, before: this.#state };
		return true;
	}

	/** The first close counts, unless the signal aborts while the handle waits for its readers. */
	close(abort?: { readonly reason: unknown }): void {
		if (this.isClosed && abort === undefined) return;
		const closed: Writing = { is: 'closed', abort };
		this.#state = this.#state.is === 'parted' ? { ...this.#state, before: closed } : closed;
	}

	/** The error of calls on a writer that is not open. */
	closedError(): RingwireError {
		const state = this.#state;
		if (state.is === 'parted' && state.before.is === 'open') {
			return departureError('channel', this.channel, state.peer, state.reason);
		}
		const writing = this.#writing;
		if (writing.is === 'ended') return this.#closedError('the writer has ended');
		if (writing.is === 'shut down') return this.#closedError('the channel has been shut down');
		const abort = writing.is === 'closed' ? writing.abort : undefined;
		return this.#closedError('the writer is closed', abort && { cause: abort.reason });
	}

	/** The reason for which calls that wait fail when the writer leaves. */
	get failure(): unknown {
		return this.leaving === undefined ? this.closedError() : this.leaving.reason;
	}

	/** The reason for leaving, if it was neither a call nor the channel's end: its signal, or the loss of its only peer. */
	get leaving(): { readonly reason: unknown } | undefined {
		const state = this.#state;
		const writing = this.#writing;
		if (writing.is === 'closed' && writing.abort !== undefined) return writing.abort;
		if (state.is !== 'parted') return undefined;
		return { reason: departureError('channel', this.channel, state.peer, state.reason) };
	}

	get #writing(): Writing {
		return this.#state.is === 'parted' ? this.#state.before : this.#state;
	}

	#closedError(what: string, details?: { cause: unknown }): RingwireError {
		return channelError('ERR_RINGWIRE_CLOSED', this.channel, what, details);
	}
}
