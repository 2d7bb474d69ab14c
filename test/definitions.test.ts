/** Each call takes one kind of definition, and says so of any other thing that it is given. */
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
} from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { duplexSubject, fromChannel, latestFrom, sampleFrom, writeTo } from 'ringwire/observables';
import { createReadableStream, createReadStream, createWritableStream, createWriteStream } from 'ringwire/streams';
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
			['createReadableStream', (it) => loosely(createReadableStream, it)],
			['createWriteStream', (it) => loosely(createWriteStream, it)],
			['createWritableStream', (it) => loosely(createWritableStream, it)],
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
	describe.each(calls)(`%s takes a ${takes}, and says so of`, (_, call) => {
		test.each(refuses)('%s', async (kind) => {
			const thing = things[kind];
			const error = await failureOf(() => call(typeof thing === 'function' ? thing() : thing));
			expect(error).toBeInstanceOf(TypeError);
			expect(`${error}`).toMatch(new RegExp(`^TypeError: \\w+: got .+, must be what ${maker} gave`));
		});
	});
}

test('what has the right shape is as good as what was defined', async () => {
	writerOf({ ...channel });
	readerOf({ ...channel });
	using server = listen({ ...duplex });
	using _connection = await connect({ ...duplex, toServer: { ...duplex.toServer } });
	expect(server.name).toBe(duplex.name);
});

test('a misspelt key of a definition that was written by hand is named', () => {
	expect(() => loosely(openReader, { ...channel, overfow: 'latest' })).toThrow('which has no overfow');
});
