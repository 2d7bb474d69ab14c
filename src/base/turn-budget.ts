import { setImmediate } from 'node:timers';

const messagesMax = 1024;
const bytesMax = 1024 * 1024;

/**
 * How much may pass through one handle by awaited calls before the event loop must get a turn: promises alone would
 * keep timers and sockets waiting for as long as there is something to do.
 */
export class TurnBudget {
	#messages = messagesMax;
	#bytes = bytesMax;
	/** Shared by all who let the loop have its turn. */
	#nextTurn: Promise<void> | undefined;

	get spent(): boolean {
		return this.#messages <= 0 || this.#bytes <= 0;
	}

	spend(byteLength: number): void {
		this.#messages--;
		this.#bytes -= byteLength;
	}

	/** Resolves, renewed, when the loop has had a turn. */
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

	/** A turn has passed. */
	renew(): void {
		this.#messages = messagesMax;
		this.#bytes = bytesMax;
	}
}
