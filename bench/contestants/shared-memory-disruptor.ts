/**
 * shared-memory-disruptor: elements of one size in POSIX shared memory. Many are claimed and consumed at a time, without
 * spinning inside (which would block the loop). A side that finds nothing tries again in the next turn. A waiting side burns a core.
 */
import { createRequire } from 'node:module';
import { Pool } from '../measure/payload.js';
import type { Contestant, Spec } from './types.js';

interface Disruptor {
	produceClaimAvailSync(max: number): Buffer[];
	produceCommitSync(): boolean;
	consumeNewSync(): Buffer[];
	consumeCommit(): boolean;
}

type DisruptorClass = new (
	name: string,
	elements: number,
	elementSize: number,
	consumers: number,
	consumer: number,
	init: boolean,
	spin: boolean,
) => Disruptor;

function open(spec: Spec, part: string, consumer: number, init: boolean): Disruptor {
	const { Disruptor } = createRequire(import.meta.url)('shared-memory-disruptor') as { Disruptor: DisruptorClass };
	const elements = Math.max(4, Math.min(65536, Math.floor((4 * 1024 * 1024) / spec.size)));
	return new Disruptor(`/${spec.name}-${part}`, elements, spec.size, 1, consumer, init, false);
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Calls back for each message, each turn of the loop, while there is something to come. */
function poll(ring: Disruptor, size: number, take: (message: Uint8Array) => void, wanted: () => boolean): void {
	const look = () => {
		const pieces = ring.consumeNewSync();
		for (const piece of pieces) {
			for (let at = 0; at < piece.length; at += size) take(piece.subarray(at, at + size));
		}
		if (pieces.length > 0) ring.consumeCommit();
		if (wanted()) setImmediate(look);
	};
	look();
}

async function put(ring: Disruptor, pool: Pool, size: number, count: number): Promise<void> {
	for (let sent = 0; sent < count; ) {
		const pieces = ring.produceClaimAvailSync(count - sent);
		for (const piece of pieces) {
			for (let at = 0; at < piece.length; at += size) piece.set(pool.take(sent++), at);
		}
		if (pieces.length > 0) ring.produceCommitSync();
		else await turn();
	}
}

export const sharedMemoryDisruptor: Contestant = {
	name: 'shared-memory-disruptor',
	rival: true,
	async receive(spec, meter) {
		const ring = open(spec, 'there', 0, true);
		return {
			expect(count) {
				let left = count;
				const take = (message: Uint8Array) => {
					left--;
					meter.message(message);
				};
				setImmediate(() => poll(ring, spec.size, take, () => left > 0));
			},
		};
	},
	async send(spec) {
		const ring = open(spec, 'there', -1, false);
		const pool = new Pool(spec.size);
		return { send: (count) => put(ring, pool, spec.size, count) };
	},
	async echo(spec) {
		const there = open(spec, 'there', 0, true);
		const back = open(spec, 'back', -1, true);
		const pool = new Pool(spec.size);
		return {
			expect(count) {
				let left = count;
				const answer = () => {
					left--;
					void put(back, pool, spec.size, 1);
				};
				setImmediate(() => poll(there, spec.size, answer, () => left > 0));
			},
		};
	},
	async call(spec) {
		const there = open(spec, 'there', -1, false);
		const back = open(spec, 'back', 0, false);
		const pool = new Pool(spec.size);
		return {
			async call() {
				let answered = false;
				await put(there, pool, spec.size, 1);
				while (!answered) {
					const pieces = back.consumeNewSync();
					if (pieces.length > 0) {
						answered = true;
						back.consumeCommit();
					} else await turn();
				}
			},
		};
	},
};
