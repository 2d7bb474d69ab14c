import { connect, defineService, json } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import type { DuplexConnection } from '../src/connection/connection.js';
import { DuplexServer } from '../src/connection/server.js';
import type { Frame } from '../src/definition/frame.js';
import { duplexOfService } from '../src/definition/service.js';
import { CodecGuard } from '../src/endpoint/codec-guard.js';
import { ServerSession } from '../src/service/session.js';
import { turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

test('a request whose client is gone is not passed to the handler', async () => {
	const service = defineService({ name: uniqueName(), request: { codec: json<number>() } });
	const taken = new Promise<DuplexConnection<Frame, Frame>>((resolve) => {
		const server = new DuplexServer<Frame, Frame>(duplexOfService(service), {}, resolve);
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
	const session = new ServerSession(connection, { service, handler, inFlightMax: 1, guard: new CodecGuard() });
	await turns(10);
	expect(requests).toEqual([]);
	expect([session.inFlight, connection.reader.closed]).toEqual([0, true]);
});
