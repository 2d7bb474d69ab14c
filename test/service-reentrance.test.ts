/** A codec that does something to the client whose request it encodes. */
import { connectService, defineService, json, type ServiceClient, serve } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

/** A client whose codec does `act` before it encodes `true`, and whose requests are never answered. */
async function clientWhoseCodec(act: (client: ServiceClient<boolean, unknown>) => void) {
	const { encode, ...codec } = json<boolean>();
	const service = defineService({
		name: uniqueName(),
		request: {
			codec: {
				...codec,
				encode(message: boolean) {
					if (message) act(client);
					return encode(message);
				},
			},
		},
	});
	const server = serve(service, () => new Promise<Uint8Array>(() => {}));
	onTestFinished(() => server[Symbol.dispose]());
	const client = await connectService(service, { inFlightMax: 1 });
	onTestFinished(() => client[Symbol.dispose]());
	return client;
}

test('that aborts its signal: the request rejects with the reason and is not sent', async () => {
	const aborting = new AbortController();
	const reason = new Error('mine');
	const client = await clientWhoseCodec(() => aborting.abort(reason));
	await expect(client.request(true, { signal: aborting.signal })).rejects.toBe(reason);
	expect(client.inFlight).toBe(0);
});

test('that sends another request: there are never more than inFlightMax', async () => {
	let other: Promise<unknown> | undefined;
	const client = await clientWhoseCodec((self) => {
		other = codeOf(() => self.request(false));
	});
	expect(await codeOf(() => client.request(true))).toBe('ERR_RINGWIRE_BUSY');
	expect(client.inFlight).toBe(1);
	await client.close();
	expect(await other).toBe('ERR_RINGWIRE_CLOSED');
});

test('that closes the client: the request rejects as those do that come after', async () => {
	const client = await clientWhoseCodec((self) => void self.close());
	const message = expect.stringContaining(`service "${client.name}"`);
	await expect(client.request(true)).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED', message });
});
