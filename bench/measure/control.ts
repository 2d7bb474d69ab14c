/** The messages between the benchmark and the peers of a session. */
import type { Spec } from '../contestants/types.js';

export type Side = 'receive' | 'send';

/** The task of a peer. */
export interface Assignment {
	readonly contestant: string;
	readonly side: Side;
	readonly index: number;
	readonly spec: Spec;
}

export type Order =
	| { readonly type: 'expect'; readonly count: number; readonly run: number }
	| {
			readonly type: 'send';
			readonly count: number;
			readonly run: number;
			/** Without pauses, and not counted among the latencies that are reported later. */
			readonly warmUp: boolean;
	  }
	| { readonly type: 'memory' };

export type Told =
	| { readonly type: 'ready' }
	| { readonly type: 'expecting' }
	| {
			readonly type: 'received';
			readonly messages: number;
			readonly bytes: number;
			readonly checksum: number;
			readonly endedAt: number;
			readonly cpuMicros: number;
	  }
	| {
			readonly type: 'sent';
			readonly startedAt: number;
			readonly endedAt: number;
			readonly cpuMicros: number;
			readonly latency?: Latency;
	  }
	| { readonly type: 'failed'; readonly reason: string };

/** Nanoseconds of the round trips so far in this session without the warm-up, and the median of the last run alone. */
export interface Latency {
	readonly count: number;
	readonly runMedian: number;
	readonly p50: number;
	readonly p90: number;
	readonly p99: number;
	readonly p999: number;
	readonly max: number;
	/** [percentile, nanoseconds] for the plot. */
	readonly curve: readonly (readonly [number, number])[];
}

/** Where the medium is the same as that of the messages, these have no `type`. */
export function isControl<T extends Order | Told>(message: unknown): message is T {
	return typeof message === 'object' && message !== null && !(message instanceof Uint8Array) && 'type' in message;
}
