/**
 * One party of a channel in any runtime: party.mjs ROLE NAME. Prints a line for each thing that happens, and exits by itself when there is nothing
 * left to do. See runtimes.test.ts.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { connectService, defineChannel, defineService, json, openReader, openWriter, serve } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel } from 'ringwire/observables';
import { createReadStream } from 'ringwire/streams';

const count = 2000;
const channel = (name) => defineChannel({ name, codec: json(), capacity: 64 * 1024, depth: 256 });
const service = (name) => defineService({ name, request: { codec: json() }, response: { codec: json() } });
const say = (...words) => console.log(...words);

const roles = {
	/** Sends one stream of messages to each face of a reader, the last one by blocking calls. */
	async write(name) {
		for (const face of ['iterable', 'observable', 'stream', 'blocking']) {
			const writer = openWriter(channel(`${name}.${face}`));
			await writer.whenConnected();
			for (let n = 1; n <= count; n++) {
				if (face === 'blocking') writer.writeSync(n);
				else await writer.write(n);
			}
			writer.end();
			await writer.close();
		}
		say('written');
	},

	async read(name) {
		const sums = { iterable: 0, observable: 0, stream: 0, blocking: 0 };
		for await (const n of iterableFrom(channel(`${name}.iterable`))) sums.iterable += n;
		await fromChannel(channel(`${name}.observable`)).forEach((n) => {
			sums.observable += n;
		});
		for await (const n of createReadStream(channel(`${name}.stream`))) sums.stream += n;
		const reader = openReader(channel(`${name}.blocking`));
		for (let n = reader.readSync(); n !== undefined; n = reader.readSync()) sums.blocking += n;
		await reader.close();
		say(JSON.stringify(sums));
	},

	/** Waits to be killed. */
	async hold(name) {
		const writer = openWriter(channel(name));
		await writer.whenConnected();
		writer.tryWrite(7);
		globalThis.held = writer; // what is not referenced is collected, and leaves
		say('holds', process.pid);
	},

	/** Reads what a killed writer left, and says how it went. */
	async mourn(name) {
		const reader = openReader(channel(name));
		reader.on('disconnect', ({ reason, peer }) => {
			say(reason, peer.pid);
			void reader.close();
		});
		for await (const n of reader) say('read', n);
	},

	async serve(name) {
		const server = serve(service(name), async (request) => ({ twice: request * 2 }));
		const closed = new Promise((resolve) => server.on('disconnect', resolve));
		say('serves');
		await closed;
		await server.close();
	},

	async ask(name) {
		const client = await connectService(service(name));
		const answers = await Promise.all([1, 2, 3].map((n) => client.request(n)));
		await client.close();
		say(JSON.stringify(answers));
	},

	/** Says what pids of threads wait for it, then leaves at the first message. */
	async idle(name) {
		const reader = openReader(channel(name));
		await reader.whenConnected();
		say('idle', process.pid);
		for await (const n of reader) {
			say('read', n);
			break;
		}
		await reader.close();
	},

	async wake(name) {
		const writer = openWriter(channel(name));
		await writer.whenConnected();
		process.stdin.once('data', async () => {
			await writer.write(7);
			await writer.close();
			process.stdin.destroy();
		});
	},

	/** A worker reads what the main thread writes; another is terminated while it holds a reader. */
	async workers(name) {
		const start = (role) => new Worker(new URL(import.meta.url), { workerData: { role, name } });
		const writer = openWriter(channel(name));
		const held = start('held');
		await writer.whenConnected();
		const gone = new Promise((resolve) => writer.once('disconnect', ({ reason }) => resolve(reason)));
		await held.terminate();
		say('terminated', await gone);
		const reading = start('counts');
		const sum = new Promise((resolve) => reading.once('message', resolve));
		await writer.whenConnected();
		for (let n = 1; n <= count; n++) await writer.write(n);
		writer.end();
		await writer.close();
		say('sum', await sum);
	},

	/** process.exit with everything open. */
	async leave(name) {
		const writer = openWriter(channel(name));
		await writer.whenConnected();
		process.exit(0);
	},
};

const inWorker = {
	async held(name) {
		await openReader(channel(name)).whenConnected();
	},
	async counts(name) {
		let sum = 0;
		for await (const n of iterableFrom(channel(name))) sum += n;
		parentPort.postMessage(sum);
	},
};

if (isMainThread) {
	const [role, name] = process.argv.slice(2);
	await roles[role](name);
} else {
	await inWorker[workerData.role](workerData.name);
}
