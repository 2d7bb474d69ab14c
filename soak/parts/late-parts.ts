/**
 * Late joins under contention: many processes open writers of one new channel at the same moment, publish, end, and keep their event loops
 * busy. A reader that is opened after a writer has published finds it and gets all its messages.
 */
import { defineChannel, json, openReader, openWriter } from 'ringwire';
import { isSilenceOfStopped } from '../diary.js';
import type { Answer, LateWriter, Order } from '../protocol.js';
import { integer, oneOf } from '../random.js';
import type { Surroundings } from './part.js';

type OrderOf<Type extends Order['type']> = Extract<Order, { type: Type }>;

interface LateMessage {
	readonly pid: number;
	/** The number of the writer in its process. */
	readonly writer: number;
	readonly sequence: number;
}

const countMax = 40;
/** Only a watchdog: a reader that finds the writers reads them at once. */
const lingerMs = 60_000;

function channelOf(name: string) {
	return defineChannel({ name, codec: json<LateMessage>(), capacity: 64 * 1024, depth: 64, overflow: 'block' });
}

/**
 * Opens writers, publishes and ends. `tell` gets an answer when everything is published, and the event loop is blocked then for a while. Returns when the
 * writers have left the channel: a process that is killed before leaves its names to the next endpoint there, and no endpoint comes.
 */
export async function writeLate(
	{ channel, writers }: OrderOf<'write late'>,
	around: Surroundings,
	tell: (answer: Answer) => void,
): Promise<Answer> {
	const { random, violation } = around;
	const written: LateWriter[] = [];
	const closing: Promise<void>[] = [];
	for (let writer = 0; writer < writers; writer++) {
		const handle = openWriter(channelOf(channel));
		handle.on('error', ({ error }) => violation(`a late writer of "${channel}": ${String(error)}`));
		const count = integer(random, 1, countMax);
		for (let sequence = 0; sequence < count; sequence++) {
			const message = { pid: process.pid, writer, sequence };
			if (!handle.tryWrite(message)) violation(`a late writer of "${channel}" has no room for ${sequence}`);
		}
		written.push({ pid: process.pid, writer, count });
		handle.end();
		closing.push(
			handle.close({ lingerMs }).then(({ unread }) => {
				if (unread > 0) violation(`a late writer of "${channel}" has ${unread} unread messages`);
			}),
		);
	}
	tell({ type: 'written late', written });
	setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, oneOf(random, [1, 20, 100])));
	await Promise.all(closing);
	return { type: 'left late', written };
}

/**
 * Reads a channel to its end. `tell` gets an answer when everything that is expected has come. With a stopped writer that is long before the end.
 * Returns the numbers of messages that have come.
 */
export async function readLate(
	{ channel, expected, order }: OrderOf<'read late'>,
	around: Surroundings,
	tell: (answer: Answer) => void,
): Promise<Answer> {
	const { violation, folder } = around;
	const read = new Map<string, LateWriter>();
	const isComplete = () => expected.every((writer) => read.get(keyOf(writer))?.count === writer.count);
	const reader = openReader(channelOf(channel), { order });
	reader.on('error', ({ error }) => {
		if (!isSilenceOfStopped(error, folder)) violation(`the late reader of "${channel}": ${String(error)}`);
	});
	let told = false;
	for await (const { pid, writer, sequence } of reader) {
		const key = keyOf({ pid, writer });
		const next = read.get(key)?.count ?? 0;
		if (sequence !== next) violation(`message ${sequence} of late writer ${key} came, but ${next} was next`);
		read.set(key, { pid, writer, count: next + 1 });
		if (told || !isComplete()) continue;
		told = true;
		tell({ type: 'has late' });
	}
	const all = [...read.values()];
	if (!isComplete()) {
		const both = `expected ${JSON.stringify(expected)}, read ${JSON.stringify(all)}`;
		violation(`the late reader of "${channel}" has ended without messages that were published before it: ${both}`);
	}
	return { type: 'read late', read: all };
}

function keyOf({ pid, writer }: Omit<LateWriter, 'count'>): string {
	return `${writer} of pid ${pid}`;
}
