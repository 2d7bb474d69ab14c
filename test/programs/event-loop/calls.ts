/** Sources whose calls are counted, and the other means of the laws. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { attach, type Bell, type Loop } from './kit.js';

export interface Calls {
	readonly bell: Bell;
	readonly count: number;
	readonly taken: number;
	/** Resolves when there were so many calls. The loop may block meanwhile. */
	reach(count: number): Promise<void>;
	/** Resolves when so many rings and alarms were taken. */
	take(count: number): Promise<void>;
}

/** A source whose rings are taken in each call. */
export function counted(
	loop: Loop,
	onReady: (calls: Calls) => void = () => {},
	onTurn: (calls: Calls) => void = () => {},
): Calls {
	let count = 0;
	let taken = 0;
	let waiter = { holds: () => false, resolve: () => {} };
	const wait = (holds: () => boolean) => {
		const { promise, resolve } = withResolvers();
		waiter = { holds, resolve };
		if (holds()) resolve();
		return promise;
	};
	const calls = {
		bell: attach(
			loop,
			(bell) => {
				count++;
				taken += bell.take();
				onReady(calls);
				if (waiter.holds()) waiter.resolve();
			},
			() => onTurn(calls),
		),
		get count() {
			return count;
		},
		get taken() {
			return taken;
		},
		reach: (wanted: number) => wait(() => count >= wanted),
		take: (wanted: number) => wait(() => taken >= wanted),
	};
	return calls;
}

export async function settle(loop: Loop): Promise<void> {
	const marker = counted(loop);
	for (let rings = 1; rings <= 2; rings++) {
		marker.bell.ring();
		await marker.take(rings);
	}
	marker.bell.detach();
	await turn();
}

export async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await turn();
}

export function withResolvers(): { promise: Promise<void>; resolve: () => void } {
	let resolve = () => {};
	const promise = new Promise<void>((settled) => {
		resolve = settled;
	});
	return { promise, resolve };
}

/** The eventfds, epolls and their like of this process; 0 where the host does not show them. Deno opens sockets for a moment, half a second after its start. */
export function descriptors(): number {
	const folder = '/proc/self/fd';
	const isEvent = (name: string) => {
		try {
			return readlinkSync(`${folder}/${name}`).startsWith('anon_inode:');
		} catch {
			return false; // it has been closed meanwhile
		}
	};
	return existsSync(folder) ? readdirSync(folder).filter(isEvent).length : 0;
}

export function equal(actual: unknown, expected: unknown): void {
	const [got, wanted] = [String(actual), String(expected)];
	if (got !== wanted) throw new Error(`${got} is not ${wanted}`);
}
