/** `until`: when a reader ends. */
import { defineChannel, json, type ReaderOptions, type Writer } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel } from 'ringwire/observables';
import { createReadStream } from 'ringwire/streams';
import { toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { outcomeOf } from './support/outcome.js';
import { numbers, readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** A writer that writes one message and ends. */
function brief(channel: ReturnType<typeof numbers>, message: number): Writer<number> {
	const writer = writerOf(channel);
	writer.tryWrite(message);
	writer.end();
	return writer;
}

async function* oneByOne<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
	for await (const message of source) yield message;
}

const faces = {
	reader: (channel: ReturnType<typeof numbers>, options: ReaderOptions) => oneByOne(readerOf(channel, options)),
	iterableFrom: (channel: ReturnType<typeof numbers>, options: ReaderOptions) =>
		oneByOne(iterableFrom(channel, options)),
	createReadStream: (channel: ReturnType<typeof numbers>, options: ReaderOptions) =>
		oneByOne(createReadStream(channel, { ...options, onPeerDeath: 'event' })),
	async *fromChannel(channel: ReturnType<typeof numbers>, options: ReaderOptions) {
		const messages = await new Promise<number[]>((resolve, reject) => {
			fromChannel(channel, options).pipe(toArray()).subscribe({ next: resolve, error: reject });
		});
		yield* messages;
	},
};

async function all(source: AsyncIterable<number>): Promise<number[]> {
	const messages: number[] = [];
	for await (const message of source) messages.push(message);
	return messages;
}

describe.each(Object.entries(faces))('%s', (_name, open) => {
	test('by default ends with the writer that it has found, and with { writers: 2 } not before a second one has ended', async () => {
		const channel = numbers();
		const [short, long] = [all(open(channel, {})), all(open(channel, { until: { writers: 2 } }))];
		const first = brief(channel, 1);
		expect(await short).toEqual([1]);
		await first.close();
		brief(channel, 2);
		expect(await long).toEqual([1, 2]);
	});

	test("with 'closed' goes on when writers end, leave and die, and ends with a shutdown", async () => {
		const channel = numbers();
		const collected: number[] = [];
		const done = (async () => {
			for await (const message of open(channel, { until: 'closed' })) collected.push(message);
		})();
		const outcome = outcomeOf(() => done);
		await brief(channel, 1).close();
		const child = new ChildPeer();
		await child.ask({ do: 'open writer', name: channel.name });
		await child.ask({ do: 'connected' });
		await child.ask({ do: 'write', from: 2, count: 1 });
		await child.kill();
		const last = writerOf(channel);
		await last.write(3);
		await last.flush();
		expect(await outcome).toBe('waits');
		last.shutdown();
		await Promise.allSettled([done]);
		if (_name !== 'fromChannel') expect(collected).toEqual([1, 2, 3]);
	});
});

test('with { writers: n } a writer that died without having ended does not stand in the way, and does not count', async () => {
	const channel = numbers();
	const reader = readerOf(channel, { until: { writers: 1 } });
	const child = new ChildPeer();
	await child.ask({ do: 'open writer', name: channel.name });
	await child.ask({ do: 'connected' });
	const pending = reader.read();
	await child.kill();
	await until(() => reader.peers.length === 0);
	brief(channel, 5);
	expect(await pending).toBe(5);
	expect(await reader.read()).toBe(undefined);
});

test('with { writers: n } a writer that is still connected is waited for', async () => {
	const channel = numbers();
	const reader = readerOf(channel, { until: { writers: 1 } });
	const open = writerOf(channel);
	brief(channel, 1);
	await reader.whenConnected(2);
	expect(await reader.read()).toBe(1);
	const pending = reader.read();
	expect(await outcomeOf(() => pending)).toBe('waits');
	open.end();
	expect(await pending).toBe(undefined);
});

test.each([
	[{ until: 'never' }, RangeError, "until: got string 'never'"],
	[{ until: { writers: 0 } }, RangeError, 'until.writers: got 0'],
	[{ until: { writers: 1, readers: 1 } }, TypeError, 'until.readers'],
	[{ until: 1 }, TypeError, 'until: got number 1'],
])('%j is refused', (options, kind, text) => {
	const channel = defineChannel({ name: uniqueName(), codec: json<number>() });
	const open = () => Reflect.apply(readerOf, undefined, [channel, options]);
	expect(open).toThrow(kind);
	expect(open).toThrow(text);
});
