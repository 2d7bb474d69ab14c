/** The parts at the service: its server, or a client that connects again whenever its connection is over. */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import {
	connectService,
	defineService,
	json,
	RemoteError,
	type RequestContext,
	RingwireError,
	type ServiceClient,
	type ServiceServer,
	serve,
} from 'ringwire';
import { chance, integer, oneOf } from '../random.js';
import { type Company, difference, type Part, type SpecOf, type Surroundings } from './part.js';

interface Demand {
	/** Grows with every request of a process. */
	readonly id: number;
	readonly does: 'echo' | 'later' | 'fail' | 'never';
}

/** Small lanes, so that requests and responses wait for room. */
const lane = { codec: json<Demand>(), capacity: 64 * 1024, depth: 16 };
const calls = defineService({ name: 'calls', request: lane, response: lane });
const requestsAtATime = 6;

export class ServicePart implements Part {
	readonly #around: Surroundings;
	readonly #server: ServiceServer;
	/** The last request of each client. */
	readonly #last = new Map<string, number>();

	constructor(_: SpecOf<'service'>, around: Surroundings) {
		this.#around = around;
		this.#server = serve(calls, (demand: Demand, context) => this.#handle(demand, context))
			.on('connect', () => around.counts.links++)
			.on('disconnect', ({ peer }) => this.#last.delete(peer.id))
			.on('error', ({ error }) => around.violation(`the server of the service: ${String(error)}`));
	}

	awaitsCompany(company: Company): string | undefined {
		const pids = this.#server.peers.map(({ pid }) => pid);
		const missing = difference(company, 'requester', 'calls', pids);
		return missing && `the server of the service ${missing}`;
	}

	rest(): void {}

	awaitsRound(_: number, company: Company): string | undefined {
		const missing = this.awaitsCompany(company);
		if (missing !== undefined) return missing;
		const { inFlight } = this.#server;
		// A stopped client may have requests that never end by themselves.
		return inFlight === 0 || company.stopped.length > 0 ? undefined : `the service has ${inFlight} requests`;
	}

	goOn(): void {}

	close(): Promise<void> {
		return this.#server.close({ lingerMs: oneOf(this.#around.random, [0, 100]) });
	}

	async #handle(demand: Demand, { peer, signal }: RequestContext): Promise<Demand> {
		const { id, does } = demand;
		const last = this.#last.get(peer.id) ?? -1;
		if (id <= last) {
			this.#around.violation(`the service got request ${id} of pid ${peer.pid} after its request ${last}`);
		}
		this.#last.set(peer.id, id);
		switch (does) {
			case 'echo':
				return demand;
			case 'later':
				for (let turns = id % 7; turns > 0; turns--) await turn();
				return demand;
			case 'fail':
				throw Object.assign(new RangeError(`no ${id}`), { code: 'E_SOAK' });
			case 'never':
				return new Promise((_, reject) => {
					if (signal.aborted) reject(signal.reason);
					else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
				});
		}
	}
}

export class RequesterPart implements Part {
	readonly #around: Surroundings;
	readonly #stop = new AbortController();
	readonly #running: Promise<void>;
	#client: ServiceClient<Demand, Demand> | undefined;
	#requests = 0;
	#staying = false;
	#round: number | undefined;
	#restsIn = 0;
	/** Called at the end of a rest. */
	#resumed: (() => void)[] = [];

	constructor(_: SpecOf<'requester'>, around: Surroundings) {
		this.#around = around;
		this.#running = this.#run();
	}

	awaitsCompany(company: Company): string | undefined {
		this.#staying = true;
		const client = this.#client;
		if (client?.closed) return 'the client of the service is still leaving';
		const pids = client === undefined ? [] : [client.peer.pid];
		const missing = difference(company, 'service', 'calls', pids);
		return missing && `the client of the service ${missing}`;
	}

	rest(round: number): void {
		this.#round = round;
	}

	awaitsRound(round: number, company: Company): string | undefined {
		const missing = this.awaitsCompany(company);
		if (missing !== undefined) return missing;
		const inFlight = this.#client?.inFlight ?? 0;
		if (inFlight > 0) return `the client of the service has ${inFlight} requests`;
		return this.#restsIn >= round ? undefined : 'the client of the service has no answer of this round';
	}

	goOn(): void {
		this.#staying = false;
		this.#round = undefined;
		for (const resume of this.#resumed.splice(0)) resume();
	}

	async close(): Promise<void> {
		this.#stop.abort(new Error('stopped'));
		await this.#client?.close();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { signal } = this.#stop;
		try {
			while (!signal.aborted) {
				const client = await connectService(calls, { signal });
				this.#around.counts.links++;
				this.#client = client;
				if (signal.aborted) await client.close();
				void this.#leaveSometimes(client);
				await Promise.all(
					Array.from({ length: requestsAtATime }, (_, i) => this.#requestMany(client, i === 0)),
				);
				if (client.inFlight > 0)
					this.#wrong(`has ${client.inFlight} requests in flight after all have settled`);
				await client.close();
				this.#client = undefined;
			}
		} catch (error) {
			if (error !== signal.reason) throw error;
		}
	}

	/** One request after the other. `isFirst`: it also makes the one request of each round. */
	async #requestMany(client: ServiceClient<Demand, Demand>, isFirst: boolean): Promise<void> {
		const { random } = this.#around;
		while (!client.closed) {
			const round = this.#round;
			if (round === undefined) {
				await this.#request(client, oneOf(random, ['echo', 'echo', 'later', 'later', 'fail', 'never']));
				if (chance(random, 0.3)) await pause(integer(random, 1, 20));
			} else if (isFirst && this.#restsIn < round) {
				if (await this.#request(client, 'echo', false)) this.#restsIn = round;
			} else {
				const resumed = new Promise<void>((resolve) => this.#resumed.push(resolve));
				await Promise.race([resumed, client.whenClosed()]);
			}
		}
	}

	/** Resolves with whether it was answered. Each request must settle in a way that its kind allows. */
	async #request(
		client: ServiceClient<Demand, Demand>,
		does: Demand['does'],
		mayCancel = chance(this.#around.random, 0.2),
	): Promise<boolean> {
		const { random, counts } = this.#around;
		const demand: Demand = { id: this.#requests++, does };
		const cancel =
			does === 'never' || mayCancel ? oneOf<'abort' | 'timeout'>(random, ['abort', 'timeout']) : undefined;
		const patienceMs = 5 * random();
		const abort = new AbortController();
		const timer = cancel === 'abort' ? setTimeout(() => abort.abort(abort), patienceMs) : undefined;
		const timeoutMs = cancel === 'timeout' ? patienceMs : undefined;
		try {
			const answer = await client.request(demand, { signal: abort.signal, timeoutMs });
			counts.requestsAnswered++;
			const isRight = (does === 'echo' || does === 'later') && answer.id === demand.id && answer.does === does;
			if (!isRight) this.#wrong(`got ${JSON.stringify(answer)} for ${JSON.stringify(demand)}`);
			return true;
		} catch (error) {
			if (error === abort && cancel === 'abort') counts.requestsCancelled++;
			else if (error instanceof RemoteError && does === 'fail') this.#failed(error, demand);
			else if (!(error instanceof RingwireError)) throw error;
			else if (error.code === 'ERR_RINGWIRE_TIMEOUT' && cancel === 'timeout') counts.requestsCancelled++;
			else if (error.code === 'ERR_RINGWIRE_PEER_DIED') await this.#orphaned(client, 'died');
			else if (error.code === 'ERR_RINGWIRE_CLOSED') await this.#orphaned(client, 'closed');
			else this.#wrong(`got ${String(error)} for ${JSON.stringify(demand)}`);
			return false;
		} finally {
			clearTimeout(timer);
		}
	}

	#failed({ name, message, code }: RemoteError, { id }: Demand): void {
		this.#around.counts.requestsFailed++;
		const isRight = name === 'RangeError' && message === `no ${id}` && code === 'E_SOAK';
		if (!isRight) this.#wrong(`got the failure ${name} ${code}: ${message} for request ${id}`);
	}

	async #orphaned(client: ServiceClient<Demand, Demand>, reason: 'died' | 'closed'): Promise<void> {
		this.#around.counts.requestsOrphaned++;
		// Without a departure there is no such reason, and this never resolves.
		const departed = await client.whenClosed();
		if (departed !== reason) this.#wrong(`has a request that ended with "${reason}", and ended with "${departed}"`);
	}

	/** Leaves this connection at random moments, to connect again. */
	async #leaveSometimes(client: ServiceClient<Demand, Demand>): Promise<void> {
		const { random } = this.#around;
		if (!chance(random, 0.5)) return;
		await Promise.race([client.whenClosed(), pause(integer(random, 100, 5000), undefined, { ref: false })]);
		if (!client.closed && !this.#staying) await client.close();
	}

	#wrong(what: string): void {
		this.#around.violation(`the client of the service ${what}`);
	}
}
