/** The time until two ends are connected: opens a writer and a reader in one process, connects them and closes them. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { bytes, defineChannel, openReader, openWriter } from 'ringwire';
import type { Settings } from '../options.js';
import { quantile, type RawRow } from '../rows.js';
import type { Trial } from '../trials.js';
import type { Results } from './interleaved.js';

let opened = 0;

export async function measureOpening(trial: Trial, settings: Settings): Promise<Results> {
	const rounds = settings.tiny ? 2 : 30;
	const medians: Record<string, number[]> = { ringwire: [], 'unix socket pair': [] };
	for (let repeat = 0; repeat < settings.repeats; repeat++) {
		const channels: number[] = [];
		const sockets: number[] = [];
		for (let round = 0; round < rounds; round++) {
			const name = `opening-${++opened}`;
			channels.push(await timed(() => openChannel(`${settings.id}-${name}`)));
			sockets.push(await timed(() => openSockets(join(settings.folder, name))));
		}
		medians.ringwire?.push(quantile(channels, 0.5));
		medians['unix socket pair']?.push(quantile(sockets, 0.5));
	}
	const raw = Object.entries(medians).map(
		([contestant, values]): RawRow => ({
			...{ trial: trial.id, contestant, rival: contestant !== 'ringwire', unit: 'us', values },
			note: 'open both ends, connect, close',
		}),
	);
	return { raw, gaps: [] };
}

async function timed(work: () => Promise<void>): Promise<number> {
	const start = performance.now();
	await work();
	return (performance.now() - start) * 1000;
}

async function openChannel(name: string): Promise<void> {
	const channel = defineChannel({ name, codec: bytes() });
	const writer = openWriter(channel);
	const reader = openReader(channel);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	await Promise.all([writer.close({ lingerMs: 0 }), reader.close()]);
}

async function openSockets(path: string): Promise<void> {
	const server = createServer();
	await once(server.listen(path), 'listening');
	const accepted = once(server, 'connection') as Promise<Socket[]>;
	const socket = connect(path);
	const [[peer]] = await Promise.all([accepted, once(socket, 'connect')]);
	socket.destroy();
	peer?.destroy();
	server.close();
	await once(server, 'close');
}
