import { defineChannel, json, type Reader, type Writer } from 'ringwire';
import { describe, expect, it } from 'vitest';
import { readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

/** A reader whose first lane is that of `first`, whose second is that of `second`. */
async function connected(
	order: 'lane' | 'time',
): Promise<{ reader: Reader<number>; first: Writer<number>; second: Writer<number> }> {
	const channel = defineChannel({ name: uniqueName(), codec: json<number>() });
	const reader = readerOf(channel, { order });
	const first = writerOf(channel);
	await reader.whenConnected(1);
	const second = writerOf(channel);
	await reader.whenConnected(2);
	await Promise.all([first.whenConnected(), second.whenConnected()]);
	return { reader, first, second };
}

describe('order', () => {
	it('lane: a message can be delivered before its cause, when they are of different writers', async () => {
		const { reader, first, second } = await connected('lane');
		second.tryWrite(1);
		first.tryWrite(2); // caused by 1: it was written later, by a process that may have read it
		expect(reader.readBatch()).toEqual([2, 1]);
	});

	it('time: never', async () => {
		const { reader, first, second } = await connected('time');
		second.tryWrite(1);
		first.tryWrite(2);
		expect(reader.readBatch()).toEqual([1, 2]);
	});

	it('time: however many writers, a chain of causes arrives in its order, while it is being written', async () => {
		const channel = defineChannel({ name: uniqueName(), codec: json<number>(), capacity: 64 * 1024, depth: 64 });
		const reader = readerOf(channel, { order: 'time' });
		const writers = Array.from({ length: 7 }, () => writerOf(channel));
		await reader.whenConnected(writers.length);
		await Promise.all(writers.map((writer) => writer.whenConnected()));
		const received: number[] = [];
		const count = 5000;
		let written = 0;
		while (received.length < count) {
			// Each next message is written after the one before it, by another writer, in no particular pattern.
			for (let burst = (written * 7919) % 23; burst >= 0 && written < count; burst--) {
				const writer = writers[(written * 31 + burst) % writers.length];
				if (writer?.tryWrite(written)) written++;
			}
			received.push(...reader.readBatch(1 + (written % 17)));
		}
		expect(received).toEqual(Array.from({ length: count }, (_, i) => i));
	});

	it('time: messages of one writer keep their order, and a writer that has ended delays no message', async () => {
		const { reader, first, second } = await connected('time');
		first.tryWriteBatch([1, 2, 3]); // one batch, one send time
		second.tryWriteBatch([4, 5]);
		first.end();
		second.end();
		const all: number[] = [];
		for await (const message of reader) all.push(message);
		expect(all).toEqual([1, 2, 3, 4, 5]);
	});
});
