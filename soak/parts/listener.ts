/** Reads from one Reader, in every way there is, until it is stopped or the reader ends. Checks all messages and the end of each writer. */
import { setTimeout as pause } from 'node:timers/promises';
import { type DepartureReason, type Overflow, type Peer, type Reader, RingwireError } from 'ringwire';
import { CauseCheck } from '../blackboard.js';
import { type Entry, isSilenceOfStopped, Ledger, readDiary } from '../diary.js';
import { decode, type Header } from '../message.js';
import { chance, integer, oneOf, type Random } from '../random.js';
import type { Opening } from '../shutdowns.js';
import type { Surroundings } from './part.js';
import { StreamCheck } from './stream-check.js';

const batchMax = 16;
/** A reader that was killed has taken fewer unrecorded messages than this. At worst the same is true of the life before it. */
const inHandMax = 3 * batchMax;

const ways = ['read', 'iterate', 'readBatch', 'tryRead', 'readSync'] as const;
type Way = (typeof ways)[number];

export interface ListenerSettings {
	readonly channel: string;
	readonly overflow: Overflow;
	/** It never gets a `lost` event. */
	readonly lossless: boolean;
	readonly only: boolean;
	readonly chained: boolean;
	/** The one stream of each writer's process. Undefined if the messages carry it. */
	readonly stream?: number;
	/** It reads by time, and no message may come behind one that it could have caused. */
	readonly causal?: boolean;
	/** When the reader was opened, if its channel may be shut down. */
	readonly opening?: Opening;
}

export class Listener {
	readonly #reader: Reader<Uint8Array>;
	readonly #settings: ListenerSettings;
	readonly #around: Surroundings;
	readonly #streams = new Map<number, StreamCheck>();
	readonly #ledgers = new Map<number, Ledger>();
	readonly #causes = new CauseCheck();
	/** Processes whose writer was opened again after a shutdown that has not reached this reader. Their streams are not checked. */
	readonly #reopened = new Set<number>();
	#isShutDown = false;
	readonly #giveUp = new AbortController();
	#stopping = false;
	#way: Way = 'read';
	/** The empty messages, and the number of them whose writer is known. */
	#emptiesSeen = 0;
	#emptiesKnown = 0;
	#wake: (() => void) | undefined;

	constructor(reader: Reader<Uint8Array>, settings: ListenerSettings, around: Surroundings, known: readonly Peer[]) {
		this.#reader = reader;
		this.#settings = settings;
		this.#around = around;
		for (const peer of known) this.#connect(peer);
		reader.on('connect', ({ peer }) => this.#connect(peer));
		reader.on('disconnect', ({ peer, reason, ended }) => this.#disconnect(peer, reason, ended));
		reader.on('lost', ({ peer, count }) => this.#lose(peer, count));
		reader.on('data', () => this.#wake?.());
		reader.on('shutdown', () => {
			this.#isShutDown = true;
		});
		reader.on('end', () => {
			for (const stream of this.#streams.values()) this.#checkShutDown(stream);
			this.#wake?.();
		});
		reader.on('error', ({ error }) => {
			if (!isSilenceOfStopped(error, around.folder)) this.#wrong(`got the error event ${String(error)}`);
		});
	}

	/** Resolves when it was stopped, or when its reader has ended or lost its only peer. */
	async run(): Promise<void> {
		const { random } = this.#around;
		try {
			while (!this.#stopping && !this.#reader.closed) {
				this.#way = oneOf<Way>(random, ways);
				await this.#some(this.#way, integer(random, 1, 300));
			}
		} catch (error) {
			if (error !== this.#giveUp.signal.reason && !this.#isOver(error)) throw error;
		} finally {
			for (const ledger of this.#ledgers.values()) ledger.close();
			this.#ledgers.clear();
		}
	}

	stop(): void {
		this.#stopping = true;
		this.#giveUp.abort(new Error('stopped'));
		this.#wake?.();
	}

	/** The processes whose last message of that round has not arrived. */
	awaitsRound(round: number, pids: readonly number[]): readonly number[] {
		return pids.filter((pid) => (this.#streams.get(pid)?.round ?? 0) < round);
	}

	/** For the analysis of a violation. */
	get state(): string {
		const { available, stats } = this.#reader;
		return `by ${this.#way}, ${available} available, ${JSON.stringify(stats)}`;
	}

	async #some(way: Way, count: number): Promise<void> {
		const { signal } = this.#giveUp;
		const reader = this.#reader;
		if (way === 'iterate') {
			let left = count;
			for await (const message of reader.iterate({ signal, keepOpen: true })) {
				this.#take(message);
				if (--left === 0 || this.#stopping) return;
				await this.#dawdle();
			}
			return;
		}
		for (let left = count; left > 0 && !this.#stopping && !reader.closed; left--) {
			if (way === 'readBatch') {
				const messages = reader.readBatch(batchMax);
				for (const message of messages) this.#take(message);
				if (messages.length === 0) await this.#data();
			} else {
				const message = await this.#one(way, signal);
				if (message !== undefined) this.#take(message);
				else if (way === 'tryRead') await this.#data();
			}
			await this.#dawdle();
		}
	}

	async #one(way: 'read' | 'tryRead' | 'readSync', signal: AbortSignal): Promise<Uint8Array | undefined> {
		if (way === 'read') return this.#reader.read({ signal });
		if (way === 'tryRead') return this.#reader.tryRead();
		try {
			return this.#reader.readSync({ timeoutMs: 5 });
		} catch (error) {
			if (!(error instanceof RingwireError) || error.code !== 'ERR_RINGWIRE_TIMEOUT') throw error;
			return this.#reader.read({ signal });
		}
	}

	/** Without a message: waits for the event that there is one, or that there will be none. */
	async #data(): Promise<void> {
		if (this.#reader.closed || this.#stopping) return;
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
		this.#wake = undefined;
	}

	async #dawdle(): Promise<void> {
		const { random } = this.#around;
		if (chance(random, 0.01)) await pause(pauseMs(random));
	}

	#connect(peer: Peer): void {
		this.#around.counts.links++;
		this.#around.history.add(`${this.#settings.channel}: connect ${peer.pid}`);
		if (this.#isShutDown) this.#wrong(`was connected to pid ${peer.pid} after its shutdown`);
		if (this.#streams.has(peer.pid)) {
			// A writer may be opened again before the shutdown that has ended it reaches this reader.
			if (this.#shutdowns().length > 0) this.#reopened.add(peer.pid);
			else this.#wrong(`was connected to pid ${peer.pid} twice`);
		} else this.#streams.set(peer.pid, new StreamCheck(peer.pid, this.#settings.overflow, this.#settings.stream));
	}

	#lose(peer: Peer, count: number): void {
		const { lossless } = this.#settings;
		this.#around.counts.lost += count;
		this.#around.counts.lossEvents++;
		if (lossless || count < 1) this.#wrong(`got a loss of ${count} messages of pid ${peer.pid}`);
		this.#streams.get(peer.pid)?.lose(count);
	}

	#take(bytes: Uint8Array): void {
		const { counts } = this.#around;
		counts.received++;
		counts.receivedBytes += bytes.length;
		if (bytes.length === 0) {
			counts.receivedEmpty++;
			this.#emptiesSeen++;
			return;
		}
		const wrong = this.#check(decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
		if (wrong !== undefined) this.#wrong(`a message ${wrong}`);
	}

	#check(header: Header | string): string | undefined {
		if (typeof header === 'string') return header;
		const { pid } = header;
		if (this.#reopened.has(pid)) {
			this.#around.counts.receivedAcrossShutdown++;
			return undefined;
		}
		const stream = this.#streams.get(pid);
		if (stream === undefined) return `of pid ${pid} came, to which there is no connection`;
		const empties = stream.take(header, stream.next === undefined ? this.#firstMax(pid) : undefined);
		if (typeof empties === 'string') return `of pid ${pid} ${empties}`;
		this.#emptiesKnown += empties;
		const { causePid, causeEnd } = header;
		if (this.#settings.causal && stream.next !== undefined) {
			if (causePid !== 0 && causePid !== pid) this.#around.counts.causesChecked++;
			const wrong = this.#causes.take(pid, stream.next - 1, { pid: causePid, end: causeEnd });
			if (wrong !== undefined) return `of pid ${pid} ${wrong}`;
		}
		if (stream.next !== undefined) this.#ledgers.get(pid)?.took(stream.next);
		return this.#emptiesKnown > this.#emptiesSeen
			? `of pid ${pid} stands behind an empty one that never came`
			: undefined;
	}

	/** The position at which a writer that keeps everything for its first reader must begin or continue. */
	#firstMax(pid: number): number | undefined {
		const { channel, only, chained } = this.#settings;
		if (!chained) return only ? 0 : undefined;
		const ledger = new Ledger(this.#around.folder, channel, pid);
		this.#ledgers.set(pid, ledger);
		return ledger.next() + inHandMax;
	}

	/** Compares the reason and the end with the diary of the peer that is gone. */
	#disconnect(peer: Peer, reason: DepartureReason, ended: boolean): void {
		const { pid } = peer;
		const { channel, only } = this.#settings;
		const { counts, history, folder } = this.#around;
		history.add(`${channel}: disconnect ${pid} ${reason}`);
		if (reason === 'closed') counts.partedClosed++;
		else counts.partedDied++;
		if (this.#reopened.has(pid)) return;
		const stream = this.#streams.get(pid);
		this.#streams.delete(pid);
		this.#causes.forget(pid);
		this.#ledgers.get(pid)?.close();
		this.#ledgers.delete(pid);
		if (stream === undefined) this.#wrong(`was disconnected from pid ${pid}, to which it was not connected`);
		else if (this.#shutdowns().length > 0) this.#checkShutDown(stream);
		// Without its number, no message of it has arrived.
		else if (stream.stream !== undefined) {
			const entry = readDiary(folder, channel, pid, stream.stream);
			const isShutDown = this.#mayBeShutDown(entry);
			const isRight = departureIsRight(reason, ended, entry, isShutDown);
			const wrong = isRight ? stream.end(entry, only) : 'it did not go so';
			counts.endsChecked++;
			const told = `reason ${reason}, ended ${ended}; its diary: ${JSON.stringify(entry)}`;
			if (wrong !== undefined) this.#wrong(`at the end of pid ${pid}: ${wrong}; ${told}`);
		}
		// It may have been the only writer, and there will be no further `data`.
		this.#wake?.();
	}

	/** The shutdowns that may have ended the reader. */
	#shutdowns() {
		const { opening } = this.#settings;
		return opening === undefined ? [] : [...this.#around.shutdowns.after(opening)];
	}

	/** A shutdown may have ended the writer, also one before this reader was opened: the writer is linked to it until the shutdown comes. */
	#mayBeShutDown({ opens }: Entry): boolean {
		const isPossible = this.#settings.opening !== undefined;
		return isPossible && !this.#around.shutdowns.after({ begun: opens, returned: opens }).next().done;
	}

	/** A writer that is the only one that has shut the channel down: everything that it had published before must have come. */
	#checkShutDown(stream: StreamCheck): void {
		const [shutdown, ...others] = this.#shutdowns();
		if (this.#reopened.has(stream.pid) || shutdown === undefined || others.length > 0) return;
		const { pid, published } = shutdown;
		if (pid !== stream.pid || stream.stream === undefined || shutdown.stream !== stream.stream) return;
		this.#around.counts.endsChecked++;
		const wrong = stream.end({ published, intended: Number.POSITIVE_INFINITY }, false);
		if (wrong !== undefined) this.#wrong(`at the shutdown by pid ${pid}: ${wrong}`);
	}

	#wrong(what: string): void {
		this.#around.violation(`the reader of "${this.#settings.channel}" ${what}`);
	}

	#isOver(error: unknown): boolean {
		if (!(error instanceof RingwireError) || !this.#reader.closed) return false;
		return error.code === 'ERR_RINGWIRE_CLOSED' || error.code === 'ERR_RINGWIRE_PEER_DIED';
	}
}

function departureIsRight(reason: DepartureReason, ended: boolean, entry: Entry, isShutDown: boolean): boolean {
	if (ended && !entry.ended) return false;
	switch (reason) {
		case 'closed':
			return (entry.closing || isShutDown) && ended === entry.ended;
		case 'died':
			return !entry.closed;
		case 'corrupt':
			return false;
	}
}

/** At times long enough for a lane to run full or over. */
function pauseMs(random: Random): number {
	return oneOf(random, [1, 1, 5, 20, 100]);
}
