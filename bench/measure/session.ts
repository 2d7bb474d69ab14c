/** The processes of one contestant in one trial. They are started once, warm up, and run once per order of the interleaving. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Contestant, Spec } from '../contestants/types.js';
import type { Cores } from '../trials.js';
import { type Assignment, isControl, type Latency, type Order, type Side, type Told } from './control.js';
import { checksumOf } from './payload.js';
import { sumsOf } from './values.js';

const peer = fileURLToPath(new URL('./peer.js', import.meta.url));
const patienceMs = 30_000;

/** The result of one run. */
export interface Outcome {
	readonly messages: number;
	readonly seconds: number;
	/** The time until the writers had handed over all messages, also those that were lost. */
	readonly writeSeconds: number;
	readonly delivered: number;
	/** The sum over all sides. */
	readonly cpuMicros: number;
	readonly latency?: Latency | undefined;
}

export interface Session {
	run(count: number, warmUp?: boolean): Promise<Outcome>;
	close(): Promise<void>;
}

type ToldOf<K extends Told['type']> = Extract<Told, { type: K }>;

export class PeerSession implements Session {
	readonly #contestant: Contestant;
	readonly #spec: Spec;
	readonly #cores: Cores;
	readonly #receivers: ChildProcess[] = [];
	readonly #senders: ChildProcess[] = [];
	#run = 0;

	private constructor(contestant: Contestant, spec: Spec, cores: Cores) {
		this.#contestant = contestant;
		this.#spec = spec;
		this.#cores = cores;
	}

	/** If it throws, it leaves nothing behind. */
	static async open(contestant: Contestant, spec: Spec, cores: Cores): Promise<PeerSession> {
		const session = new PeerSession(contestant, spec, cores);
		try {
			await session.#start();
			return session;
		} catch (error) {
			await session.close();
			throw error;
		}
	}

	get pids(): number[] {
		return [...this.#receivers, ...this.#senders].flatMap(({ pid }) => pid ?? []);
	}

	async run(count: number, warmUp = false): Promise<Outcome> {
		const run = ++this.#run;
		const lossy = this.#spec.overflow !== 'block';
		// The writers share the count. Each writes its part of the same pool.
		const each = Math.max(1, Math.floor(count / this.#spec.writers));
		const total = each * this.#spec.writers;
		const expecting = this.#receivers.map((child) => this.#hear(child, 'expecting'));
		const oneWay = this.#spec.kind === 'one-way';
		const received = oneWay ? this.#receivers.map((child) => this.#hear(child, 'received')) : [];
		// A failure during another wait must not become an unhandled rejection.
		for (const promise of received) promise.catch(() => {});
		order(this.#receivers, { type: 'expect', count: total, run });
		await Promise.all(expecting);
		// If the receiver started the sender, it forwards the messages of the sender.
		const writers = this.#senders.length > 0 ? this.#senders : this.#receivers;
		const sent = writers.map((child) => this.#hear(child, 'sent'));
		order(writers, { type: 'send', count: each, run, warmUp });
		const [senders, receivers] = await Promise.all([Promise.all(sent), Promise.all(received)]);
		if (oneWay && !lossy) this.#check(receivers, each);
		return outcomeOf(total, senders, receivers, this.#contestant.place === 'threads');
	}

	async close(): Promise<void> {
		await Promise.all([...this.#senders, ...this.#receivers].map(gone));
		// The disruptor leaves its memory behind.
		for (const part of ['there', 'back']) rmSync(`/dev/shm/${this.#spec.name}-${part}`, { force: true });
	}

	async #start(): Promise<void> {
		const { writers, readers } = this.#spec;
		const receivers = Array.from({ length: readers }, (_, index) => this.#fork('receive', index));
		this.#receivers.push(...receivers.map(({ child }) => child));
		const place = this.#contestant.place ?? 'processes';
		// Subscribers wait for publishers that listen, so all processes start at once, unless one starts another.
		const waits = receivers.map(({ ready }) => ready);
		for (const wait of waits) wait.catch(() => {});
		await Promise.all(waits);
		if (place !== 'processes') return;
		const senders = Array.from({ length: writers }, (_, index) => this.#fork('send', index));
		this.#senders.push(...senders.map(({ child }) => child));
		await Promise.all(senders.map(({ ready }) => ready));
	}

	#fork(side: Side, index: number) {
		const assignment: Assignment = { contestant: this.#contestant.name, side, index, spec: this.#spec };
		const core = this.#cores === 'two' && side === 'receive' ? '1' : '0';
		const pinned =
			this.#cores === 'any'
				? { execArgv: [] }
				: { execPath: 'taskset', execArgv: ['-c', core, process.execPath] };
		const child = fork(peer, [JSON.stringify(assignment)], {
			stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
			...pinned,
		});
		child.setMaxListeners(0);
		return { child, ready: this.#hear(child, 'ready') };
	}

	/** The child's next message of that type. */
	#hear<K extends Told['type']>(child: ChildProcess, type: K): Promise<ToldOf<K>> {
		return new Promise((resolve, reject) => {
			const done = (finish: () => void) => {
				clearTimeout(timer);
				child.off('message', hear).off('exit', exit).off('error', fail);
				finish();
			};
			const fail = (error: Error) => done(() => reject(error));
			const hear = (message: unknown) => {
				if (!isControl<Told>(message)) return;
				if (message.type === 'failed') fail(new Error(message.reason));
				else if (message.type === type) done(() => resolve(message as ToldOf<K>));
			};
			const exit = (code: number | null, signal: string | null) =>
				fail(new Error(`a peer ended with ${code ?? signal}`));
			const timer = setTimeout(() => fail(new Error(`no message within ${patienceMs / 1000} s`)), patienceMs);
			child.on('message', hear).on('exit', exit).on('error', fail);
		});
	}

	#check(receivers: readonly ToldOf<'received'>[], each: number): void {
		const { writers, step } = this.#spec;
		if (this.#contestant.bytesOnly === true && step !== 1) return;
		const wanted = Math.imul(checksumOf(sumsOf(this.#spec), each), writers);
		for (const { checksum, messages } of receivers) {
			if (checksum !== wanted || messages !== each * writers) {
				throw new Error(
					`wrong data: ${messages} of ${each * writers} messages, checksum ${checksum}, not ${wanted}`,
				);
			}
		}
	}
}

function order(children: readonly ChildProcess[], what: Order): void {
	for (const child of children) child.send(what);
}

function outcomeOf(
	messages: number,
	senders: readonly ToldOf<'sent'>[],
	receivers: readonly ToldOf<'received'>[],
	shared: boolean,
): Outcome {
	const startedAt = Math.min(...senders.map((one) => one.startedAt));
	const writtenAt = Math.max(...senders.map((one) => one.endedAt));
	const endedAt = Math.max(writtenAt, ...receivers.map((one) => one.endedAt));
	const sum = (all: readonly { readonly cpuMicros: number }[]) =>
		all.reduce((total, one) => total + one.cpuMicros, 0);
	return {
		messages,
		seconds: (endedAt - startedAt) / 1000,
		writeSeconds: (writtenAt - startedAt) / 1000,
		delivered: receivers.reduce((total, one) => total + one.messages, 0),
		// Threads count their process as a whole.
		cpuMicros: shared ? Math.max(sum(senders), sum(receivers)) : sum(senders) + sum(receivers),
		latency: senders[0]?.latency,
	};
}

async function gone(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
	const exit = once(child, 'exit');
	if (child.connected) child.disconnect();
	const patience = setTimeout(() => child.kill('SIGKILL'), 1000);
	await exit;
	clearTimeout(patience);
}
