/** A corrupt peer. The addon detects one (see lib-native/test); these tests put the addon's event in its place. */
import { type Duplex, defineService, json } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DuplexConnection } from '../src/connection/connection.js';
import { nativeDuplexContract } from '../src/definition/duplex.js';
import { duplexOfService } from '../src/definition/service.js';
import { CodecGuard } from '../src/endpoint/codec-guard.js';
import { type NativeDuplex, type NativeEvent, Wake } from '../src/native/boundary.js';
import { loadAddon } from '../src/native/load.js';
import { nativeReaderOptions } from '../src/reader/reader.js';
import { RequestClient } from '../src/service/request-client.js';
import { ServerSession } from '../src/service/session.js';
import { accept, numbersBothWays, serverOf } from './support/connected.js';
import { departuresOf, emittedInOrder } from './support/departures.js';
import { codeOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** A client, its server's side, and a function that makes the peer corrupt for the client's writer or reader. */
async function deceived<AIn, BIn, AOut, BOut>(duplex: Duplex<AIn, BIn, AOut, BOut>) {
	const server = serverOf(duplex);
	let met = false;
	const real: NativeDuplex = loadAddon().connect(nativeDuplexContract(duplex), { pauseMs: 1, pauseMsMax: 1 }, () => {
		met ||= real.takeEvents().some(({ type }) => type === 'connect');
	});
	await until(() => met);
	const events = { writer: [] as NativeEvent[], reader: [] as NativeEvent[] };
	const wake = { writer: (_: number) => {}, reader: (_: number) => {} };
	const native: NativeDuplex = {
		...real,
		takeConnection(writerOptions, readerOptions, onWakeWriter, onWakeReader) {
			const taken = real.takeConnection(writerOptions, readerOptions, onWakeWriter, onWakeReader);
			if (taken === undefined) return undefined;
			const { writer, reader, peer } = taken;
			Object.assign(wake, { writer: onWakeWriter, reader: onWakeReader });
			return {
				peer,
				writer: { ...writer, takeEvents: () => [...writer.takeEvents(), ...events.writer.splice(0)] },
				reader: { ...reader, takeEvents: () => [...reader.takeEvents(), ...events.reader.splice(0)] },
			};
		},
	};
	const client = DuplexConnection.take(native, duplex.toServer, duplex.toClient, nativeReaderOptions({}));
	real.leave();
	if (client === undefined) throw new Error('there was no connection');
	onTestFinished(() => client[Symbol.dispose]());
	await client.whenLinked();
	client.handOver();
	const other = await accept(server);
	const lie = (side: 'writer' | 'reader') => {
		const { id, pid, uid, role } = client.peer;
		events[side].push({ type: 'disconnect', peer: { id, pid, uid, role }, reason: 'corrupt', ended: false });
		wake[side](Wake.events);
	};
	return { client, other, lie };
}

test.each(['writer', 'reader'] as const)(
	'a peer that is corrupt for the %s is cut off in both directions, and closes too',
	async (side) => {
		const { client, other, lie } = await deceived(numbersBothWays());
		const events: string[] = [];
		client.on('disconnect', ({ reason }) => {
			events.push(reason);
			expect(() => client.writer.tryWrite(1)).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CORRUPT' }));
		});
		const pending = codeOf(() => client.reader.read());
		await turns(2);
		lie(side);
		expect(events).toEqual(['corrupt']);
		expect(await pending).toBe('ERR_RINGWIRE_CORRUPT');
		expect(await codeOf(() => client.writer.write(1))).toBe('ERR_RINGWIRE_CORRUPT');
		expect([client.closeReason, client.writer.closed, client.reader.closed]).toEqual(['corrupt', true, true]);
		expect(await client.writer.close()).toEqual({ unread: 0, readers: 0 });
		await other.whenClosed();
	},
);

test.each(['writer', 'reader'] as const)(
	'a departure as corrupt, found by the %s, is emitted once by the connection and each handle, also if a listener closes the connection',
	async (side) => {
		const { client, lie } = await deceived(numbersBothWays());
		const events = departuresOf(client);
		const iterating = codeOf(async () => {
			for await (const _ of client.reader);
		});
		await turns(2);
		lie(side);
		expect(await iterating).toBe('ERR_RINGWIRE_CORRUPT');
		expect(events).toEqual(emittedInOrder('corrupt'));
	},
);

test('messages that were copied out of the lane before the writer found the peer corrupt are delivered before the disconnect', async () => {
	const { client, other, lie } = await deceived(numbersBothWays());
	const events = departuresOf(client);
	other.writer.tryWriteBatch([1, 2]);
	await until(() => client.reader.available === 2);
	expect(client.reader.tryRead()).toBe(1);
	lie('writer');
	await turns(2);
	expect(events).toEqual(emittedInOrder('corrupt').slice(0, 2));
	expect(client.reader.tryRead()).toBe(2);
	await turns(2);
	expect(events).toEqual(emittedInOrder('corrupt'));
	expect(() => client.reader.tryRead()).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CORRUPT' }));
});

describe.each(['writer', 'reader'] as const)('a service whose peer is corrupt for the %s', (side) => {
	const service = () => defineService({ name: uniqueName(), request: { codec: json<number>() } });
	const corrupt = { code: 'ERR_RINGWIRE_CORRUPT' };

	test('rejects requests with CORRUPT, as the handles do', async () => {
		const defined = service();
		const { client: connection, lie } = await deceived(duplexOfService(defined));
		const client = new RequestClient(defined, connection, 1);
		const response = client.request(1);
		lie(side);
		await expect(response).rejects.toMatchObject(corrupt);
		await expect(client.request(2)).rejects.toMatchObject(corrupt);
	});

	test('aborts the signals of handlers with CORRUPT', async () => {
		const defined = service();
		const { client: connection, other, lie } = await deceived(duplexOfService(defined));
		const signals: AbortSignal[] = [];
		const handler = (_: number, { signal }: { signal: AbortSignal }) => {
			signals.push(signal);
			return new Promise<Uint8Array>(() => {});
		};
		const options = { service: defined, handler, inFlightMax: 1, guard: new CodecGuard(), failed() {} };
		new ServerSession(connection, options);
		other.writer.tryWrite({ kind: 'request', id: 1, payload: Buffer.from('1') });
		await until(() => signals.length === 1);
		lie(side);
		expect(signals[0]?.reason).toMatchObject(corrupt);
	});
});
