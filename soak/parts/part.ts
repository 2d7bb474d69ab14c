/** The parts of a process of the soak. Each is one writer, reader, server, client or side of a service, at one channel. */
import type { Overflow } from 'ringwire';
import type { Random } from '../random.js';
import type { Shutdowns } from '../shutdowns.js';
import type { Counts, History } from '../tally.js';

export type PartSpec = AnyPart & {
	/** It is in a worker thread of its process. */
	readonly thread?: true;
};

type AnyPart =
	| { readonly kind: 'writer'; readonly channel: OneWayName }
	| {
			readonly kind: 'reader';
			readonly channel: OneWayName;
			readonly lossy?: boolean;
			readonly order?: 'time';
			/** No other reader of that channel holds its writers back: it begins with the first message of each. */
			readonly only?: true;
			/** As `only`, but it is killed, and its lives follow one another. */
			readonly chained?: true;
	  }
	| { readonly kind: 'server'; readonly channel: DuplexName }
	| { readonly kind: 'client'; readonly channel: DuplexName }
	| { readonly kind: 'service'; readonly channel: 'calls' }
	| { readonly kind: 'requester'; readonly channel: 'calls' };

/** The spec of a part of that kind. */
export type SpecOf<Kind extends PartSpec['kind']> = Extract<PartSpec, { kind: Kind }>;

export const oneWay = {
	keep: 'block',
	chain: 'block',
	crowd: 'block',
	oldest: 'drop-oldest',
	newest: 'drop-newest',
	latest: 'latest',
	halt: 'block',
} as const satisfies Record<string, Overflow>;
export type OneWayName = keyof typeof oneWay;

export const duplex = {
	talk: { toServer: 'block', toClient: 'block' },
	desk: { toServer: 'block', toClient: 'drop-oldest' },
} as const satisfies Record<string, { toServer: Overflow; toClient: Overflow }>;
export type DuplexName = keyof typeof duplex;

/** The processes that take part in a round. */
export interface Company {
	/** Their pids on each channel: `writer keep`, `server talk` and so on. */
	readonly at: Readonly<Record<string, readonly number[]>>;
	/** The pids of stopped processes. They may be connected or not, and no other process waits for them. */
	readonly stopped: readonly number[];
}

export function companyKey(kind: PartSpec['kind'], channel: string): string {
	return `${kind} ${channel}`;
}

/** The context that a process gives to its parts. */
export interface Surroundings {
	/** The folder of the diaries. */
	readonly folder: string;
	readonly random: Random;
	readonly shutdowns: Shutdowns;
	readonly counts: Counts;
	readonly history: History;
	/** Reports a violation. */
	violation(what: string): void;
}

/**
 * A round is a rest: no process is killed or stopped, and each connects to every other one. Then all writers write one last message with the
 * number of the round, and rest until every reader has it. It must arrive without anything else that could wake the reader up.
 */
export interface Part {
	/** The difference between its peers and these. Undefined: none. */
	awaitsCompany(company: Company): string | undefined;
	/** Its writers write their last message of that round and rest. */
	rest(round: number): void;
	/** The last messages of the round that are not written or read yet. Undefined: none. */
	awaitsRound(round: number, company: Company): string | undefined;
	goOn(): void;
	/** Closes in one of the possible ways. */
	close(): Promise<void>;
	/** Shuts its channel down. Absent: no part of the soak shuts that channel down. */
	shutDown?(): void;
}

/** Compares the connected peers with those of that kind in the company. Undefined: they are the same. */
export function difference(
	company: Company,
	kind: PartSpec['kind'],
	channel: string,
	connected: readonly number[],
): string | undefined {
	const sorted = (pids: readonly number[]) => [...pids].sort((one, other) => one - other).join(' ');
	const found = sorted(connected.filter((pid) => !company.stopped.includes(pid)));
	const wanted = sorted(pidsOf(company, kind, channel));
	return found === wanted ? undefined : `has the peers [${found}] of the kind "${kind}", not yet [${wanted}]`;
}

export function pidsOf({ at }: Company, kind: PartSpec['kind'], channel: string): readonly number[] {
	return at[companyKey(kind, channel)] ?? [];
}
