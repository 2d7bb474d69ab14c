import {
	type Channel,
	type ChannelSpec,
	defineChannel,
	json,
	type OpenReaderOptions,
	openReader,
	openWriter,
	type Reader,
	type Writer,
	type WriterOptions,
} from 'ringwire';
import { onTestFinished } from 'vitest';
import { uniqueName } from './unique-name.js';

/** The smallest lane there is: full after `depth` messages. */
export const tiny = { capacity: 64 * 1024, depth: 2 } as const;

export function numbers(spec: Omit<ChannelSpec<number>, 'name' | 'codec'> = {}): Channel<number> {
	return defineChannel({ ...spec, name: uniqueName(), codec: json<number>() });
}

/** As `openWriter`; closed at the end of the test at the latest. */
export function writerOf<T>(channel: Channel<T, unknown>, options?: WriterOptions): Writer<T> {
	const writer = openWriter(channel, options);
	onTestFinished(() => writer[Symbol.dispose]());
	return writer;
}

/** As `openReader`; closed at the end of the test at the latest. */
export function readerOf<T>(channel: Channel<never, T>, options?: OpenReaderOptions): Reader<T> {
	const reader = openReader(channel, options);
	onTestFinished(() => reader[Symbol.dispose]());
	return reader;
}

/** A connected writer and reader of one channel. */
export async function pairOf<In, Out>(channel: Channel<In, Out>, options: OpenReaderOptions = {}) {
	const writer = writerOf(channel);
	const reader = readerOf(channel, options);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	return { writer, reader };
}

/** Writes 0, 1, 2... until the lane is full. Returns the number of accepted messages. */
export function fill(writer: Writer<number>): number {
	let count = 0;
	while (writer.tryWrite(count)) count++;
	return count;
}

/** The code with which a call or its promise fails; undefined if it does not fail. */
export async function codeOf(call: () => unknown): Promise<unknown> {
	try {
		await call();
		return undefined;
	} catch (error) {
		return error instanceof Error && 'code' in error ? error.code : error;
	}
}

/** Resolves when the loop has turned: immediates have run, and ready descriptors have been polled. */
export function turns(count = 1): Promise<void> {
	return new Promise((resolve) => {
		const go = (left: number) => (left === 0 ? resolve() : setImmediate(go, left - 1));
		go(count);
	});
}
