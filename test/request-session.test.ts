import { bytes, connect, defineService, json, serve } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import type { DuplexConnection } from '../src/connection/connection.js';
import { DuplexServer } from '../src/connection/server.js';
import type { Frame, ReceivedFrame } from '../src/definition/frame.js';
import { duplexOfService } from '../src/definition/service.js';
import { CodecGuard } from '../src/endpoint/codec-guard.js';
import { ServerSession } from '../src/service/session.js';
import { turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

test('a request whose client is gone is not passed to the handler', async () => {
	const service = defineService({ name: uniqueName(), request: { codec: json<number>() } });
	const taken = new Promise<DuplexConnection<Frame, ReceivedFrame>>((resolve) => {
		const server = new DuplexServer<ReceivedFrame, Frame>(duplexOfService(service), {}, resolve);
		onTestFinished(() => server[Symbol.dispose]());
	});
	const client = await connect(duplexOfService(service));
	client.writer.tryWrite({ kind: 'request', id: 1, payload: Buffer.from('1') });
	client[Symbol.dispose]();
	const connection = await taken;
	await connection.whenClosed();
	const requests: number[] = [];
	const handler = (request: number) => {
		requests.push(request);
		return Buffer.of();
	};
	const options = { service, handler, inFlightMax: 1, guard: new CodecGuard(), failed() {} };
	const session = new ServerSession(connection, options);
	await turns(10);
	expect(requests).toEqual([]);
	expect([session.inFlight, connection.reader.closed]).toEqual([0, true]);
});

test.each<Frame>([
	{ kind: 'answer', id: 1, payload: Buffer.of() },
	{ kind: 'failed', id: 1, payload: Buffer.from('{}') },
])('a client that sends a frame of kind $kind is cut off, and is an error event of the server', async (frame) => {
	const service = defineService({ name: uniqueName(), request: { codec: json<number>() } });
	const server = serve(service, () => Buffer.of());
	onTestFinished(() => server[Symbol.dispose]());
	const events: unknown[] = [];
	server.on('error', ({ error }) => events.push([error.code, error.peer?.role, error.message.includes(frame.kind)]));
	server.on('disconnect', ({ reason }) => events.push(reason));
	const client = await connect(duplexOfService(service));
	client.writer.tryWrite(frame);
	await client.whenClosed();
	expect(events).toEqual([['ERR_RINGWIRE_DECODE', 'client', true], 'closed']);
});

test('bytes that are no frame are an error event of the server too', async () => {
	const service = defineService({ name: uniqueName(), request: { codec: json<number>() } });
	const server = serve(service, () => Buffer.of());
	onTestFinished(() => server[Symbol.dispose]());
	const codes: string[] = [];
	server.on('error', ({ error }) => codes.push(error.code));
	const { toServer, ...rest } = duplexOfService(service);
	const codec = { ...bytes(), id: toServer.codec.id };
	const client = await connect({ ...rest, toServer: { ...toServer, codec } });
	client.writer.tryWrite(Buffer.from('short'));
	await client.whenClosed();
	expect(codes).toEqual(['ERR_RINGWIRE_DECODE']);
});
