/** The option `messageMax` of `listen`, `serve`, `connect`, `connectService` and `duplexSubject` bounds the messages of the other side. */
import { type Connection, connect, connectService, defineDuplex, defineService, listen, serve, utf8 } from 'ringwire';
import { duplexSubject } from 'ringwire/observables';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accept, clientOf, serverOf } from './support/connected.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const messageMax = 20;
const allowed = 'x'.repeat(messageMax);
const tooLarge = 'x'.repeat(messageMax + 1);

function textsBothWays() {
	const lane = { codec: utf8() };
	return defineDuplex({ name: uniqueName(), toServer: lane, toClient: lane });
}

/** The lengths of the messages, the codes of `error` events, the code with which reading fails, and the reason for which it closes. */
async function outcomeOf(connection: Connection<string, string>): Promise<unknown[]> {
	const { reader } = connection;
	const outcome: unknown[] = [];
	reader.on('error', ({ error }) => outcome.push(error.code));
	try {
		for await (const message of reader) outcome.push(message.length);
	} catch (error) {
		outcome.push(error);
	}
	return [...outcome, await connection.whenClosed()];
}

const cutOff = [
	messageMax,
	'ERR_RINGWIRE_TOO_LARGE',
	expect.objectContaining({
		code: 'ERR_RINGWIRE_CORRUPT',
		cause: expect.objectContaining({ code: 'ERR_RINGWIRE_TOO_LARGE' }),
	}),
	'corrupt',
];

describe('a message of messageMax bytes arrives, and a larger one cuts off', () => {
	test('the client of a server, while other clients go on', async () => {
		const duplex = textsBothWays();
		const server = serverOf(duplex, { messageMax });
		const [client, taken] = await Promise.all([clientOf(duplex), accept(server)]);
		const [other, otherTaken] = await Promise.all([clientOf(duplex), accept(server)]);
		const outcome = outcomeOf(taken);
		client.writer.tryWriteBatch([allowed, tooLarge]);
		expect(await outcome).toEqual(cutOff);
		await client.whenClosed();
		other.writer.tryWrite('other');
		expect(await otherTaken.reader.read()).toBe('other');
		expect(server.connections).toEqual([otherTaken]);
	});

	test('the server of a client', async () => {
		const duplex = textsBothWays();
		const server = serverOf(duplex);
		const [client, taken] = await Promise.all([connect(duplex, { messageMax }), accept(server)]);
		const outcome = outcomeOf(client);
		taken.writer.tryWriteBatch([allowed, tooLarge]);
		expect(await outcome).toEqual(cutOff);
	});

	test('the server of a duplex subject', async () => {
		const duplex = textsBothWays();
		const server = serverOf(duplex);
		const received: unknown[] = [];
		const failed = new Promise((resolve) => {
			duplexSubject(duplex, { messageMax }).subscribe({ next: (text) => received.push(text), error: resolve });
		});
		const { writer } = await accept(server);
		writer.tryWriteBatch([allowed, tooLarge]);
		expect(await failed).toMatchObject({ code: 'ERR_RINGWIRE_CORRUPT' });
		expect(received).toEqual([allowed]);
	});

	test('the client of a server of requests, which is an error event of the server', async () => {
		const service = defineService({ name: uniqueName(), request: { codec: utf8() } });
		const requests: number[] = [];
		const handler = (request: string) => {
			requests.push(request.length);
			return Buffer.of();
		};
		const server = serve(service, handler, { messageMax });
		onTestFinished(() => server[Symbol.dispose]());
		const events: unknown[] = [];
		server.on('error', ({ error }) => events.push([error.code, error.peer?.role]));
		server.on('disconnect', ({ reason }) => events.push(reason));
		const client = await connectService(service);
		onTestFinished(() => client[Symbol.dispose]());
		await client.request(allowed);
		await expect(client.request(tooLarge)).rejects.toThrow();
		expect(requests).toEqual([messageMax]);
		expect(events).toEqual([['ERR_RINGWIRE_TOO_LARGE', 'client'], 'corrupt']);
	});

	test('the server of a client of requests', async () => {
		const service = defineService({ name: uniqueName() });
		const server = serve(service, (request) => request);
		onTestFinished(() => server[Symbol.dispose]());
		const client = await connectService(service, { messageMax });
		onTestFinished(() => client[Symbol.dispose]());
		expect((await client.request(Buffer.from(allowed))).toString()).toBe(allowed);
		await expect(client.request(Buffer.from(tooLarge))).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CORRUPT' });
		expect(client.closeReason).toBe('corrupt');
	});
});

describe.each([
	['listen', 2 ** 29, (max: never) => listen(textsBothWays(), { messageMax: max })],
	['connect', 2 ** 29, (max: never) => connect(textsBothWays(), { messageMax: max })],
	['duplexSubject', 2 ** 29, (max: never) => duplexSubject(textsBothWays(), { messageMax: max })],
	[
		'serve',
		2 ** 29 - 8,
		(max: never) => serve(defineService({ name: uniqueName() }), () => Buffer.of(), { messageMax: max }),
	],
	[
		'connectService',
		2 ** 29 - 8,
		(max: never) => connectService(defineService({ name: uniqueName() }), { messageMax: max }),
	],
] as const)('%s', (_, largest, open) => {
	const refusal = async (messageMax: unknown) => {
		try {
			await open(messageMax as never);
		} catch (error) {
			return `${error}`;
		}
		throw new Error('it was accepted');
	};

	test.each([0, -1, 1.5, largest + 1])('refuses messageMax %s', async (value) => {
		expect(await refusal(value)).toBe(
			`RangeError: messageMax: got ${value}, must be an integer from 1 to ${largest} bytes`,
		);
	});

	test('refuses a messageMax that is no number', async () => {
		expect(await refusal('20')).toMatch(/^TypeError: messageMax: got string '20', must be an integer/);
	});
});
