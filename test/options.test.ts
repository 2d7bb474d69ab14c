/** Every public call refuses unknown options and definitions, and names them. */
import { readFileSync } from 'node:fs';
import {
	type Connection,
	connect,
	connectService,
	createPool,
	defineChannel,
	defineDuplex,
	defineService,
	listChannels,
	listen,
	openReader,
	openWriter,
	type ServiceClient,
	serve,
} from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { duplexSubject, fromChannel, latestFrom, leasesFrom, pullMap, sampleFrom, writeTo } from 'ringwire/observables';
import {
	createDuplexStream,
	createReadStream,
	createWebDuplex,
	createWebReadable,
	createWebWritable,
	createWriteStream,
} from 'ringwire/streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkOptions } from '../src/base/check.js';
import { connectKeys } from '../src/connection/connect.js';
import { failureOf, loosely, method } from './support/loosely.js';
import { readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const name = uniqueName();
const channel = defineChannel({ name });
const duplex = defineDuplex({ name: uniqueName(), toServer: small(), toClient: small() });
const service = defineService({ name: uniqueName(), request: small(), response: small() });
const nobody = defineDuplex({ name: uniqueName() });
const idle = defineService({ name: uniqueName() });
const answer = () => new Uint8Array();
const connectOptions = (options: object) => checkOptions('options', options, connectKeys);

function small() {
	return { capacity: 64 * 1024 };
}

let connection: Connection<Uint8Array, Uint8Array>;
let client: ServiceClient<Uint8Array, Uint8Array>;
const server = listen(duplex);
const answering = serve(service, answer);

beforeAll(async () => {
	connection = await connect(duplex);
	client = await connectService(service);
});
afterAll(() => Promise.all([connection.close(), client.close(), server.close(), answering.close()]));

interface Row {
	readonly call: string;
	/** The name of the object in errors. */
	readonly option: string;
	/** Options with which the call has no lasting effect. */
	readonly harmless: object;
	readonly give: (options: unknown) => unknown;
}

const aborted = { signal: AbortSignal.abort('enough') };

function row(call: string, harmless: object, give: Row['give'], option = 'options'): Row {
	return { call, option, harmless, give };
}

const rows = [
	row('openReader', aborted, (it) => loosely(openReader, channel, it)),
	row('openReader, until', { writers: 1 }, (until) => loosely(openReader, channel, { ...aborted, until }), 'until'),
	row('openWriter', aborted, (it) => loosely(openWriter, channel, it)),
	row('reader.read', aborted, (it) => method(readerOf(channel), 'read', it)),
	row('reader.readSync', { timeoutMs: 0 }, (it) => method(readerOf(channel), 'readSync', it)),
	row('reader.iterate', aborted, (it) => method(readerOf(channel), 'iterate', it)),
	row('reader.lease', aborted, (it) => method(readerOf(channel), 'lease', it)),
	row('reader.leases', aborted, (it) => method(readerOf(channel), 'leases', it)),
	row('reader.whenConnected', aborted, (it) => method(readerOf(channel), 'whenConnected', 1, it)),
	row('writer.write', aborted, (it) => method(writerOf(channel), 'write', Buffer.of(1), it)),
	row('writer.writeSync', { timeoutMs: 0 }, (it) => method(writerOf(channel), 'writeSync', Buffer.of(1), it)),
	row('writer.loan', aborted, (it) => method(writerOf(channel), 'loan', 1, it)),
	row('createPool', { bytes: 4096 }, (it) => loosely(createPool, it)),
	row('writer.flush', aborted, (it) => method(writerOf(channel), 'flush', it)),
	row('writer.close', { lingerMs: 0 }, (it) => method(writerOf(channel), 'close', it)),
	row('listen', aborted, (it) => loosely(listen, nobody, it)),
	row('connect', aborted, (it) => loosely(connect, nobody, it)),
	row('server.close', { lingerMs: 0 }, (it) => closing(listen(nobody), it)),
	row('connection.close', { lingerMs: 0 }, async (it) => method(await connect(duplex), 'close', it)),
	row('serve', aborted, (it) => loosely(serve, idle, answer, it)),
	row('connectService', aborted, (it) => loosely(connectService, idle, it)),
	row('service.close', { lingerMs: 0 }, (it) => closing(serve(idle, answer), it)),
	row('client.request', aborted, (it) => method(client, 'request', Buffer.of(1), it)),
	row('listChannels', { timeoutMs: 0 }, (it) => loosely(listChannels, it)),
	row('fromChannel', {}, (it) => loosely(fromChannel, channel, it)),
	row('leasesFrom', {}, (it) => loosely(leasesFrom, channel, it)),
	row('latestFrom', {}, (it) => loosely(latestFrom, channel, it)),
	row('sampleFrom', {}, (it) => loosely(sampleFrom, channel, { everyMs: 1 }, it)),
	row('sampleFrom, times', { everyMs: 1 }, (it) => loosely(sampleFrom, channel, it), 'times'),
	row('pullMap', {}, (it) => loosely(pullMap, answer, it)),
	row('writeTo', {}, (it) => loosely(writeTo, channel, it)),
	row('duplexSubject', {}, (it) => loosely(duplexSubject, duplex, it)),
	row(
		'duplexSubject, reconnect',
		{ pauseMs: 1, pauseMsMax: 1 },
		(reconnect) => loosely(duplexSubject, duplex, { reconnect }),
		'reconnect',
	),
	row('iterableFrom', {}, (it) => loosely(iterableFrom, channel, it)),
	row('createReadStream', aborted, (it) => loosely(createReadStream, channel, it)),
	row('createWriteStream', aborted, (it) => loosely(createWriteStream, channel, it)),
	row('createWebReadable', aborted, (it) => loosely(createWebReadable, channel, it)),
	row('createWebWritable', aborted, (it) => loosely(createWebWritable, channel, it)),
	row('createDuplexStream', aborted, (it) => loosely(createDuplexStream, connection, it)),
	row('createWebDuplex', aborted, (it) => loosely(createWebDuplex, connection, it)),
	row('defineChannel', { name }, (it) => loosely(defineChannel, it), 'channel'),
	row('defineDuplex', { name }, (it) => loosely(defineDuplex, it), 'duplex'),
	row('defineDuplex, toServer', {}, (toServer) => loosely(defineDuplex, { name, toServer }), 'toServer'),
	row('defineDuplex, toClient', {}, (toClient) => loosely(defineDuplex, { name, toClient }), 'toClient'),
	row('defineService', { name }, (it) => loosely(defineService, it), 'service'),
	row('defineService, request', {}, (request) => loosely(defineService, { name, request }), 'request'),
	row('defineService, response', {}, (response) => loosely(defineService, { name, response }), 'response'),
];

/** Closes the server also when `close` refuses its options. */
async function closing(opened: { close(): Promise<void> }, options: unknown): Promise<void> {
	try {
		await method(opened, 'close', options);
	} finally {
		await opened.close();
	}
}

/** Observables check the values of the options of openReader and openWriter when they are subscribed to. */
const opensLater = new Set(['fromChannel', 'latestFrom', 'leasesFrom', 'sampleFrom', 'writeTo']);

describe.each(rows)('$call', ({ call, option, harmless, give }) => {
	test('names an unknown option and lists the known ones', async () => {
		const error = await failureOf(() => give({ ...harmless, mispelt: 1 }));
		expect(error).toBeInstanceOf(TypeError);
		expect(`${error}`).toMatch(
			new RegExp(`^TypeError: ${option}\\.mispelt: no such option; there (are|is only) \\w+`),
		);
	});

	test('treats an option whose value is undefined as absent', async () => {
		expect(await failureOf(() => give({ ...harmless, mispelt: undefined }))).not.toBeInstanceOf(TypeError);
	});

	test('refuses a signal that is not an AbortSignal', async () => {
		const names = `${await failureOf(() => give({ ...harmless, mispelt: 1 }))}`;
		if (!/\bsignal\b/.test(names) || opensLater.has(call)) return;
		const error = await failureOf(() => give({ ...harmless, signal: {} }));
		expect(`${error}`).toBe('TypeError: signal: got {}, must be an AbortSignal');
	});

	test.each([AbortSignal.abort(), 5, null, new Date()])('refuses %o in place of an options object', async (wrong) => {
		const error = await failureOf(() => give(wrong));
		expect(error).toBeInstanceOf(TypeError);
		expect(`${error}`).toMatch(new RegExp(`^TypeError: ${option}: got .+, must be `));
	});
});

test('a misspelt option is a TypeError that proposes the nearest name, and only that one', () => {
	const wrong: [object, string][] = [
		[{ timeoutMS: 1 }, 'timeoutMs'],
		[{ timeout: 1 }, 'timeoutMs'],
		[{ pauseMx: 1 }, 'pauseMs'],
		[{ pauseMsMin: 1 }, 'pauseMsMax'],
		[{ sginal: undefined, spimMicro: 1 }, 'spinMicros'],
	];
	for (const [options, nearest] of wrong) {
		const unknown = Object.keys(options).at(-1);
		expect(() => loosely(connectOptions, options)).toThrow(
			`options.${unknown}: no such option (did you mean ${nearest}?); there are `,
		);
	}
});

test.each([{ linger: 1 }, { s: 1 }, { retries: 3 }, { ['x'.repeat(10_000)]: 1 }])(
	'no name is proposed when none is similar: %#',
	(options) => {
		expect(() => loosely(connectOptions, options)).toThrow(/^options\.\w+: no such option; there are /);
	},
);

test('a misspelt key of a definition proposes the nearest name, too', () => {
	const error = () => loosely(openReader, { ...channel, overfolw: 'block' });
	expect(error).toThrow(/must be the result of defineChannel, which has no overfolw \(did you mean overflow\?\)$/);
	expect(() => loosely(defineDuplex, { name, toServe: {} })).toThrow('(did you mean toServer?)');
	expect(() => loosely(defineDuplex, { name, toServer: { codecs: 1 } })).toThrow('(did you mean codec?)');
});

test.each(['readSync', 'writeSync'])(
	'%s refuses the pauses of a RetryPolicy, which have no effect there',
	async (call) => {
		const give = rows.find((candidate) => candidate.call.endsWith(call))?.give;
		for (const option of ['pauseMs', 'pauseMsMax']) {
			const error = await failureOf(() => give?.({ timeoutMs: 0, [option]: 10 }));
			expect(`${error}`).toBe(`TypeError: options.${option}: no such option; there are spinMicros, timeoutMs`);
		}
	},
);

test('docs/options.md has a row for every option, and no other rows', async () => {
	const known = new Set<string>();
	for (const { harmless, give } of rows) {
		const [, names = ''] =
			/there (?:are|is only) (.+)$/.exec(`${await failureOf(() => give({ ...harmless, mispelt: 1 }))}`) ?? [];
		for (const option of names.split(', ')) known.add(option);
	}
	const page = readFileSync(new URL('../docs/options.md', import.meta.url), 'utf8');
	const told = [...page.matchAll(/^\| (`.+?) \| /gm)].flatMap(([, cell = '']) =>
		cell.replaceAll('`', '').split(', '),
	);
	expect([...new Set(told)].sort()).toEqual([...known].sort());
});
