/** The parts at duplex channels: a server with all its connections, or a client that connects again whenever its connection is over. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, connect, defineDuplex, listen, type Overflow, type Server } from 'ringwire';
import { Diary } from '../diary.js';
import { chance, integer, oneOf } from '../random.js';
import { Listener } from './listener.js';
import {
	type Company,
	type DuplexName,
	difference,
	duplex as duplexes,
	type Part,
	type SpecOf,
	type Surroundings,
} from './part.js';
import { Speaker } from './speaker.js';

const lane = { capacity: 256 * 1024, depth: 64 };

function duplexOf(name: DuplexName) {
	const { toServer, toClient } = duplexes[name];
	return defineDuplex({
		name,
		toServer: { ...lane, overflow: toServer },
		toClient: { ...lane, overflow: toClient },
	});
}

let streams = 0;

/** One side of one connection: its speaker and its listener. */
class Conversation {
	readonly peerPid: number;
	readonly #connection: Connection<Uint8Array, Uint8Array>;
	readonly #around: Surroundings;
	readonly #diary: Diary;
	readonly #speaker: Speaker;
	readonly #listener: Listener;
	readonly #running: Promise<void>;
	#leaving = false;

	constructor(
		channel: DuplexName,
		connection: Connection<Uint8Array, Uint8Array>,
		policies: { out: Overflow; into: Overflow },
		around: Surroundings,
	) {
		const stream = ++streams;
		this.peerPid = connection.peer.pid;
		this.#connection = connection;
		this.#around = around;
		this.#diary = new Diary(around.folder, channel, stream);
		const messageMax = lane.capacity / 2;
		const { writer, reader } = connection;
		this.#speaker = new Speaker(writer, { overflow: policies.out, stream, messageMax, diary: this.#diary }, around);
		const lossless = policies.into === 'block';
		const settings = { channel, overflow: policies.into, lossless, only: lossless, chained: false };
		this.#listener = new Listener(reader, settings, around, reader.peers);
		this.#running = this.#run();
	}

	/** A side that has begun to leave does not take part in a round any more. */
	get leaving(): boolean {
		return this.#leaving;
	}

	/** Resolves when the connection is over, ended by either side, and everything is closed. */
	get over(): Promise<void> {
		return this.#running;
	}

	rest(round: number): void {
		this.#speaker.rest(round);
	}

	awaitsRound(round: number): string | undefined {
		if (!this.#speaker.restsIn(round)) return `its writer to ${this.peerPid} has not come to rest`;
		const silent = this.#listener.awaitsRound(round, [this.peerPid]);
		return silent.length === 0 ? undefined : `it has no last message of ${this.peerPid} (${this.#listener.state})`;
	}

	goOn(): void {
		this.#speaker.goOn();
	}

	close(): Promise<void> {
		this.#leaving = true;
		this.#diary.set('closing');
		if (chance(this.#around.random, 0.5)) {
			this.#diary.set('ended');
			if (!this.#connection.closed) this.#connection.writer.end();
		}
		this.#speaker.stop(true);
		this.#listener.stop();
		return this.#running;
	}

	async #run(): Promise<void> {
		const { random } = this.#around;
		const spoken = this.#speaker.run();
		// The reader continues to its end when the other side is gone.
		await this.#listener.run();
		this.#leaving = true;
		this.#diary.set('closing');
		this.#speaker.stop(true);
		await spoken;
		await this.#connection.close({ lingerMs: oneOf(random, [0, 50, integer(random, 100, 1000)]) });
		this.#diary.set('closed');
		this.#diary.close();
	}
}

export class ServerPart implements Part {
	readonly #channel: DuplexName;
	readonly #server: Server<Uint8Array, Uint8Array>;
	readonly #conversations = new Set<Conversation>();
	/** The current round. */
	#round: number | undefined;

	constructor({ channel }: SpecOf<'server'>, around: Surroundings) {
		this.#channel = channel;
		const { toServer, toClient } = duplexes[channel];
		this.#server = listen(duplexOf(channel));
		this.#server.on('error', ({ error }) => around.violation(`the server of "${channel}": ${String(error)}`));
		this.#server.on('connection', ({ connection }) => {
			around.counts.links++;
			const policies = { out: toClient, into: toServer };
			const conversation = new Conversation(channel, connection, policies, around);
			this.#conversations.add(conversation);
			if (this.#round !== undefined) conversation.rest(this.#round);
			void conversation.over.then(() => this.#conversations.delete(conversation));
		});
	}

	awaitsCompany(company: Company): string | undefined {
		const staying = [...this.#conversations].filter(({ leaving }) => !leaving);
		const pids = staying.map(({ peerPid }) => peerPid);
		const missing = difference(company, 'client', this.#channel, pids);
		return missing && `the server of "${this.#channel}" ${missing}`;
	}

	rest(round: number): void {
		this.#round = round;
		for (const conversation of this.#conversations) conversation.rest(round);
	}

	awaitsRound(round: number, company: Company): string | undefined {
		const missing = this.awaitsCompany(company);
		if (missing !== undefined) return missing;
		for (const conversation of this.#conversations) {
			if (company.stopped.includes(conversation.peerPid)) continue;
			const awaited = conversation.awaitsRound(round);
			if (awaited !== undefined) return `the server of "${this.#channel}": ${awaited}`;
		}
		return undefined;
	}

	goOn(): void {
		this.#round = undefined;
		for (const conversation of this.#conversations) conversation.goOn();
	}

	async close(): Promise<void> {
		const closed = [...this.#conversations].map((conversation) => conversation.close());
		await Promise.all([this.#server.close({ lingerMs: 100 }), ...closed]);
	}
}

export class ClientPart implements Part {
	readonly #channel: DuplexName;
	readonly #around: Surroundings;
	readonly #stop = new AbortController();
	readonly #running: Promise<void>;
	#conversation: Conversation | undefined;
	/** From the beginning of a round to its end no connection leaves by itself. */
	#stays = false;
	#round: number | undefined;

	constructor({ channel }: SpecOf<'client'>, around: Surroundings) {
		this.#channel = channel;
		this.#around = around;
		this.#running = this.#run();
	}

	awaitsCompany(company: Company): string | undefined {
		this.#stays = true;
		const conversation = this.#conversation;
		if (conversation?.leaving) return `the client of "${this.#channel}" is still leaving`;
		const pids = conversation === undefined ? [] : [conversation.peerPid];
		const missing = difference(company, 'server', this.#channel, pids);
		return missing && `the client of "${this.#channel}" ${missing}`;
	}

	rest(round: number): void {
		this.#round = round;
		this.#conversation?.rest(round);
	}

	awaitsRound(round: number, company: Company): string | undefined {
		const missing = this.awaitsCompany(company);
		if (missing !== undefined) return missing;
		const awaited = this.#conversation?.awaitsRound(round);
		return awaited && `the client of "${this.#channel}": ${awaited}`;
	}

	goOn(): void {
		this.#stays = false;
		this.#round = undefined;
		this.#conversation?.goOn();
	}

	async close(): Promise<void> {
		this.#stop.abort(new Error('stopped'));
		await this.#conversation?.close();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { signal } = this.#stop;
		const { toServer, toClient } = duplexes[this.#channel];
		try {
			while (!signal.aborted) {
				const connection = await connect(duplexOf(this.#channel), { signal });
				this.#around.counts.links++;
				const policies = { out: toServer, into: toClient };
				const conversation = new Conversation(this.#channel, connection, policies, this.#around);
				this.#conversation = conversation;
				if (this.#round !== undefined) conversation.rest(this.#round);
				if (signal.aborted) void conversation.close();
				void this.#leaveSometimes(conversation);
				await conversation.over;
				this.#conversation = undefined;
			}
		} catch (error) {
			if (error !== signal.reason) throw error;
		}
	}

	/** Leaves this connection at random moments, to connect again. */
	async #leaveSometimes(conversation: Conversation): Promise<void> {
		const { random } = this.#around;
		if (!chance(random, 0.5)) return;
		await Promise.race([conversation.over, pause(integer(random, 100, 5000), undefined, { ref: false })]);
		if (!conversation.leaving && !this.#stays) await conversation.close();
	}
}
