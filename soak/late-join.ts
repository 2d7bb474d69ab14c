/**
 * One late join under contention. Some processes open writers of a new channel at the same moment. One of them may be stopped in the middle of it. A
 * reader is opened when all others have published, and must get everything of them before the stopped one goes on.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Player } from './player.js';
import type { Answer, LateWriter, Order } from './protocol.js';
import { integer, oneOf, type Random } from './random.js';

export interface LateCast {
	readonly reader: Player;
	readonly writing: readonly Player[];
	/** One of those that write. */
	readonly stopped: Player | undefined;
}

/** The means of the conductor. */
export interface LateMeans {
	ask(player: Player, order: Order): void;
	answerOf(player: Player): Answer | undefined;
	stop(player: Player): void;
	violate(player: Player, what: string): void;
	/** Resolves when no process is missing any more. */
	until(what: string, missing: () => readonly Player[]): Promise<void>;
}

export class LateJoin {
	readonly #channel: string;
	readonly #cast: LateCast;
	readonly #random: Random;
	readonly #means: LateMeans;
	readonly #order: 'lane' | 'time';

	constructor(channel: string, cast: LateCast, random: Random, means: LateMeans) {
		this.#channel = channel;
		this.#cast = cast;
		this.#random = random;
		this.#means = means;
		// By time, the reader would wait for the stopped writer.
		this.#order = cast.stopped === undefined ? oneOf<'lane' | 'time'>(random, ['lane', 'time']) : 'lane';
	}

	/** Returns the number of messages that were read. */
	async run(): Promise<number> {
		const { writing, stopped } = this.#cast;
		const channel = this.#channel;
		for (const player of writing) {
			this.#means.ask(player, { type: 'write late', channel, writers: integer(this.#random, 1, 4) });
		}
		if (stopped !== undefined) {
			await pause(integer(this.#random, 0, 10));
			this.#means.stop(stopped);
		}
		const others = writing.filter((player) => player !== stopped);
		await this.#published(others);
		// Not those of the stopped process, which may have published everything: it cannot link with the reader.
		const early = this.#written(others);
		if (early.length > 0) {
			this.#read(early);
			await this.#readerAnswers('has late', 'read late');
		}
		stopped?.goOn();
		await this.#published(writing);
		const count = await this.#readAll(early.length > 0);
		await this.#left(writing);
		return count;
	}

	/** `isReading`: the reader is open. */
	async #readAll(isReading: boolean): Promise<number> {
		const { reader } = this.#cast;
		let unread = this.#written(this.#cast.writing);
		let count = 0;
		if (!isReading && unread.length > 0) this.#read(unread);
		while (unread.length > 0) {
			await this.#readerAnswers('read late');
			const answer = this.#means.answerOf(reader);
			for (const one of answer?.type === 'read late' ? answer.read : []) {
				const others = unread.filter((writer) => !isSame(writer, one));
				if (others.length === unread.length) {
					this.#means.violate(reader, `has read what was not written late: ${JSON.stringify(one)}`);
				}
				unread = others;
				count += one.count;
			}
			// The stopped process may have opened writers after the reader had ended.
			if (unread.length > 0) this.#read(unread);
		}
		return count;
	}

	#read(expected: readonly LateWriter[]): void {
		this.#means.ask(this.#cast.reader, { type: 'read late', channel: this.#channel, order: this.#order, expected });
	}

	#readerAnswers(...types: readonly Answer['type'][]): Promise<void> {
		const { reader } = this.#cast;
		const answers = () => types.some((type) => this.#means.answerOf(reader)?.type === type);
		return this.#means.until(`the late reader answers ${types.join(' or ')}`, () => (answers() ? [] : [reader]));
	}

	#published(players: readonly Player[]): Promise<void> {
		return this.#means.until('the late writers have published', () =>
			players.filter((player) => this.#writtenBy(player) === undefined),
		);
	}

	#left(players: readonly Player[]): Promise<void> {
		return this.#means.until('the late writers have left', () =>
			players.filter((player) => this.#means.answerOf(player)?.type !== 'left late'),
		);
	}

	#written(players: readonly Player[]): readonly LateWriter[] {
		return players.flatMap((player) => this.#writtenBy(player) ?? []);
	}

	/** Undefined: it has not published yet. */
	#writtenBy(player: Player): readonly LateWriter[] | undefined {
		const answer = this.#means.answerOf(player);
		return answer?.type === 'written late' || answer?.type === 'left late' ? answer.written : undefined;
	}
}

function isSame(one: LateWriter, other: LateWriter): boolean {
	return one.pid === other.pid && one.writer === other.writer && one.count === other.count;
}
