/**
 * A `lossy` reader of a channel whose policy holds back neither holds a writer back nor drains for others: a writer whose
 * readers are all lossy does exactly what it does without a reader.
 */
import type { Channel, Overflow, Writer } from 'ringwire';
import { createWriteStream } from 'ringwire/streams';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from './support/outcome.js';
import { fill, numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** A writer, with a lossy reader that reads everything or with no reader. */
async function open(channel: Channel<number>, reader: 'a lossy reader' | 'no reader') {
	const writer = writerOf(channel);
	if (reader === 'no reader') return { writer, read: () => [] };
	const lossy = readerOf(channel, { lossy: true });
	await Promise.all([writer.whenConnected(), lossy.whenConnected()]);
	return { writer, read: () => lossy.readBatch() };
}

const operations: Record<string, (writer: Writer<number>) => unknown> = {
	tryWrite: (writer) => writer.tryWrite(7),
	tryWriteBatch: (writer) => writer.tryWriteBatch([7, 8, 9]),
	write: (writer) => writer.write(7),
	writeSync: (writer) => writer.writeSync(7, { timeoutMs: 0 }),
	flush: (writer) => writer.flush(),
	free: (writer) => writer.free,
	'close that lingers': (writer) => writer.close({ lingerMs: 2 ** 31 - 1 }).then(({ unread }) => unread),
	close: (writer) => writer.close({ lingerMs: 0 }).then(({ unread }) => unread),
};

const fillings: Record<string, (writer: Writer<number>) => unknown> = {
	empty: () => {},
	'half full': (writer) => writer.tryWrite(0),
	full: fill,
};

describe.each(['block', 'drop-newest'] as const)('with %s', (overflow: Overflow) => {
	describe.each(Object.entries(fillings))('and a lane that was %s', (_name, prepare) => {
		test.each(Object.entries(operations))(
			'%s does the same with a lossy reader as without one',
			async (_, operation) => {
				const outcomes = [];
				for (const kind of ['no reader', 'a lossy reader'] as const) {
					const { writer, read } = await open(numbers({ ...tiny, overflow }), kind);
					prepare(writer);
					read();
					await turns(10);
					outcomes.push({ outcome: await outcomeOf(() => operation(writer)), dropped: writer.stats.dropped });
				}
				expect(outcomes[1]).toEqual(outcomes[0]);
			},
		);
	});
});

test('messages that a lossy reader has read are kept for the first reader that holds back, which drains them', async () => {
	const channel = numbers(tiny);
	const { writer, read } = await open(channel, 'a lossy reader');
	fill(writer);
	const pending = writer.write(7);
	await turns(10);
	expect(read()).toEqual([0, 1]);
	const reader = readerOf(channel);
	expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([0, 1, 7]);
	await pending;
});

describe('the TIMEOUT of writeSync states which reader is missing', () => {
	const messageOf = (writer: Writer<number>) => {
		fill(writer);
		try {
			writer.writeSync(7, { timeoutMs: 0 });
			return 'no error';
		} catch (error) {
			return String(error);
		}
	};
	const lacksHolder = 'no reader that holds back is connected';

	test('without a reader', async () => {
		const { writer } = await open(numbers(tiny), 'no reader');
		const message = messageOf(writer);
		expect(message).toContain(`there was no room for 1 bytes within 0 ms: ${lacksHolder}`);
		expect(message).not.toContain('lossy');
	});

	test('with a lossy reader', async () => {
		const { writer } = await open(numbers(tiny), 'a lossy reader');
		expect(messageOf(writer)).toContain(`${lacksHolder}, and a lossy reader does not drain`);
	});

	test('but not while a reader holds back', async () => {
		const channel = numbers(tiny);
		const { writer } = await open(channel, 'a lossy reader');
		readerOf(channel);
		await writer.whenConnected(2);
		const message = messageOf(writer);
		expect(message).toContain('there was no room for 1 bytes within 0 ms');
		expect(message).not.toContain('holds back');
	});
});

describe('the end of a stream', () => {
	test.each([
		['no reader', ''],
		['a lossy reader', ', and a lossy reader does not drain'],
	] as const)('with %s waits, and its TIMEOUT states which reader is missing', async (kind, hint) => {
		const { writer } = await open(numbers(), kind);
		const writable = createWriteStream(writer, { readerTimeoutMs: 1 });
		writable.end(5);
		const error = await new Promise<Error>((resolve) => writable.on('error', resolve));
		expect(error).toMatchObject({ code: 'ERR_RINGWIRE_TIMEOUT' });
		expect(error.message).toContain(`1 message is unread: no reader that holds back is connected${hint}`);
	});

	test('comes when a reader connects that holds back, also beside a lossy one', async () => {
		const channel = numbers();
		const { writer } = await open(channel, 'a lossy reader');
		const writable = createWriteStream(writer);
		let finished = false;
		writable.on('finish', () => {
			finished = true;
		});
		writable.end(5);
		await turns(20);
		expect(finished).toBe(false);
		const reader = readerOf(channel);
		await until(() => finished);
		expect(await reader.read()).toBe(5);
	});

	test.each(['drop-oldest', 'latest'] as const)('with %s comes with any reader', async (overflow) => {
		const { writer } = await open(numbers({ overflow }), 'a lossy reader');
		const writable = createWriteStream(writer, { readerTimeoutMs: 0 });
		await new Promise<void>((resolve) => writable.end(5, () => resolve()));
		expect(writable.errored).toBe(null);
	});
});
