/** The parts at one-way channels: one writer, or one reader that is opened again whenever it has ended. */
import { defineChannel, openReader, openWriter, type Reader, type Writer } from 'ringwire';
import { Blackboard } from '../blackboard.js';
import { Diary, readDiary } from '../diary.js';
import { messageBytesMax } from '../message.js';
import { chance, integer, oneOf } from '../random.js';
import { type Opening, withOpening } from '../shutdowns.js';
import { Listener } from './listener.js';
import {
	type Company,
	difference,
	type OneWayName,
	oneWay,
	type Part,
	pidsOf,
	type SpecOf,
	type Surroundings,
} from './part.js';
import { Speaker } from './speaker.js';

function channelOf(name: OneWayName) {
	return defineChannel({ name, overflow: oneWay[name], capacity: 1024 * 1024, depth: 256 });
}

/** One writer. On the channel `halt` it is opened again after each shutdown. */
export class WriterPart implements Part {
	readonly #channel: OneWayName;
	readonly #around: Surroundings;
	readonly #running: Promise<void>;
	/** Readers that closed before their diary had it. The diary may be later than the event. */
	readonly #doubtful = new Set<number>();
	#lives = 0;
	#life: WriterLife;
	#closing = false;
	#round: number | undefined;

	constructor({ channel }: SpecOf<'writer'>, around: Surroundings) {
		this.#channel = channel;
		this.#around = around;
		this.#life = this.#open();
		this.#running = this.#run();
	}

	awaitsCompany(company: Company): string | undefined {
		const { writer, opening } = this.#life;
		const pids = writer.peers.map(({ pid }) => pid);
		const missing =
			awaitsShutdown(this.#around, this.#channel, opening) ?? difference(company, 'reader', this.#channel, pids);
		return missing && `the writer of "${this.#channel}" ${missing}`;
	}

	rest(round: number): void {
		for (const pid of this.#doubtful) {
			const entry = readDiary(this.#around.folder, this.#channel, pid, 'reader');
			if (!entry.closing && !entry.leftByItself) this.#wrong(pid, 'closed', entry);
		}
		this.#doubtful.clear();
		this.#round = round;
		this.#life.speaker.rest(round);
	}

	awaitsRound(round: number): string | undefined {
		const { speaker } = this.#life;
		return speaker.restsIn(round) ? undefined : `the writer of "${this.#channel}" has not come to rest`;
	}

	goOn(): void {
		this.#round = undefined;
		this.#life.speaker.goOn();
	}

	async close(): Promise<void> {
		const { random } = this.#around;
		const { writer, diary, speaker } = this.#life;
		const gentle = chance(random, 0.5);
		this.#closing = true;
		diary.set('closing');
		speaker.stop(gentle);
		if (gentle) await this.#running;
		if (chance(random, 0.5) && !writer.closed) {
			diary.set('ended');
			writer.end();
		}
		await writer.close({ lingerMs: oneOf(random, [0, 50, integer(random, 100, 1000)]) });
		diary.set('closed');
		await this.#running;
		diary.close();
	}

	shutDown(): void {
		const { writer, speaker, stream } = this.#life;
		if (writer.closed) return;
		this.#around.shutdowns.record({ stream, published: speaker.published }, () => writer.shutdown());
	}

	async #run(): Promise<void> {
		for (;;) {
			const { writer, diary, speaker, opening } = this.#life;
			await speaker.run();
			if (this.#closing || !writer.closed) return;
			const wrong = endedByShutdown(this.#around, this.#channel, opening);
			if (wrong !== undefined) this.#around.violation(`the writer of "${this.#channel}" ${wrong}`);
			diary.close();
			this.#life = this.#open();
		}
	}

	#open(): WriterLife {
		const { random, folder, counts, history, violation } = this.#around;
		const channel = this.#channel;
		const overflow = oneWay[channel];
		const capacity = oneOf(random, [64 * 1024, 256 * 1024, 1024 * 1024]);
		const depth = oneOf(random, [16, 64, 256, 1024]);
		const messageMax = Math.min(messageBytesMax, capacity / 2);
		const stream = this.#lives++;
		const diary = new Diary(folder, channel, stream);
		const { handle: writer, opening } = withOpening(() =>
			openWriter(channelOf(channel), { capacity, depth, messageMax }),
		);
		writer.on('connect', ({ peer }) => {
			counts.links++;
			history.add(`${channel}: reader ${peer.pid} connected`);
		});
		writer.on('disconnect', ({ peer, reason }) => this.#disconnect(peer.pid, reason));
		writer.on('error', ({ error }) => violation(`the writer of "${channel}": ${String(error)}`));
		const blackboard = isCausal(channel) ? new Blackboard(folder, channel) : undefined;
		const speaker = new Speaker(writer, { overflow, stream, messageMax, diary, blackboard }, this.#around);
		if (this.#round !== undefined) speaker.rest(this.#round);
		return { writer, diary, speaker, stream, opening };
	}

	#disconnect(pid: number, reason: string): void {
		const { counts, history, folder } = this.#around;
		history.add(`${this.#channel}: reader ${pid} gone: ${reason}`);
		if (reason === 'closed') counts.partedClosed++;
		else counts.partedDied++;
		const entry = readDiary(folder, this.#channel, pid, 'reader');
		if (reason === 'closed' && !entry.closing && !entry.leftByItself) this.#doubtful.add(pid);
		else if (reason === 'corrupt' || (reason === 'died' && entry.closed)) this.#wrong(pid, reason, entry);
	}

	#wrong(pid: number, reason: string, entry: object): void {
		const what = `got the disconnect of reader ${pid}: ${reason}; its diary: ${JSON.stringify(entry)}`;
		this.#around.violation(`the writer of "${this.#channel}" ${what}`);
	}
}

interface WriterLife {
	readonly writer: Writer<Uint8Array>;
	readonly diary: Diary;
	readonly speaker: Speaker;
	readonly stream: number;
	readonly opening: Opening;
}

/** A holding reader by time checks that a cause comes before its effect. Each writer of the channel has one life in each process. */
function isCausal(channel: OneWayName): boolean {
	return channel === 'crowd';
}

/** The shutdowns that must end, or may have ended, an endpoint of that channel. */
function shutdownsOf({ shutdowns }: Surroundings, channel: OneWayName, opening: Opening) {
	return channel === 'halt' ? [...shutdowns.after(opening)] : [];
}

/** The reason why the endpoint must end and has not ended. */
function awaitsShutdown(around: Surroundings, channel: OneWayName, opening: Opening): string | undefined {
	const shutdown = shutdownsOf(around, channel, opening).find(({ must }) => must);
	return shutdown && `has not ended by the shutdown of ${shutdown.pid}`;
}

/** Counts an endpoint that a shutdown has ended. Returns the violation if there was none in its time. */
function endedByShutdown(around: Surroundings, channel: OneWayName, opening: Opening): string | undefined {
	around.counts.shutDown++;
	const isRight = shutdownsOf(around, channel, opening).length > 0;
	return isRight ? undefined : 'has ended by a shutdown that was before it was opened';
}

export class ReaderPart implements Part {
	readonly #spec: SpecOf<'reader'>;
	readonly #around: Surroundings;
	readonly #diary: Diary;
	readonly #running: Promise<void>;
	#closing = false;
	#reader: Reader<Uint8Array>;
	#opening: Opening;
	#listener: Listener;
	#shutDown = false;

	constructor(spec: SpecOf<'reader'>, around: Surroundings) {
		this.#spec = spec;
		this.#around = around;
		this.#diary = new Diary(around.folder, spec.channel, 'reader');
		({ handle: this.#reader, opening: this.#opening } = this.#openReader());
		this.#listener = this.#openListener();
		this.#running = this.#run();
	}

	awaitsCompany(company: Company): string | undefined {
		const pids = this.#reader.peers.map(({ pid }) => pid);
		const { channel } = this.#spec;
		const missing =
			awaitsShutdown(this.#around, channel, this.#opening) ?? difference(company, 'writer', channel, pids);
		return missing && `the reader of "${channel}" ${missing}`;
	}

	rest(): void {}

	awaitsRound(round: number, company: Company): string | undefined {
		const { channel } = this.#spec;
		const silent = this.#listener.awaitsRound(round, pidsOf(company, 'writer', channel));
		return silent.length === 0
			? undefined
			: `the reader of "${channel}" has no last message of ${silent.join(' ')} (${this.#listener.state})`;
	}

	goOn(): void {}

	async close(): Promise<void> {
		this.#closing = true;
		this.#diary.set('closing');
		const gentle = chance(this.#around.random, 0.5);
		if (!gentle) await this.#reader.close();
		this.#listener.stop();
		await this.#running;
		await this.#reader.close();
		this.#diary.set('closed');
		this.#diary.close();
	}

	shutDown(): void {
		if (this.#reader.closed || this.#shutDown) return;
		const caller = { stream: undefined, published: 0 };
		this.#around.shutdowns.record(caller, () => {
			this.#shutDown = true;
			this.#reader.shutdown();
		});
	}

	async #run(): Promise<void> {
		for (;;) {
			await this.#listener.run();
			if (this.#closing) return;
			// All writers that it was connected to have ended, or the channel was shut down.
			const { channel } = this.#spec;
			this.#around.history.add(`${channel}: the reader has ended and is opened again`);
			const wrong = this.#shutDown ? endedByShutdown(this.#around, channel, this.#opening) : undefined;
			if (wrong !== undefined) this.#around.violation(`the reader of "${channel}" ${wrong}`);
			({ handle: this.#reader, opening: this.#opening } = this.#openReader());
			this.#listener = this.#openListener();
		}
	}

	#openReader(): { readonly handle: Reader<Uint8Array>; readonly opening: Opening } {
		const { channel, lossy = false, order } = this.#spec;
		const { random } = this.#around;
		const holds = !lossy && (oneWay[channel] === 'block' || oneWay[channel] === 'drop-newest');
		const from = !holds && chance(random, 0.3) ? 'newest' : 'oldest';
		const spinMicros = oneOf(random, [0, 50, 500]);
		const opened = withOpening(() => openReader(channelOf(channel), { lossy, order, from, spinMicros }));
		this.#shutDown = false;
		opened.handle.on('end', () => this.#diary.set('leftByItself'));
		opened.handle.on('shutdown', () => {
			this.#shutDown = true;
		});
		return opened;
	}

	#openListener(): Listener {
		const { channel, lossy = false, order, only = false, chained = false } = this.#spec;
		const overflow = oneWay[channel];
		const lossless = !lossy && (overflow === 'block' || overflow === 'drop-newest');
		const common = { channel, overflow, lossless, only, chained };
		const settings =
			channel === 'halt'
				? { ...common, opening: this.#opening }
				: { ...common, stream: 0, causal: isCausal(channel) && lossless && order === 'time' };
		return new Listener(this.#reader, settings, this.#around, []);
	}
}
