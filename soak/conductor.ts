/**
 * Starts all processes, and at random moments kills them, stops them for a while, closes them or kills them while they start. Between these
 * phases there is a round (see part.ts) in which every process must connect to every other one and get all messages.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { companyOf, mortals, survivor } from './cast.js';
import { markStopped } from './diary.js';
import { LateJoin } from './late-join.js';
import { Player } from './player.js';
import type { Answer, Holdings, Order } from './protocol.js';
import { chance, integer, type Random, randomFrom } from './random.js';
import { Shutdowns } from './shutdowns.js';
import { addCounts, History, noCounts, noDeeds } from './tally.js';

/** A watchdog, and no bound on speed: a step that takes longer hangs. */
const patienceMs = 60_000;
const betweenDeedsMs = 80;

const spells = ['plain', 'beside stopped', 'late join'] as const;
/** A writer that does not answer for 10 s is reported, and delays no reader by time any longer. */
const besideStoppedMsMax = 2000;

export class Violation extends Error {}

export class Conductor {
	readonly counts = noCounts();
	readonly deeds = noDeeds();
	readonly #seed: number;
	readonly #random: Random;
	readonly #diaries: string;
	readonly #shutdowns: Shutdowns;
	readonly #history = new History(80);
	readonly #survivor: Player;
	readonly #mortals: readonly Player[];
	/** The later actions on a player. They are cancelled when a round begins. */
	readonly #timers = new Map<Player, NodeJS.Timeout>();
	readonly #answers = new Map<Player, Answer>();
	#resting = true;
	#violation: Violation | undefined;
	#spells: number;
	#looker: (() => void) | undefined;

	constructor(seed: number, diaries: string) {
		this.#seed = seed;
		this.#random = randomFrom(seed);
		this.#diaries = diaries;
		this.#shutdowns = new Shutdowns(diaries);
		this.#spells = seed % spells.length;
		const watcher = {
			heard: (player: Player, answer: Answer) => this.#heard(player, answer),
			gone: (player: Player, wrong: string | undefined) => this.#gone(player, wrong),
		};
		this.#survivor = new Player(survivor, watcher);
		this.#mortals = mortals.map((role) => new Player(role, watcher));
	}

	/** Starts all processes. Resolves when each is connected to every other one. */
	async gather(): Promise<void> {
		for (const player of this.#everybody()) if (player.state === 'absent') this.#start(player);
		await this.round();
	}

	/** Turmoil for this time, and then what must succeed after it. The kinds of spells take turns. */
	async spell(durationMs: number): Promise<void> {
		const kind = spells[this.#spells++ % spells.length];
		switch (kind) {
			case 'beside stopped':
				return this.#besideStopped(durationMs);
			case 'late join':
				await this.#turmoil(durationMs);
				await this.round();
				return this.#lateJoin();
			default:
				await this.#turmoil(durationMs);
				return this.round();
		}
	}

	/**
	 * A process that holds nothing back is stopped, while others come and go. Then all others must connect to each other and get all messages.
	 * When it goes on, it must too.
	 */
	async #besideStopped(durationMs: number): Promise<void> {
		const stopped = this.#draw(this.#mortals.filter(({ role }) => role.holdsNothingBack));
		this.#stop(stopped);
		await this.#turmoil(Math.min(durationMs, besideStoppedMsMax), stopped);
		await this.round(stopped);
		this.deeds.roundsBesideStopped++;
		this.#note(stopped, 'SIGCONT');
		stopped.goOn();
		await this.round();
	}

	/** See LateJoin. The processes of a late join are neither killed nor closed. */
	async #lateJoin(): Promise<void> {
		const random = this.#random;
		const reader = this.#draw(this.#everybody());
		const writing = this.#everybody().filter((player) => player !== reader && chance(random, 0.7));
		const mortal = writing.filter((player) => player !== this.#survivor);
		const stopped = chance(random, 0.5) && mortal.length > 0 ? this.#draw(mortal) : undefined;
		const channel = `late-${++this.deeds.lateJoins}`;
		if (stopped !== undefined) this.deeds.lateJoinsStopped++;
		this.deeds.lateMessages += await new LateJoin(channel, { reader, writing, stopped }, random, {
			ask: (player, order) => this.#ask(player, order),
			answerOf: (player) => this.#answers.get(player),
			stop: (player) => this.#stop(player),
			violate: (player, what) => this.#violate(player, what),
			until: (what, missing) => this.#until(what, missing),
		}).run();
	}

	/** For this time any process but the survivor and the spared one may be killed, stopped or closed, and may shut its channel down. */
	async #turmoil(durationMs: number, spared?: Player): Promise<void> {
		const until = performance.now() + durationMs;
		this.#resting = false;
		while (performance.now() < until) {
			await pause(-Math.log(1 - this.#random()) * betweenDeedsMs);
			this.#check();
			this.#doSomething(spared);
		}
		this.#resting = true;
	}

	/** `stopped`: takes no part, and stays stopped. */
	async round(stopped?: Player): Promise<void> {
		const round = ++this.deeds.rounds;
		for (const timer of this.#timers.values()) clearTimeout(timer);
		this.#timers.clear();
		for (const player of this.#mortals) if (player !== stopped) player.goOn();
		await this.#until('every player is there', () => {
			for (const player of this.#mortals) if (player.state === 'absent') this.#start(player);
			return this.#everybody().filter(({ state }) => state !== 'open');
		});
		const everybody = this.#everybody().filter((player) => player !== stopped);
		const company = companyOf(everybody, stopped === undefined ? [] : [stopped]);
		await this.#all(everybody, { type: 'meet', company }, 'met');
		if (stopped === undefined) this.#shutdowns.recordQuiet();
		await this.#all(everybody, { type: 'rest', round }, 'rested');
		for (const player of everybody) player.order({ type: 'go on' });
	}

	/** Makes all but the survivor leave, or kills them. Resolves with the resources that the survivor holds then. */
	async measureAlone(): Promise<Holdings> {
		for (const player of this.#mortals) {
			if (chance(this.#random, 0.5)) this.#close(player);
			else this.#kill(player);
		}
		await this.#until('the others have left', () => this.#mortals.filter(({ state }) => state !== 'absent'));
		const company = companyOf([this.#survivor]);
		await this.#all([this.#survivor], { type: 'meet', company }, 'met');
		await this.#all([this.#survivor], { type: 'measure' }, 'measured');
		const answer = this.#answers.get(this.#survivor);
		if (answer?.type !== 'measured') throw new Error('the survivor did not measure');
		this.#survivor.order({ type: 'go on' });
		return answer.holdings;
	}

	/** The last one leaves. */
	async finish(): Promise<void> {
		this.#close(this.#survivor);
		await this.#until('the survivor has left', () => [this.#survivor].filter(({ state }) => state !== 'absent'));
	}

	/** Kills the processes that are still there. */
	async killAll(): Promise<void> {
		this.#resting = true;
		for (const timer of this.#timers.values()) clearTimeout(timer);
		const living = () => this.#everybody().filter(({ state }) => state !== 'absent');
		for (const player of living()) player.kill();
		while (living().length > 0) await pause(10);
	}

	#draw(players: readonly Player[]): Player {
		return players[integer(this.#random, 0, players.length - 1)] ?? this.#survivor;
	}

	#everybody(): readonly Player[] {
		return [this.#survivor, ...this.#mortals];
	}

	#start(player: Player): void {
		this.deeds.started++;
		player.start({ seed: (this.#seed + 7919 * this.deeds.started) >>> 0, folder: this.#diaries });
		this.#note(player, `starts as ${player.pid}`);
		if (this.#resting || !chance(this.#random, 0.1)) return;
		this.#later(player, integer(this.#random, 0, 200), () => this.#kill(player));
	}

	#doSomething(spared?: Player): void {
		const player = this.#draw(this.#mortals);
		if (player === spared || player.state === 'absent') return;
		const deed = this.#random();
		if (player.stopped) {
			if (deed < 0.3) this.#kill(player);
		} else if (deed < 0.36) this.#kill(player);
		else if (deed < 0.76) this.#stopForAWhile(player);
		else if (deed < 0.89) this.#close(player);
		else this.#shutDown(player);
	}

	#kill(player: Player): void {
		if (player.state === 'absent') return;
		this.deeds.killed++;
		if (player.state === 'starting') this.deeds.killedStarting++;
		if (player.stopped) this.deeds.killedStopped++;
		this.#note(player, 'SIGKILL');
		player.kill();
	}

	#stop(player: Player): void {
		this.deeds.stopped++;
		this.#note(player, 'SIGSTOP');
		markStopped(this.#diaries, player.pid);
		player.stop();
	}

	#stopForAWhile(player: Player): void {
		this.#stop(player);
		this.#later(player, integer(this.#random, 1, 1500), () => {
			this.#note(player, 'SIGCONT');
			player.goOn();
		});
	}

	#close(player: Player): void {
		if (player.state !== 'open') return;
		this.deeds.closed++;
		const terminate = player.role.parts.some(({ thread }) => thread) && chance(this.#random, 0.5);
		if (terminate) this.deeds.terminated++;
		this.#note(player, terminate ? 'is closed, its worker is terminated' : 'is closed');
		player.order({ type: terminate ? 'terminate' : 'close' });
	}

	/** One of its endpoints shuts its channel down. */
	#shutDown(player: Player): void {
		if (player.state !== 'open' || !player.role.parts.some(({ channel }) => channel === 'halt')) return;
		this.deeds.shutDowns++;
		this.#note(player, 'shuts down');
		player.order({ type: 'shut down' });
	}

	/** Replaces the action that was planned for it. */
	#later(player: Player, delayMs: number, deed: () => void): void {
		clearTimeout(this.#timers.get(player));
		this.#timers.set(player, setTimeout(deed, delayMs));
	}

	#heard(player: Player, answer: Answer): void {
		if (answer.type === 'counts') addCounts(this.counts, answer.counts);
		else this.#answers.set(player, answer);
		if (answer.type === 'violation') this.#violate(player, answer.what, answer.history);
		this.#looker?.();
	}

	#gone(player: Player, wrong: string | undefined): void {
		this.#note(player, 'is gone');
		this.#answers.delete(player);
		if (wrong !== undefined) this.#violate(player, wrong);
		if (!this.#resting) {
			this.#later(player, integer(this.#random, 0, 250), () => {
				if (player.state === 'absent') this.#start(player);
			});
		}
		this.#looker?.();
	}

	async #all(players: readonly Player[], order: Order, done: Answer['type']): Promise<void> {
		for (const player of players) {
			this.#ask(player, order);
		}
		await this.#until(`all have ${done}`, () =>
			players.filter((player) => this.#answers.get(player)?.type !== done),
		);
	}

	#ask(player: Player, order: Order): void {
		this.#answers.delete(player);
		player.order(order);
	}

	/** Resolves when no process is missing any more. */
	async #until(what: string, missing: () => readonly Player[]): Promise<void> {
		const deadline = performance.now() + patienceMs;
		for (;;) {
			this.#check();
			const players = missing();
			if (players.length === 0) return;
			const leftMs = deadline - performance.now();
			if (leftMs <= 0) {
				const who = players.map(
					({ role, pid, state, waitsFor }) => `${role.name} (${pid}, ${state}): ${waitsFor}`,
				);
				const [first] = players;
				if (first !== undefined)
					this.#violate(first, `stands still; not so far that ${what}:\n  ${who.join('\n  ')}`);
				continue;
			}
			const giveUp = new AbortController();
			await Promise.race([
				pause(leftMs, undefined, { signal: giveUp.signal }).catch(() => {}),
				new Promise<void>((resolve) => {
					this.#looker = resolve;
				}),
			]);
			giveUp.abort();
		}
	}

	#violate(player: Player, what: string, lines: readonly string[] = []): void {
		if (this.#violation !== undefined) return;
		this.#violation = new Violation(
			[
				`VIOLATION at ${new Date().toISOString()}, seed ${this.#seed}: ${player.role.name} (pid ${player.pid}) ${what}`,
				'the history of that process:',
				...lines.map((line) => `  ${line}`),
				'the actions on it:',
				...player.history.lines.map((line) => `  ${line}`),
				'the actions on all:',
				...this.#history.lines.map((line) => `  ${line}`),
			].join('\n'),
		);
	}

	/** Throws a violation, also if a process that is not stopped has been silent for too long. */
	#check(): void {
		const now = performance.now();
		for (const player of this.#everybody()) {
			if (player.state !== 'absent' && !player.stopped && now - player.heardAt > patienceMs) {
				this.#violate(player, `has been silent for ${patienceMs / 1000} s`);
			}
		}
		if (this.#violation !== undefined) throw this.#violation;
	}

	#note(player: Player, what: string): void {
		this.#history.add(`${player.role.name} (${player.pid}) ${what}`);
	}
}
