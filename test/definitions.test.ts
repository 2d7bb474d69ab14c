/** Each call takes one kind of definition and refuses every other value. */
import {
	connect,
	connectService,
	defineChannel,
	defineDuplex,
	defineService,
	listen,
	openReader,
	openWriter,
	serve,
	utf8,
} from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { duplexSubject, fromChannel, latestFrom, sampleFrom, writeTo } from 'ringwire/observables';
import { createReadStream, createWebReadable, createWebWritable, createWriteStream } from 'ringwire/streams';
import { describe, expect, test } from 'vitest';
import { failureOf, loosely } from './support/loosely.js';
import { readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const channel = defineChannel({ name: uniqueName() });
const duplex = defineDuplex({ name: uniqueName() });
const service = defineService({ name: uniqueName() });

const things = { channel, duplex, service, 'a handle': () => readerOf(channel), nothing: undefined };

interface Group {
	readonly takes: 'channel' | 'duplex' | 'service';
	readonly maker: string;
	readonly refuses: readonly (keyof typeof things)[];
	readonly calls: readonly (readonly [string, (definition: unknown) => unknown])[];
}

const groups: readonly Group[] = [
	{
		takes: 'channel',
		maker: 'defineChannel',
		refuses: ['duplex', 'service', 'a handle', 'nothing'],
		calls: [
			['openReader', (it) => loosely(openReader, it)],
			['openWriter', (it) => loosely(openWriter, it)],
		],
	},
	{
		takes: 'channel',
		maker: 'defineChannel',
		refuses: ['duplex', 'service', 'nothing'],
		calls: [
			['fromChannel', (it) => loosely(fromChannel, it)],
			['latestFrom', (it) => loosely(latestFrom, it)],
			['sampleFrom', (it) => loosely(sampleFrom, it, { everyMs: 1 })],
			['writeTo', (it) => loosely(writeTo, it)],
			['iterableFrom', (it) => loosely(iterableFrom, it)],
			['createReadStream', (it) => loosely(createReadStream, it)],
			['createWebReadable', (it) => loosely(createWebReadable, it)],
			['createWriteStream', (it) => loosely(createWriteStream, it)],
			['createWebWritable', (it) => loosely(createWebWritable, it)],
		],
	},
	{
		takes: 'duplex',
		maker: 'defineDuplex',
		refuses: ['channel', 'service', 'a handle', 'nothing'],
		calls: [
			['listen', (it) => loosely(listen, it)],
			['connect', (it) => loosely(connect, it, { timeoutMs: 0 })],
			['duplexSubject', (it) => loosely(duplexSubject, it)],
		],
	},
	{
		takes: 'service',
		maker: 'defineService',
		refuses: ['channel', 'duplex', 'a handle', 'nothing'],
		calls: [
			['serve', (it) => loosely(serve, it, () => Buffer.of())],
			['connectService', (it) => loosely(connectService, it, { timeoutMs: 0 })],
		],
	},
];

for (const { takes, maker, refuses, calls } of groups) {
	describe.each(calls)(`%s takes a ${takes} and refuses`, (_, call) => {
		test.each(refuses)('%s', async (kind) => {
			const thing = things[kind];
			const error = await failureOf(() => call(typeof thing === 'function' ? thing() : thing));
			expect(error).toBeInstanceOf(TypeError);
			expect(`${error}`).toMatch(new RegExp(`^TypeError: \\w+: got .+, must be the result of ${maker}`));
		});
	});
}

test('a definition with the right shape is accepted, as of another copy of the package', async () => {
	writerOf({ ...channel });
	readerOf({ ...channel });
	using server = listen({ ...duplex });
	using _connection = await connect({ ...duplex, toServer: { ...duplex.toServer } });
	expect(server.name).toBe(duplex.name);
	const sized = defineService({ name: uniqueName(), request: { codec: utf8(), capacity: 65_536 }, group: undefined });
	const copied = { ...sized, request: { ...sized.request }, response: { ...sized.response } };
	using _answering = serve(copied, (text) => Buffer.from(text.toUpperCase()));
	using client = await connectService({ ...sized });
	expect(`${await client.request('text')}`).toBe('TEXT');
	await expect(client.request('x'.repeat(33_000))).rejects.toMatchObject({ code: 'ERR_RINGWIRE_TOO_LARGE' });
});

test('a definition that was not made by this copy of the package is checked again', async () => {
	const capacity = 100_000;
	const wrong = { ...service, request: { ...service.request, capacity } };
	expect(() => loosely(serve, wrong, () => Buffer.of())).toThrow('request.capacity: got 100000');
	expect(() => loosely(openReader, { ...channel, capacity })).toThrow('capacity: got 100000');
	expect(() => loosely(listen, { ...duplex, toClient: { ...duplex.toClient, capacity } })).toThrow(
		'toClient.capacity: got 100000',
	);
});

test('an unknown key of a definition that was written by hand is named', () => {
	expect(() => loosely(openReader, { ...channel, overfow: 'latest' })).toThrow('which has no overfow');
});
