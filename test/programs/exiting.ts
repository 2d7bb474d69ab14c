// Ends its process by process.exit in a chosen state, for tests: in the middle of whatever that state is. See test/process-exit.test.ts.

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
	type Codec,
	connect,
	connectService,
	defineChannel,
	defineDuplex,
	defineService,
	json,
	listen,
	openReader,
	openWriter,
	serve,
} from 'ringwire';
import { fromChannel, writeTo } from 'ringwire/observables';
import { createReadStream, createWriteStream } from 'ringwire/streams';
import { interval } from 'rxjs';

const [state = '', name = '', status = '0'] = process.argv.slice(2);
const lane = { codec: json<number>(), capacity: 64 * 1024, depth: 2 };
const channel = defineChannel({ name, ...lane });
const duplex = defineDuplex({ name, toServer: lane, toClient: lane });
const service = defineService({ name, request: lane, response: lane });
const exit = () => process.exit(Number(status));

async function writer() {
	const opened = openWriter(channel);
	await opened.whenConnected();
	return opened;
}

async function reader() {
	const opened = openReader(channel);
	await opened.whenConnected();
	return opened;
}

/** A writer whose ring is full. */
async function fullWriter() {
	const opened = await writer();
	while (opened.tryWrite(0));
	return opened;
}

async function thread(does: 'readSync' | 'writeSync') {
	const worker = new Worker(new URL('blocked-worker.js', import.meta.url), { workerData: { name, does } });
	await once(worker, 'message');
	return worker;
}

/** The names say what is under way; those that need a reader or a writer at the other side say so in the test. */
const states: Record<string, () => unknown> = {
	'writer just opened': () => openWriter(channel) && exit(),
	'reader just opened': () => openReader(channel) && exit(),
	'writer connected': async () => (await writer()) && exit(),
	'reader connected': async () => (await reader()) && exit(),
	'write waits': async () => {
		void (await fullWriter()).write(1);
		setImmediate(exit);
	},
	'flush waits': async () => {
		void (await fullWriter()).flush();
		setImmediate(exit);
	},
	'close lingers': async () => {
		void (await fullWriter()).close({ lingerMs: 1_000_000 });
		setImmediate(exit);
	},
	'read waits': async () => {
		void (await reader()).read();
		setImmediate(exit);
	},
	'whenConnected waits': () => {
		void openWriter(channel).whenConnected(99);
		setImmediate(exit);
	},
	'in for await': async () => {
		for await (const _ of openReader(channel)) exit();
	},
	'in a connect listener': () => openReader(channel).on('connect', exit),
	'in a data listener': async () => {
		const opened = openReader(channel).on('data', exit);
		opened.tryRead();
	},
	'in decode': async () => {
		const codec: Codec<number> = { ...json<number>(), decode: exit };
		for await (const _ of openReader({ ...channel, codec }));
	},
	'in encode': async () => {
		const codec: Codec<number> = { ...json<number>(), encode: exit };
		const opened = openWriter({ ...channel, codec });
		await opened.whenConnected();
		opened.tryWriteBatch([1, 2]);
	},
	'in a Readable': () => createReadStream(channel).on('data', exit),
	'in a pipeline': async () => {
		setTimeout(exit, 20);
		const source = new PassThrough({ objectMode: true });
		const feed = setInterval(() => source.write(1), 1);
		await pipeline(source, createWriteStream(channel));
		clearInterval(feed);
	},
	'in a subscriber': () => fromChannel(channel).subscribe(exit),
	'under writeTo': () => {
		interval(1)
			.pipe(writeTo(channel, { whenFull: 'drop' }))
			.subscribe();
		setTimeout(exit, 20);
	},
	'in a signal handler': async () => {
		await writer();
		process.on('SIGTERM', exit);
		process.kill(process.pid, 'SIGTERM');
		await pause(1_000_000);
	},
	'a worker blocks in readSync': async () => (await thread('readSync')) && exit(),
	'a worker blocks in writeSync': async () => (await thread('writeSync')) && exit(),
	'server listens': () => listen(duplex) && exit(),
	'client looks': () => {
		void connect(duplex);
		setImmediate(exit);
	},
	'in a connection listener': async () => {
		listen(duplex).on('connection', exit);
		await connect(duplex);
	},
	'in a request handler': async () => {
		serve(service, exit);
		await (await connectService(service)).request(1);
	},
};

await states[state]?.();
