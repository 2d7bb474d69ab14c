/** The memory of an open channel and of a further link in this process: its proportional set size before and after many of them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type BytesLike, bytes, type Channel, defineChannel, openReader, openWriter, type Reader } from 'ringwire';
import type { Settings } from '../options.js';
import type { RawRow } from '../rows.js';
import type { Trial } from '../trials.js';
import type { Results } from './interleaved.js';

export async function measureMemory(trial: Trial, settings: Settings): Promise<Results> {
	const count = settings.tiny ? 2 : 20;
	const channelOf = (index: number) => defineChannel({ name: `${settings.id}-memory-${index}`, codec: bytes() });
	// The first one allocates the parts that all share.
	await closeAll([await openPair(channelOf(1000))]);
	const atFirst = pssKiB();
	const pairs: Pair[] = [];
	for (let index = 0; index < count; index++) pairs.push(await openPair(channelOf(index)));
	const withChannels = pssKiB();
	const channel = channelOf(0);
	const readers: Reader<Uint8Array>[] = [];
	for (let index = 0; index < count; index++) readers.push(openReader(channel));
	await Promise.all(readers.map((reader) => reader.whenConnected()));
	const withLinks = pssKiB();
	await Promise.all(readers.map((reader) => reader.close()));
	await closeAll(pairs);
	const beforeSockets = pssKiB();
	const close = await openSockets(join(settings.folder, 'memory'), count);
	const withSockets = pssKiB();
	await close();
	const row = (contestant: string, grown: number, note: string): RawRow => ({
		...{
			trial: trial.id,
			contestant,
			rival: contestant.startsWith('unix'),
			unit: 'KiB',
			values: [Math.max(0, grown / count)],
			note,
		},
	});
	const raw = [
		row('channel', withChannels - atFirst, 'a writer with its lane of 4 MiB, a reader, their link'),
		row('link', withLinks - withChannels, 'one more reader of a channel, with the link to its writer'),
		row('unix socket pair', withSockets - beforeSockets, 'both ends, without what the kernel buffers'),
	];
	return { raw, gaps: [] };
}

interface Pair {
	close(): Promise<unknown>;
}

async function openPair(channel: Channel<BytesLike, Buffer>): Promise<Pair> {
	const writer = openWriter(channel);
	const reader = openReader(channel);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	return { close: () => Promise.all([writer.close({ lingerMs: 0 }), reader.close()]) };
}

async function closeAll(pairs: readonly Pair[]): Promise<void> {
	await Promise.all(pairs.map((pair) => pair.close()));
}

async function openSockets(path: string, count: number): Promise<() => Promise<void>> {
	const sockets: Socket[] = [];
	const server = createServer((socket) => sockets.push(socket));
	await once(server.listen(path), 'listening');
	for (let index = 0; index < count; index++) {
		const socket = connect(path);
		await once(socket, 'connect');
		sockets.push(socket);
	}
	return async () => {
		for (const socket of sockets) socket.destroy();
		server.close();
		await once(server, 'close');
	};
}

function pssKiB(): number {
	globalThis.gc?.();
	const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
	return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
}
