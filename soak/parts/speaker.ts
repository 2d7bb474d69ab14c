/** Writes messages into one Writer, in every way there is, until it is stopped. Records in its diary the messages that it is about to publish. */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { type Overflow, RingwireError, type Writer } from 'ringwire';
import type { Blackboard } from '../blackboard.js';
import type { Diary } from '../diary.js';
import { encode, headerBytes, isEmptyAt } from '../message.js';
import { chance, integer, oneOf, sizeUpTo } from '../random.js';
import type { Surroundings } from './part.js';

const batchMax = 24;
const empty = Buffer.alloc(0);

export interface SpeakerSettings {
	readonly overflow: Overflow;
	/** The number of the stream in its process. */
	readonly stream: number;
	readonly messageMax: number;
	readonly diary: Diary;
	/** Its readers check that a cause comes before its effect. */
	readonly blackboard?: Blackboard | undefined;
}

export class Speaker {
	readonly #writer: Writer<Uint8Array>;
	readonly #settings: SpeakerSettings;
	readonly #around: Surroundings;
	readonly #giveUp = new AbortController();
	#stopping = false;
	#published = 0;
	#attempts = 0;
	#restRound = 0;
	#restsIn = 0;
	#resting = false;
	/** Ends a wait that has no signal. */
	#wake: (() => void) | undefined;

	constructor(writer: Writer<Uint8Array>, settings: SpeakerSettings, around: Surroundings) {
		this.#writer = writer;
		this.#settings = settings;
		this.#around = around;
		for (const type of ['space', 'close'] as const) writer.on(type, () => this.#wake?.());
	}

	/** Resolves when it was stopped, or when the only possible peer of its writer is gone. */
	async run(): Promise<void> {
		try {
			while (!this.#stopping) {
				if (this.#restRound > this.#restsIn) await this.#rest(this.#restRound);
				else await this.#burst();
			}
		} catch (error) {
			if (error !== this.#giveUp.signal.reason && !(await this.#isOver(error))) throw error;
		}
	}

	/** Writes the last message of that round and rests then. */
	rest(round: number): void {
		this.#restRound = round;
		this.#resting = true;
	}

	get published(): number {
		return this.#published;
	}

	restsIn(round: number): boolean {
		return this.#restsIn >= round;
	}

	goOn(): void {
		this.#resting = false;
		this.#wake?.();
	}

	/** `abort`: aborts a write that waits. Otherwise the end or the closing of the writer ends it. */
	stop(abort: boolean): void {
		this.#stopping = true;
		if (abort) this.#giveUp.abort(new Error('stopped'));
		this.#wake?.();
	}

	async #burst(): Promise<void> {
		const { random } = this.#around;
		for (let left = integer(random, 1, 40); left > 0 && !this.#stopping; left--) {
			if (this.#restRound > this.#restsIn) return;
			await this.#write();
		}
		this.#settings.diary.publishes(this.#published, this.#published);
		if (chance(random, 0.5)) await pause(integer(random, 1, 30));
		else await turn();
	}

	async #write(): Promise<void> {
		const { random } = this.#around;
		const { overflow } = this.#settings;
		// If messages may be dropped, only these counters show whether one was.
		const knows = ['tryWrite', 'batch'] as const;
		const way = overflow === 'drop-newest' ? oneOf(random, knows) : oneOf(random, [...knows, 'write', 'writeSync']);
		switch (way) {
			case 'batch':
				this.#writeBatch(integer(random, 1, batchMax));
				break;
			case 'tryWrite':
				if (!this.#tryWrite(this.#next(0, 0)) && chance(random, 0.5)) await this.#waits();
				break;
			case 'write':
				await this.#writer.write(this.#next(0, 0), { signal: this.#giveUp.signal });
				this.#accepted(1);
				break;
			case 'writeSync':
				this.#writeSync(this.#next(0, 0));
				break;
		}
	}

	async #rest(round: number): Promise<void> {
		// The last message must name its writer.
		if (this.#emptyIsDue(0)) await this.#writeLast(this.#next(0, 0));
		await this.#writeLast(this.#next(0, round));
		this.#settings.diary.publishes(this.#published, this.#published);
		this.#restsIn = round;
		// An event for a message that was refused earlier must not end the rest.
		while (this.#resting && !this.#stopping && !this.#writer.closed) await this.#waits();
	}

	async #writeLast(message: Uint8Array): Promise<void> {
		while (!this.#tryWrite(message) && !this.#stopping) await this.#waits();
	}

	/** Waits for the event that there is room, after a message was refused, or for the order to stop or to continue. */
	async #waits(): Promise<void> {
		if (this.#stopping || this.#writer.closed) return;
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
		this.#wake = undefined;
	}

	/** Announces in the diary all messages of the call that will write this one. */
	#next(position: number, round: number, count = 1): Buffer {
		const { random } = this.#around;
		const { stream, messageMax, diary } = this.#settings;
		if (position === 0) diary.publishes(this.#published, this.#published + count);
		const attempt = this.#attempts++;
		if (this.#emptyIsDue(position)) return empty;
		const length = headerBytes + sizeUpTo(random, messageMax - headerBytes);
		const { pid: causePid, end: causeEnd } = this.#settings.blackboard?.read() ?? { pid: 0, end: 0 };
		const base = this.#published;
		return encode({ length, pid: process.pid, stream, base, position, attempt, round, causePid, causeEnd });
	}

	#emptyIsDue(position: number): boolean {
		return this.#settings.overflow !== 'drop-newest' && isEmptyAt(this.#published + position);
	}

	#tryWrite(message: Uint8Array): boolean {
		const there = this.#writer.tryWrite(message);
		if (there) this.#accepted(1);
		else if (this.#settings.overflow === 'drop-newest') this.#around.counts.dropped++;
		return there;
	}

	#writeBatch(count: number): void {
		const messages = Array.from({ length: count }, (_, position) => this.#next(position, 0, count));
		const accepted = this.#writer.tryWriteBatch(messages);
		this.#accepted(accepted);
		if (this.#settings.overflow === 'drop-newest') this.#around.counts.dropped += count - accepted;
	}

	#writeSync(message: Uint8Array): void {
		try {
			this.#writer.writeSync(message, { timeoutMs: 5 });
			this.#accepted(1);
		} catch (error) {
			if (!(error instanceof RingwireError) || error.code !== 'ERR_RINGWIRE_TIMEOUT') throw error;
		}
	}

	#accepted(count: number): void {
		this.#published += count;
		this.#around.counts.published += count;
		if (count > 0) this.#settings.blackboard?.write({ pid: process.pid, end: this.#published });
	}

	async #isOver(error: unknown): Promise<boolean> {
		if (!(error instanceof RingwireError)) return false;
		// A blocking call of another handle may have served the shutdown, whose event is emitted after this error. A writer that never closes hangs.
		if (error.code === 'ERR_RINGWIRE_CLOSED' && !this.#stopping) {
			if (!this.#writer.closed)
				this.#around.violation(`a write failed on a writer that is not closed: ${String(error)}`);
			await this.#writer.whenClosed();
		}
		return error.code === 'ERR_RINGWIRE_CLOSED' || (error.code === 'ERR_RINGWIRE_PEER_DIED' && this.#writer.closed);
	}
}
