/** The parts of a process of the soak. Each is one writer, reader, server or client of one channel. */
import type { Overflow } from 'ringwire';
import type { Random } from './random.js';
import type { Counts, History } from './tally.js';

export type PartSpec =
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
	| { readonly kind: 'client'; readonly channel: DuplexName };

export const oneWay = {
	keep: 'block',
	chain: 'block',
	crowd: 'block',
	oldest: 'drop-oldest',
	newest: 'drop-newest',
	latest: 'latest',
} as const satisfies Record<string, Overflow>;
export type OneWayName = keyof typeof oneWay;

export const duplex = {
	talk: { toServer: 'block', toClient: 'block' },
	desk: { toServer: 'block', toClient: 'drop-oldest' },
} as const satisfies Record<string, { toServer: Overflow; toClient: Overflow }>;
export type DuplexName = keyof typeof duplex;

/** The pids of the processes on each channel in a round: `writer keep`, `server talk` and so on. */
export type Company = Readonly<Record<string, readonly number[]>>;

export function companyKey(kind: PartSpec['kind'], channel: string): string {
	return `${kind} ${channel}`;
}

/** The context that a process gives to its parts. */
export interface Surroundings {
	/** The folder of the diaries. */
	readonly folder: string;
	readonly random: Random;
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
}

/** Compares two lists of pids. Undefined: they are the same. */
export function difference(who: string, are: readonly number[], expected: readonly number[] = []): string | undefined {
	const sorted = (pids: readonly number[]) => [...pids].sort((one, other) => one - other).join(' ');
	const [found, wanted] = [sorted(are), sorted(expected)];
	return found === wanted ? undefined : `has the ${who} [${found}], not yet [${wanted}]`;
}
