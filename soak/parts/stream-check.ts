/**
 * Checks the messages that one reader got from one life of a writer: each message once, whole and in order. The number of missing messages is
 * exactly the number in the `lost` events. Empty messages do not carry their writer. They are inferred from the gap that they leave.
 */
import type { Overflow } from 'ringwire';
import type { Entry } from '../diary.js';
import { emptiesBetween, type Header } from '../message.js';

export class StreamCheck {
	readonly pid: number;
	readonly #overflow: Overflow;
	/** Undefined before its first message. */
	stream: number | undefined;
	/** The next sequence number. Undefined before the first message. */
	next: number | undefined;
	/** The round that the last message ended. */
	round = 0;
	#lost = 0;
	#attempt = -1;

	constructor(pid: number, overflow: Overflow, stream?: number) {
		this.pid = pid;
		this.#overflow = overflow;
		this.stream = stream;
	}

	lose(count: number): void {
		this.#lost += count;
	}

	/**
	 * Returns the number of empty messages that must have come before this one, or the violation. `firstMax`: the largest first number.
	 */
	take(header: Header, firstMax = Number.POSITIVE_INFINITY): number | string {
		const { base, position, attempt, stream, round } = header;
		this.stream ??= stream;
		if (stream !== this.stream) return `of stream ${stream} came in stream ${this.stream}`;
		if (attempt <= this.#attempt) return `came again or out of order: attempt ${attempt} after ${this.#attempt}`;
		this.#attempt = attempt;
		this.round = Math.max(this.round, round);
		// A batch does not show which of its messages were dropped for lack of room.
		const [low, high] = [this.#overflow === 'drop-newest' ? base : base + position, base + position];
		const lost = this.#lost;
		this.#lost = 0;
		if (this.next === undefined) {
			if (low === high) this.next = high + 1;
			// An empty message may have come before it and been the first.
			return low - emptiesBetween(low - 1, low) > firstMax
				? `${low} is the first; it must not begin behind ${firstMax}`
				: 0;
		}
		const expected = this.next + lost;
		this.next = low === high ? high + 1 : expected + 1;
		if (this.#overflow === 'drop-newest') {
			return low <= expected && expected <= high
				? 0
				: `is number ${low} to ${high}, but ${expected} was next (with ${lost} lost)`;
		}
		const between = high - expected;
		const empties = emptiesBetween(expected - lost, high);
		const right = lost === 0 ? between === empties : between >= 0 && between <= empties;
		return right
			? between
			: `is number ${high}, but ${expected} was next (with ${lost} lost, ${empties} empty ones)`;
	}

	/** The writer is gone: checks that all its published messages have arrived, and no others. `fromStart`: from its first message on. */
	end({ published, intended }: Pick<Entry, 'published' | 'intended'>, fromStart: boolean): string | undefined {
		if (this.next === undefined && !fromStart) return undefined;
		const end = (this.next ?? 0) + this.#lost;
		const empties = this.#overflow === 'drop-newest' ? 0 : emptiesBetween(end, published);
		if (end <= intended && published - end <= empties) return undefined;
		return `${end} messages came or were lost (${this.#lost} at the end), but it had published ${published} to ${intended}`;
	}
}
