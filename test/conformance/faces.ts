import { finished, type Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Channel, openReader, type Reader, RingwireError } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel, pullMap } from 'ringwire/observables';
import { createReadStream, createWebReadable } from 'ringwire/streams';
import type { Observable } from 'rxjs';
import type { Consumption, Face } from './face.js';

const exact = { keepsBoundaries: true, waits: true, holdsMax: 1, survivesThrow: false } as const;

export const faces: readonly Face[] = [
	{ ...exact, name: 'Reader.read', consume: (source, take) => consumeByRead(readerOf(source), take) },
	{
		...exact,
		name: 'Reader.readBatch',
		holdsMax: 100,
		consume: (source, take) => consumeByBatch(readerOf(source), take),
	},
	{ ...exact, name: 'Reader.readSync', consume: (source, take) => consumeSync(readerOf(source), take) },
	{ ...exact, name: 'Reader.lease', consume: (source, take) => consumeByLease(readerOf(source), take) },
	{ ...exact, name: 'Reader.leases', consume: (source, take) => consumeLeases(readerOf(source), take) },
	{ ...exact, name: 'AsyncIterable', consume: (source, take) => consumeIterable(readerOf(source), take) },
	{ ...exact, name: 'ix', consume: (source, take) => consumeIx(source, take) },
	{
		...exact,
		name: 'Observable',
		waits: false,
		survivesThrow: true,
		consume: (source, take) => consumeObservable(fromChannel(source), take),
	},
	{
		...exact,
		name: 'pullMap',
		consume: (source, take) =>
			consumeObservable(fromChannel(source).pipe(pullMap(async (message) => take(message)))),
	},
	{
		...exact,
		name: 'Readable',
		keepsBoundaries: false,
		holdsMax: 4096,
		consume: (source, take) => consumeReadable(createReadStream(source), take),
	},
	{
		...exact,
		name: 'ReadableStream',
		keepsBoundaries: false,
		holdsMax: 8192,
		consume: (source, take) => consumeWeb(createWebReadable(source).getReader(), take),
	},
];

export function faceNamed(name: string): Face {
	const face = faces.find((candidate) => candidate.name === name);
	if (face === undefined) throw new Error(`there is no face "${name}"`);
	return face;
}

type Take<T> = (message: T) => void | Promise<void>;

function readerOf<T>(source: Channel<T> | Reader<T>): Reader<T> {
	return 'read' in source ? source : openReader(source);
}

/** For faces that are a loop: `leave` makes the loop's wait end. */
function looping(loop: () => Promise<void>, leave: () => unknown): Consumption {
	const done = loop();
	done.catch(() => {});
	return {
		done,
		async stop() {
			await leave();
			await done.catch(() => {});
		},
	};
}

function consumeByRead<T>(reader: Reader<T>, take: Take<T>): Consumption {
	const loop = async () => {
		try {
			for (let message = await reader.read(); message !== undefined; message = await reader.read())
				await take(message);
		} finally {
			await reader.close();
		}
	};
	return looping(loop, () => reader.close());
}

function consumeByLease<T>(reader: Reader<T>, take: Take<T>): Consumption {
	const loop = async () => {
		try {
			for (let lease = await reader.lease(); lease !== undefined; lease = await reader.lease()) {
				await take(lease.message);
				lease.release();
			}
		} finally {
			await reader.close();
		}
	};
	return looping(loop, () => reader.close());
}

function consumeLeases<T>(reader: Reader<T>, take: Take<T>): Consumption {
	const iterator = reader.leases();
	const loop = async () => {
		for await (const lease of iterator) await take(lease.message);
	};
	return looping(loop, () => iterator.return?.());
}

/** Blocking reads, each for one turn at most: the writer is on the same thread. */
function consumeSync<T>(reader: Reader<T>, take: Take<T>): Consumption {
	let leaving = false;
	const nextOrTurn = async (): Promise<{ message: T | undefined } | undefined> => {
		try {
			return { message: reader.readSync({ timeoutMs: 0 }) };
		} catch (error) {
			if (!(error instanceof RingwireError && error.code === 'ERR_RINGWIRE_TIMEOUT')) throw error;
			await nextTurn();
			return undefined;
		}
	};
	const loop = async () => {
		try {
			while (!leaving) {
				const next = await nextOrTurn();
				if (next === undefined) continue;
				if (next.message === undefined) return;
				await take(next.message);
			}
		} finally {
			await reader.close();
		}
	};
	return looping(loop, () => {
		leaving = true;
		return reader.close();
	});
}

function consumeByBatch<T>(reader: Reader<T>, take: Take<T>): Consumption {
	let wake = () => {};
	let leaving = false;
	reader.on('data', () => wake()).on('end', () => wake());
	const loop = async () => {
		try {
			while (!leaving) {
				const edge = new Promise<void>((resolve) => {
					wake = resolve;
				});
				const batch = reader.readBatch(100);
				for (const message of batch) if (!leaving) await take(message);
				if (batch.length > 0) continue;
				if (reader.closed) return;
				await edge;
			}
		} finally {
			await reader.close();
		}
	};
	return looping(loop, () => {
		leaving = true;
		wake();
		return reader.close();
	});
}

function consumeIterable<T>(reader: Reader<T>, take: Take<T>): Consumption {
	const iterator = reader.iterate();
	const loop = async () => {
		for await (const message of iterator) await take(message);
	};
	return looping(loop, () => iterator.return?.());
}

function consumeIx<T>(source: Channel<T> | Reader<T>, take: Take<T>): Consumption {
	const leaving = new AbortController();
	const loop = async () => {
		for await (const message of iterableFrom(source, { signal: leaving.signal })) await take(message);
	};
	return looping(loop, () => leaving.abort());
}

function consumeObservable<T>(messages: Observable<T>, take: Take<T> = () => {}): Consumption {
	let unsubscribe = () => {};
	const done = new Promise<void>((resolve, reject) => {
		const subscription = messages.subscribe({
			next: (message) => void take(message),
			error: reject,
			complete: resolve,
		});
		unsubscribe = () => {
			subscription.unsubscribe();
			resolve();
		};
	});
	done.catch(() => {});
	return { done, stop: async () => unsubscribe() };
}

function consumeReadable<T>(readable: Readable, take: Take<T>): Consumption {
	const loop = async () => {
		for await (const message of readable) await take(message);
	};
	return looping(loop, () => {
		readable.destroy();
		return new Promise<void>((resolve) => finished(readable, () => resolve()));
	});
}

function consumeWeb<T>(reader: ReadableStreamDefaultReader<T>, take: Take<T>): Consumption {
	const loop = async () => {
		try {
			for (let next = await reader.read(); !next.done; next = await reader.read()) await take(next.value);
		} finally {
			await reader.cancel();
		}
	};
	return looping(loop, () => reader.cancel());
}
