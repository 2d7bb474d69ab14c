/** `ended`: the reader has reached its end, and everything was delivered. `closed`: the reader was closed. */
export type Ending = 'ended' | 'closed';

type State =
	| { readonly is: 'open' }
	/** Shut down: ends when everything that was published has been delivered. */
	| { readonly is: 'draining' }
	/** Reads fail with `error` when everything has been delivered. */
	| { readonly is: 'failing'; readonly error: Error }
	| { readonly is: 'ended'; readonly by: 'writers' | 'shutdown' }
	/** `abort`: by the reader's signal. */
	| { readonly is: 'closed'; readonly abort: { readonly reason: unknown } | undefined };

/** How far a reader's life has come. One transition for each event; everything else is derived from the state. */
export class ReaderLifecycle {
	#state: State = { is: 'open' };

	/** Why there will be no message any more. */
	get ending(): Ending | undefined {
		const { is } = this.#state;
		return is === 'ended' || is === 'closed' ? is : undefined;
	}

	get failure(): Error | undefined {
		return this.#state.is === 'failing' ? this.#state.error : undefined;
	}

	/** The abort that closed the reader. */
	get abort(): { readonly reason: unknown } | undefined {
		return this.#state.is === 'closed' ? this.#state.abort : undefined;
	}

	get isDraining(): boolean {
		return this.#state.is === 'draining';
	}

	/** Whether a shutdown has ended the channel, or is about to. */
	get isShutDown(): boolean {
		return this.isDraining || (this.#state.is === 'ended' && this.#state.by === 'shutdown');
	}

	/** The channel has been shut down. A reader that is failing goes on failing. */
	shutDown(): void {
		if (this.#state.is === 'open') this.#state = { is: 'draining' };
	}

	/** A writer is gone that had not ended, or something else makes reads fail. The first failure counts. */
	fail(error: Error): void {
		if (this.#state.is === 'open' || this.#state.is === 'draining') this.#state = { is: 'failing', error };
	}

	/** Everything has been delivered. A failing reader has not ended cleanly: it remains failing. */
	end(): void {
		if (this.#state.is === 'open') this.#state = { is: 'ended', by: 'writers' };
		else if (this.#state.is === 'draining') this.#state = { is: 'ended', by: 'shutdown' };
	}

	/** The reader was closed, also after its end. */
	close(abort?: { readonly reason: unknown }): void {
		if (this.#state.is !== 'closed') this.#state = { is: 'closed', abort };
	}
}
