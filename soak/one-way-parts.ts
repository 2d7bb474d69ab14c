/** The parts at one-way channels: one writer, or one reader that is opened again whenever it has ended. */
import { defineChannel, openReader, openWriter, type Reader, type Writer } from 'ringwire';
import { Diary, readDiary } from './diary.js';
import { Listener } from './listener.js';
import { messageBytesMax } from './message.js';
import {
	type Company,
	companyKey,
	difference,
	type OneWayName,
	oneWay,
	type Part,
	type PartSpec,
	type Surroundings,
} from './part.js';
import { chance, integer, oneOf } from './random.js';
import { Speaker } from './speaker.js';

function channelOf(name: OneWayName) {
	return defineChannel({ name, overflow: oneWay[name], capacity: 1024 * 1024, depth: 256 });
}

export class WriterPart implements Part {
	readonly #channel: OneWayName;
	readonly #around: Surroundings;
	readonly #writer: Writer<Uint8Array>;
	readonly #diary: Diary;
	readonly #speaker: Speaker;
	readonly #running: Promise<void>;
	/** Readers that closed before their diary had it. The diary may be later than the event. */
	readonly #doubtful = new Set<number>();

	constructor({ channel }: Extract<PartSpec, { kind: 'writer' }>, around: Surroundings) {
		const { random, folder } = around;
		const overflow = oneWay[channel];
		const capacity = oneOf(random, [64 * 1024, 256 * 1024, 1024 * 1024]);
		const depth = oneOf(random, [16, 64, 256, 1024]);
		const messageMax = Math.min(messageBytesMax, capacity / 2);
		this.#channel = channel;
		this.#around = around;
		this.#diary = new Diary(folder, channel, 0);
		this.#writer = openWriter(channelOf(channel), { capacity, depth, messageMax });
		this.#writer.on('connect', ({ peer }) => {
			around.counts.links++;
			around.history.add(`${channel}: reader ${peer.pid} connected`);
		});
		this.#writer.on('disconnect', ({ peer, reason }) => this.#disconnect(peer.pid, reason));
		this.#writer.on('error', ({ error }) => around.violation(`the writer of "${channel}": ${String(error)}`));
		this.#speaker = new Speaker(this.#writer, { overflow, stream: 0, messageMax, diary: this.#diary }, around);
		this.#running = this.#speaker.run();
	}

	awaitsCompany(company: Company): string | undefined {
		const pids = this.#writer.peers.map(({ pid }) => pid);
		const missing = difference('readers', pids, company[companyKey('reader', this.#channel)]);
		return missing && `the writer of "${this.#channel}" ${missing}`;
	}

	rest(round: number): void {
		for (const pid of this.#doubtful) {
			const entry = readDiary(this.#around.folder, this.#channel, pid, 'reader');
			if (!entry.closing && !entry.leftByItself) this.#wrong(pid, 'closed', entry);
		}
		this.#doubtful.clear();
		this.#speaker.rest(round);
	}

	awaitsRound(round: number): string | undefined {
		return this.#speaker.restsIn(round) ? undefined : `the writer of "${this.#channel}" has not come to rest`;
	}

	goOn(): void {
		this.#speaker.goOn();
	}

	async close(): Promise<void> {
		const { random } = this.#around;
		const gentle = chance(random, 0.5);
		this.#diary.set('closing');
		this.#speaker.stop(gentle);
		if (gentle) await this.#running;
		if (chance(random, 0.5)) {
			this.#diary.set('ended');
			this.#writer.end();
		}
		await this.#writer.close({ lingerMs: oneOf(random, [0, 50, integer(random, 100, 1000)]) });
		this.#diary.set('closed');
		await this.#running;
		this.#diary.close();
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

export class ReaderPart implements Part {
	readonly #spec: Extract<PartSpec, { kind: 'reader' }>;
	readonly #around: Surroundings;
	readonly #diary: Diary;
	readonly #running: Promise<void>;
	#closing = false;
	#reader: Reader<Uint8Array>;
	#listener: Listener;

	constructor(spec: Extract<PartSpec, { kind: 'reader' }>, around: Surroundings) {
		this.#spec = spec;
		this.#around = around;
		this.#diary = new Diary(around.folder, spec.channel, 'reader');
		this.#reader = this.#openReader();
		this.#listener = this.#openListener();
		this.#running = this.#run();
	}

	awaitsCompany(company: Company): string | undefined {
		const pids = this.#reader.peers.map(({ pid }) => pid);
		const missing = difference('writers', pids, company[companyKey('writer', this.#spec.channel)]);
		return missing && `the reader of "${this.#spec.channel}" ${missing}`;
	}

	rest(): void {}

	awaitsRound(round: number, company: Company): string | undefined {
		const { channel } = this.#spec;
		const silent = this.#listener.awaitsRound(round, company[companyKey('writer', channel)] ?? []);
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

	async #run(): Promise<void> {
		for (;;) {
			await this.#listener.run();
			if (this.#closing) return;
			// All writers that it was connected to have ended.
			this.#around.history.add(`${this.#spec.channel}: the reader has ended and is opened again`);
			this.#reader = this.#openReader();
			this.#listener = this.#openListener();
		}
	}

	#openReader(): Reader<Uint8Array> {
		const { channel, lossy = false, order } = this.#spec;
		const { random } = this.#around;
		const holds = !lossy && (oneWay[channel] === 'block' || oneWay[channel] === 'drop-newest');
		const from = !holds && chance(random, 0.3) ? 'newest' : 'oldest';
		return openReader(channelOf(channel), { lossy, order, from, spinMicros: oneOf(random, [0, 50, 500]) }).on(
			'end',
			() => this.#diary.set('leftByItself'),
		);
	}

	#openListener(): Listener {
		const { channel, lossy = false, only = false, chained = false } = this.#spec;
		const overflow = oneWay[channel];
		const lossless = !lossy && (overflow === 'block' || overflow === 'drop-newest');
		const settings = { channel, overflow, lossless, only, chained, stream: 0 };
		return new Listener(this.#reader, settings, this.#around, []);
	}
}
