import { setImmediate } from 'node:timers';

const messagesMax = 1024;
const bytesMax = 1024 * 1024;

/**
 * Limits the messages that pass through one handle by awaited calls in one turn of the event loop. Without it a chain of
 * resolved promises would starve timers and sockets.
 */
export class TurnBudget {
	#messages = messagesMax;
	#bytes = bytesMax;
	/** Shared by all calls that wait for the next turn. */
	#nextTurn: Promise<void> | undefined;

	get spent(): boolean {
		return this.#messages <= 0 || this.#bytes <= 0;
	}

	spend(byteLength: number): void {
		this.#messages--;
		this.#bytes -= byteLength;
	}

	/** Resolves in the next turn of the event loop; the budget is full again then. */
	nextTurn(): Promise<void> {
		this.#nextTurn ??= new Promise((resolve) => {
			setImmediate(() => {
				this.#nextTurn = undefined;
				this.renew();
				resolve();
			});
		});
		return this.#nextTurn;
	}

	/** Refills the budget: a new turn has begun. */
	renew(): void {
		this.#messages = messagesMax;
		this.#bytes = bytesMax;
	}
}
