/** An exception of a user's callback is an uncaught exception, and no failure of the transfer. */
import { once } from 'node:events';
import { createDuplexStream, createReadStream, createWriteStream } from 'ringwire/streams';
import { describe, expect, it } from 'vitest';
import { connected, numbersBothWays } from './support/connected.js';
import { codeOf, numbers, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { until } from './support/until.js';

useTemporaryFolder();

const mine = new Error('mine');

describe('an exception in the callback of', () => {
	it('a write to a duplex stream whose other side is gone does not keep the connection open', async () => {
		const uncaught = captureUncaught();
		const { client, other } = await connected(numbersBothWays({ depth: 64 }, { depth: 64 }));
		const stream = createDuplexStream(other, { readableHighWaterMark: 1 }).on('error', () => {});
		stream.once('data', () => stream.pause());
		client.writer.tryWriteBatch([...Array(50).keys()]);
		await until(() => stream.isPaused());
		await client.close({ lingerMs: 0 });
		await until(() => other.closed);
		const codes: unknown[] = [];
		stream.write(1, (error) => {
			codes.push(error && 'code' in error && error.code);
			throw mine;
		});
		await turns(5);
		expect(codes).toEqual([]);
		stream.destroy();
		await once(stream, 'close');
		expect(codes).toEqual(['ERR_RINGWIRE_CLOSED']);
		expect(uncaught).toEqual([mine]);
		expect(other.reader.closed).toBe(true);
	});

	it('the end of a write stream that failed is no rejection', async () => {
		const uncaught = captureUncaught();
		const stream = createWriteStream(numbers(), { readerTimeoutMs: 1 });
		const failed = codeOf(() => once(stream, 'close'));
		stream.write(1);
		stream.end(() => {
			throw mine;
		});
		expect(await failed).toBe('ERR_RINGWIRE_TIMEOUT');
		await turns(5);
		expect(uncaught).toEqual([mine]);
		expect(stream.writer.closed).toBe(true);
	});
});

it.each(['behind the last message', 'later'])(
	'an exception of a readable listener at the end, %s, does not keep the stream from ending',
	async (when) => {
		const uncaught = captureUncaught();
		const channel = numbers();
		const writer = writerOf(channel);
		const stream = createReadStream(channel);
		const events: unknown[] = [];
		for (const event of ['error', 'end', 'close']) stream.on(event, () => events.push(event));
		stream.on('readable', () => {
			const message: unknown = stream.read();
			events.push(message);
			if (message === null && events.length > 1 && uncaught.length === 0) throw mine;
			while (stream.read() !== null);
		});
		await writer.whenConnected();
		writer.tryWrite(1);
		if (when === 'later') await until(() => events.length > 0);
		writer.end();
		await until(() => events.includes('close'));
		expect(uncaught).toEqual([mine]);
		expect(events.filter((event) => typeof event === 'string')).toEqual(['end', 'close']);
		expect(stream.reader.closed).toBe(true);
	},
);
