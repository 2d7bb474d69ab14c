/** The message of an error names its remedy. The wording may change, the remedy may not be missing. */
import {
	bytes,
	connectService,
	defineChannel,
	defineService,
	json,
	openReader,
	RingwireError,
	serve,
	structured,
} from 'ringwire';
import { writeTo } from 'ringwire/observables';
import { range } from 'rxjs';
import { expect, test } from 'vitest';
import { failureOf } from './support/loosely.js';
import { fill, numbers, readerOf, tiny, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

async function messageOf(call: () => unknown): Promise<string> {
	const error = await failureOf(call);
	return error instanceof RingwireError ? error.message : `no RingwireError: ${error}`;
}

test('TOO_LARGE names the options of the channel that allow larger messages', async () => {
	const writer = writerOf(defineChannel({ name: uniqueName(), ...tiny }));
	const message = await messageOf(() => writer.tryWrite(Buffer.alloc(40_000)));
	expect(message).toMatch(/40000 bytes.*messageMax, 32768 bytes: define it with a larger messageMax.*capacity/);
});

test('BUSY of a second write or read names the calls that do not wait', async () => {
	const channel = numbers(tiny);
	const writer = writerOf(channel);
	fill(writer);
	const waits = writer.write(0);
	expect(await messageOf(() => writer.write(1))).toMatch(/await it first.*tryWrite or tryWriteBatch/);
	expect(writer.tryWrite(1)).toBe(false);
	expect(writer.tryWriteBatch([1])).toBe(0);
	const reader = readerOf(channel);
	while ((await reader.read()) === 0);
	await waits;
	const other = readerOf(numbers());
	const reads = other.read();
	expect(await messageOf(() => other.read())).toContain('await it first');
	await other.close();
	await expect(reads).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
});

test('FULL of writeTo names whenFull, its values, and the alternatives that wait', async () => {
	const writing = range(0, 10).pipe(writeTo(numbers(tiny)));
	const message = await messageOf(() => new Promise((_, error) => writing.subscribe({ error })));
	for (const word of [
		'message 2 ',
		'whenFull',
		"'drop'",
		"'conflate'",
		'createWriteStream',
		'await writer.write()',
	]) {
		expect(message).toContain(word);
	}
});

test('TOO_LARGE of a service names the service once, and the lane that is too small', async () => {
	const lane = { codec: bytes(), capacity: 64 * 1024 };
	const service = defineService({ name: uniqueName(), request: lane, response: lane });
	using _server = serve(service, () => Buffer.alloc(40_000));
	using client = await connectService(service);
	const prefix = `service "${service.name}": `;
	const request = await messageOf(() => client.request(Buffer.alloc(40_000)));
	expect(request.startsWith(prefix)).toBe(true);
	expect(request).toContain('request.capacity');
	const response = await messageOf(() => client.request(Buffer.of(1)));
	expect(response.startsWith(`${prefix}the response: a message of`)).toBe(true);
	expect(response.split('service "')).toHaveLength(2);
	expect(response).toContain('response.capacity');
});

test('ENCODE of a response names the service once, and the codec', async () => {
	const response = { codec: structured<unknown>(), capacity: 64 * 1024 };
	const service = defineService({ name: uniqueName(), request: { codec: json<number>() }, response });
	using _server = serve(service, () => () => 0);
	using client = await connectService(service);
	const message = await messageOf(() => client.request(1));
	expect(message.startsWith(`service "${service.name}": the response: the codec "structured" cannot`)).toBe(true);
});

test('an error of the addon names the channel', async () => {
	const { RINGWIRE_DIR } = process.env;
	process.env.RINGWIRE_DIR = `/tmp/${'x'.repeat(100)}`;
	const channel = numbers();
	expect(await messageOf(() => openReader(channel))).toMatch(new RegExp(`^channel "${channel.name}": `));
	process.env.RINGWIRE_DIR = RINGWIRE_DIR;
});
