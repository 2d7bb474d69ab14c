/** The option `messageMax` of a reader bounds the memory that a writer in another process can make it allocate. */
import { type Channel, defineChannel, openReader, openWriter, type Reader, utf8 } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel, latestFrom, sampleFrom } from 'ringwire/observables';
import { createReadStream, createWebReadable } from 'ringwire/streams';
import { Observable } from 'rxjs';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { killPrograms, startProgram } from './support/programs.js';
import type { WriterTask } from './support/tasks.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
afterEach(killPrograms);

const options = { messageMax: 20, onPeerDeath: 'error' } as const;

/** A writer in another process. Message i has 4 + i bytes, or 5 + i from message 10 on, so number 16 is the first with more than 20. */
function startWriter(channel: string) {
	const task: WriterTask = {
		channel,
		overflow: 'block',
		label: 'w',
		count: 40,
		padding: 64,
		readers: 1,
		hang: true,
		capacity: 64 * 1024,
		depth: 256,
	};
	return startProgram('writer', task);
}

type Texts = AsyncIterable<string> | Observable<string>;
type Open = (channel: Channel<string>) => Texts;

async function* reads(channel: Channel<string>): AsyncIterable<string> {
	const reader = quiet(channel);
	for (let text = await reader.read(); text !== undefined; text = await reader.read()) yield text;
}

/** A reader whose TOO_LARGE event is no process warning. */
function quiet(channel: Channel<string>): Reader<string> {
	const reader = openReader(channel, options).on('error', () => {});
	onTestFinished(() => reader[Symbol.dispose]());
	return reader;
}

async function consume(texts: Texts, take: (text: string) => void): Promise<void> {
	if (texts instanceof Observable) await texts.forEach(take);
	else for await (const text of texts) take(text);
}

function openReadStream(channel: Channel<string>) {
	const stream = createReadStream(channel, options);
	stream.reader.on('error', () => {});
	return stream;
}

const faces: readonly (readonly [string, Open])[] = [
	['reader.read', reads],
	['for await', quiet],
	['fromChannel', (channel) => fromChannel(channel, options)],
	['iterableFrom', (channel) => iterableFrom(channel, options)],
	['createReadStream', openReadStream],
	['createWebReadable', (channel) => createWebReadable(channel, options)],
];

test.each(faces)(
	'%s delivers every message up to messageMax, and fails with the writer of a larger one',
	async (_, read) => {
		const channel = defineChannel({ name: uniqueName(), codec: utf8() });
		const received: string[] = [];
		const consumed = consume(read(channel), (text) => received.push(text));
		startWriter(channel.name);
		await expect(consumed).rejects.toMatchObject({
			code: 'ERR_RINGWIRE_CORRUPT',
			cause: { code: 'ERR_RINGWIRE_TOO_LARGE' },
		});
		expect(received).toHaveLength(16);
		expect(received.at(-1)).toHaveLength(20);
	},
);

test.each([
	['latestFrom', (channel: Channel<string>) => latestFrom(channel, options)],
	['sampleFrom', (channel: Channel<string>) => sampleFrom(channel, { everyMs: 1 }, options)],
])('%s emits no message beyond messageMax, and fails with its writer', async (_, observe) => {
	const channel = defineChannel({ name: uniqueName(), codec: utf8() });
	const received: string[] = [];
	const consumed = observe(channel).forEach((text) => void received.push(text));
	startWriter(channel.name);
	await expect(consumed).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CORRUPT' });
	expect(received.every(({ length }) => length <= 20)).toBe(true);
});

test('a writer that is cut off by messageMax is an error event with TOO_LARGE, and other writers go on', async () => {
	const channel = defineChannel({ name: uniqueName(), codec: utf8() });
	const reader = openReader(channel, { messageMax: 20 });
	const other = openWriter(channel);
	onTestFinished(() => {
		reader[Symbol.dispose]();
		other[Symbol.dispose]();
	});
	const events: unknown[] = [];
	reader.on('error', ({ error }) => events.push(error.code));
	const departure = new Promise((resolve) => reader.on('disconnect', resolve));
	const writer = startWriter(channel.name);
	const received: string[] = [];
	const reading = (async () => {
		for await (const text of reader) if (received.push(text) === 17) break;
	})();
	expect(await departure).toMatchObject({ reason: 'corrupt', peer: { pid: writer.child.pid } });
	expect(events).toEqual(['ERR_RINGWIRE_TOO_LARGE']);
	other.tryWrite('the other one');
	await reading;
	expect(received.at(-1)).toBe('the other one');
});
