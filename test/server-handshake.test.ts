/** One side leaves in the middle of the handshake, played with the bare addon. */
import { connect, type Duplex } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import { nativeDuplexContract } from '../src/definition/duplex.js';
import type { NativeDuplex } from '../src/native/boundary.js';
import { loadAddon } from '../src/native/load.js';
import { clientOf, numbersBothWays, serverOf } from './support/connected.js';
import { countDescriptors } from './support/descriptors.js';
import { turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** Resolves when a connection can be taken, and does not take it. */
async function introduced(open: (onWake: () => void) => NativeDuplex): Promise<NativeDuplex> {
	let met = false;
	const native: NativeDuplex = open(() => {
		met ||= native.takeEvents().some(({ type }) => type === 'connect');
	});
	onTestFinished(() => native.leave());
	await until(() => met);
	return native;
}

const nativeClient = (duplex: Duplex<number, number>) =>
	introduced((onWake) => loadAddon().connect(nativeDuplexContract(duplex), { pauseMs: 1, pauseMsMax: 1 }, onWake));

test('a client that leaves before its connection is complete is no connection and does not count', async () => {
	const duplex = numbersBothWays();
	const server = serverOf(duplex, { clientsMax: 1 });
	const errors: unknown[] = [];
	server.on('error', ({ error }) => errors.push(error));
	let connections = 0;
	server.on('connection', () => {
		connections++;
	});
	const descriptors = countDescriptors();
	for (let i = 0; i < 5; i++) {
		(await nativeClient(duplex)).leave();
		await until(() => countDescriptors() === descriptors);
	}
	expect(connections).toBe(0);
	await clientOf(duplex);
	await until(() => connections === 1);
	expect(errors).toEqual([]);
});

test('a client whose server leaves before the connection is complete finds the next server', async () => {
	const duplex = numbersBothWays();
	const connecting = connect(duplex, { pauseMs: 1 });
	for (let i = 0; i < 3; i++) {
		const native = await introduced((onWake) => loadAddon().listen(nativeDuplexContract(duplex), 10, onWake));
		native.leave();
		await turns(5);
	}
	const server = serverOf(duplex);
	const client = await connecting;
	onTestFinished(() => client[Symbol.dispose]());
	await until(() => server.connections.length === 1);
	expect(client.closed).toBe(false);
});

test('a client that gives up while its server does not answer leaves nothing behind', async () => {
	const duplex = numbersBothWays();
	const descriptors = countDescriptors();
	const native = loadAddon().listen(nativeDuplexContract(duplex), 10, () => {});
	await expect(connect(duplex, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'ERR_RINGWIRE_TIMEOUT' });
	native.leave();
	await until(() => countDescriptors() === descriptors);
});

test('connect pauses between two attempts as its RetryPolicy states', async () => {
	const duplex = numbersBothWays();
	const late = connect(duplex, { pauseMs: 60_000, timeoutMs: 200 });
	const soon = connect(duplex, { pauseMs: 5 });
	serverOf(duplex);
	const client = await soon;
	onTestFinished(() => client[Symbol.dispose]());
	await expect(late).rejects.toMatchObject({ code: 'ERR_RINGWIRE_TIMEOUT' });
});
