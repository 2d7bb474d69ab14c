/** Exceptions of the user's own code in everything that ringwire calls: they come out where a user looks for them. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Handle } from 'ringwire';
import { createReadStream } from 'ringwire/streams';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DuplexConnection } from '../src/connection/connection.js';
import { runCompiled } from './support/compiled.js';
import { accept, clientOf, numbersBothWays, serverOf } from './support/connected.js';
import { numbers, pairOf, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { until } from './support/until.js';

useTemporaryFolder();

describe('without a handler: the process ends as Node processes do, and its peers get a disconnect with reason died', () => {
	test.each([
		'a listener of a reader',
		'a listener of a writer',
		'a subscriber',
		'a data listener of a stream',
		'a loop',
		'what follows a read',
		'a watcher',
		'a connection listener',
	])('%s', async (place) => {
		const channel = numbers();
		const reader = place.includes('writer') ? readerOf(channel) : undefined;
		const writer = reader === undefined ? writerOf(channel) : undefined;
		writer?.tryWrite(1);
		reader?.read().catch(() => {});
		let connected = 0;
		const told: string[] = [];
		const handle: Handle | undefined = reader ?? writer;
		handle?.on('connect', () => connected++).on('disconnect', ({ reason }) => told.push(reason));
		const { status, output, errors } = await runCompiled('test/programs/failing', place, channel.name);
		expect({ status, output }).toEqual({ status: 1, output: '' });
		expect(errors).toContain('Error: of the user');
		await until(() => told.length === connected);
		expect(told).toEqual(Array(connected).fill(place === 'a loop' ? 'closed' : 'died'));
	});
});

describe('the process catches it: it was one uncaught exception, and everything goes on', () => {
	const failure = new Error('of the user');
	const fail = () => {
		throw failure;
	};

	test('in a listener of a handle', async () => {
		const exceptions = captureUncaught();
		const channel = numbers();
		const reader = readerOf(channel).on('connect', fail);
		const writer = writerOf(channel).on('connect', fail);
		await until(() => exceptions.length === 2);
		expect(exceptions).toEqual([failure, failure]);
		await writer.write(1);
		expect(await reader.read()).toBe(1);
	});

	test('in a listener of a server and of a connection', async () => {
		const exceptions = captureUncaught();
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		server.once('connection', fail);
		const first = await clientOf(duplex);
		await until(() => exceptions.length === 1);
		first.once('disconnect', fail);
		const second = await clientOf(duplex);
		const other = await accept(server);
		await second.writer.write(2);
		expect(await other.reader.read()).toBe(2);
		await server.close({ lingerMs: 0 });
		await until(() => exceptions.length === 2);
		expect(await first.whenClosed()).toBe('closed');
		expect(exceptions).toEqual([failure, failure]);
	});

	test('of a defect in the taking in of a client, whose place is free again', async () => {
		const exceptions = captureUncaught();
		const duplex = numbersBothWays();
		const server = serverOf(duplex, { clientsMax: 1 });
		const take = DuplexConnection.take.bind(DuplexConnection);
		let failed = false;
		const spy = vi.spyOn(DuplexConnection, 'take').mockImplementation((native, out, into, options) => {
			const connection = take(native, out, into, options);
			if (failed || out !== duplex.toClient) return connection;
			failed = true;
			connection?.[Symbol.dispose]();
			throw failure;
		});
		onTestFinished(() => spy.mockRestore());
		const got: unknown[] = [];
		server.on(
			'connection',
			({ connection }) =>
				void connection.reader.read().then(
					(message) => got.push(message),
					() => {},
				),
		);
		const first = await connect(duplex).catch(() => undefined);
		await until(() => exceptions.length === 1);
		await first?.close();
		await until(() => server.connections.length === 0);
		const client = await clientOf(duplex);
		await client.writer.write(3);
		await until(() => got.includes(3));
		expect(exceptions).toEqual([failure]);
	});

	test.each(['which were there before it', 'which come later'])(
		'in a data listener of a stream, for messages %s',
		async (when) => {
			const exceptions = captureUncaught();
			const { writer, reader } = await pairOf(numbers());
			const seen: unknown[] = [];
			if (when.includes('before')) writer.tryWriteBatch([0, 1, 2]);
			const stream = createReadStream(reader).on('data', (message) => {
				seen.push(message);
				if (message === 1) throw failure;
			});
			onTestFinished(() => void stream.destroy());
			await turns(10);
			if (when.includes('later')) for (const message of [0, 1, 2]) await writer.write(message);
			await until(() => exceptions.length === 1);
			await writer.write(3);
			await until(() => seen.length === 4);
			expect(seen).toEqual([0, 1, 2, 3]);
			expect(exceptions).toEqual([failure]);
		},
	);

	test('in a watcher of all handles', async () => {
		const exceptions = captureUncaught();
		await turns(); // the handles of the test before emit their close
		subscribe('ringwire:event', fail);
		const { writer, reader } = await pairOf(numbers()).finally(() => unsubscribe('ringwire:event', fail));
		await writer.write(1);
		expect(await reader.read()).toBe(1);
		await until(() => exceptions.length === 2);
		expect(exceptions).toEqual([failure, failure]);
	});
});
