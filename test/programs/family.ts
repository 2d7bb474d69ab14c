// A process with every kind of handle open and with children, for tests of inheritance. Does the deed of its argument and
// prints the result as JSON. See test/child-processes.test.ts.
import { execFileSync, fork, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { connect, defineChannel, defineDuplex, json, listen, openReader, openWriter } from 'ringwire';

const [deed = '', name = ''] = process.argv.slice(2);
const lane = { codec: json<number>(), capacity: 64 * 1024, depth: 64 };
const channel = defineChannel({ name, ...lane });
const self = fileURLToPath(import.meta.url);

/** The names of the descriptors and mappings of a process that belong to the library: memory, sockets, sets and timers. */
const shared = `
	const { readdirSync, readlinkSync, readFileSync } = require('node:fs');
	const files = readdirSync('/proc/self/fd').flatMap((file) => {
		try { return [readlinkSync('/proc/self/fd/' + file)]; } catch { return []; }
	});
	const kinds = files.map((file) => file.replace(/[0-9]+/g, ''));
	const mapped = readFileSync('/proc/self/maps', 'utf8').includes('memfd:ringwire');
	console.log(JSON.stringify({ kinds: kinds.sort(), mapped }));`;

const look = () => execFileSync(process.execPath, ['--eval', shared], { encoding: 'utf8' });

async function everythingOpen() {
	const duplex = defineDuplex({ name: `${name}-duplex`, toServer: lane, toClient: lane });
	const handles = [openWriter(channel), openReader(channel)] as const;
	const server = listen(duplex);
	const client = await connect(duplex);
	await Promise.all(handles.map((handle) => handle.whenConnected()));
	return { close: () => Promise.all([...handles, client, server].map((handle) => handle.close())) };
}

const deeds: Record<string, () => unknown> = {
	/** Children that are started while everything is open have what those have that are started while nothing is. */
	async inherited() {
		const before = JSON.parse(look());
		const open = await everythingOpen();
		const during = JSON.parse(look());
		const spawned = spawn(process.execPath, ['--eval', shared], { stdio: ['ignore', 'pipe', 'inherit'] });
		const async = JSON.parse(await text(spawned.stdout));
		await open.close();
		return {
			before,
			during,
			mappedAsync: async.mapped,
			ours: async.kinds.filter((kind: string) => kind.includes('memfd')),
		};
	},

	/** A child that outlives its parent does not keep the channel of the killed parent. */
	async 'parent of a sleeper'() {
		const writer = openWriter(channel);
		await writer.whenConnected();
		writer.tryWrite(1);
		const sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
		process.send?.({ type: 'sleeper', pid: sleeper.pid });
		await new Promise(() => {});
	},

	/** A child by fork opens handles of its own on the same channel, while those of its parent are open. */
	async forked() {
		const reader = openReader(channel);
		const child = fork(self, ['writes', name]);
		const read: number[] = [];
		for await (const message of reader) read.push(message);
		const [status] = await once(child, 'exit');
		return { count: read.length, ordered: read.every((message, index) => message === index), status };
	},
	async writes() {
		const writer = openWriter(channel);
		for (let i = 0; i < 1000; i++) await writer.write(i);
		writer.end();
		await writer.close({ lingerMs: 100_000 });
		process.disconnect?.();
		return {};
	},

	/** The primary writes, each worker of a cluster gets everything. */
	async cluster() {
		const counts: number[] = [];
		if (cluster.isPrimary) {
			cluster.setupPrimary({ exec: self, args: ['cluster', name] });
			const writer = openWriter(channel);
			const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
			const exits = workers.map((worker) => once(worker, 'exit'));
			cluster.on('message', (_, count: number) => counts.push(count));
			await writer.whenConnected(workers.length);
			for (let i = 0; i < 1000; i++) await writer.write(i);
			writer.end();
			await writer.close({ lingerMs: 100_000 });
			const statuses = (await Promise.all(exits)).map(([status]) => status as number);
			return { counts, statuses };
		}
		let next = 0;
		for await (const message of openReader(channel)) if (message === next) next++;
		process.send?.(next);
		cluster.worker?.disconnect();
		return undefined;
	},
};

const result = await deeds[deed]?.();
if (result !== undefined && !cluster.isWorker && process.send === undefined) console.log(JSON.stringify(result));
