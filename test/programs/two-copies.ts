// Loads two copies of the package from the URLs in its arguments and exchanges messages between them, in this thread and with a
// worker. Prints the results as JSON. See test/two-copies.test.ts.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

type Ringwire = typeof import('ringwire');

const channelOf = ({ defineChannel, json }: Ringwire, name: string) =>
	defineChannel({ name, codec: json<number>(), capacity: 64 * 1024, depth: 4 });

const load = async (url: string): Promise<Ringwire> => import(url);

async function write(url: string): Promise<void> {
	const ringwire = await load(url);
	const writer = ringwire.openWriter(channelOf(ringwire, 'copies'));
	for (let i = 0; i < 100; i++) await writer.write(i);
	writer.end();
	await writer.close({ lingerMs: 2 ** 31 - 1 });
}

async function read(url: string): Promise<number> {
	const ringwire = await load(url);
	let good = 0;
	for await (const message of ringwire.openReader(channelOf(ringwire, 'copies'))) if (message === good) good++;
	return good;
}

if (isMainThread) {
	const [first = '', second = ''] = process.argv.slice(2);
	const [one, two] = [await load(first), await load(second)];
	const [, here] = await Promise.all([write(first), read(second)]);

	const worker = new Worker(new URL(import.meta.url), { workerData: first });
	const [there] = await Promise.all([read(second), once(worker, 'exit')]);

	// Definitions of one copy are given to the other one.
	const writer = one.openWriter(channelOf(two, 'mixed'));
	const reader = two.openReader(channelOf(one, 'mixed'));
	await writer.write(7);
	const mixed = await reader.read();
	const same = one.openWriter === two.openWriter;
	await Promise.all([writer.close(), reader.close()]);

	const service = one.defineService({
		name: 'mixed-service',
		request: { codec: one.json<number>(), capacity: 64 * 1024 },
		response: { codec: one.utf8() },
	});
	const server = two.serve(service, (request) => `${request + 1}`);
	const client = await two.connectService(service);
	const answered = await client.request(7);
	await Promise.all([client.close(), server.close()]);

	// Handles and errors of one copy are given to the faces of the other one.
	const streams = (await import(new URL('streams/index.js', second).href)) as typeof import('ringwire/streams');
	const observables = (await import(
		new URL('observables/index.js', second).href
	)) as typeof import('ringwire/observables');
	const iterables = (await import(new URL('iterables/index.js', second).href)) as typeof import('ringwire/iterables');
	const faces: number[] = [];
	for (const face of ['stream', 'observable', 'iterable'] as const) {
		const source = one.openReader(channelOf(one, face));
		const target = one.openWriter(channelOf(one, face));
		let last = '';
		const events = observables.channelEvents(source).forEach(({ type }) => {
			last = type;
		});
		streams.createWriteStream(target).end(8);
		if (face === 'stream')
			for await (const message of streams.createReadStream(source)) faces.push(message as number);
		else if (face === 'iterable') for await (const message of iterables.iterableFrom(source)) faces.push(message);
		else await observables.fromChannel(source).forEach((message) => void faces.push(message));
		await events;
		if (last !== 'close') faces.push(-1);
	}
	const closed = one.openWriter(channelOf(one, 'errors'));
	await closed.close();
	let error: unknown;
	try {
		closed.tryWrite(1);
	} catch (thrown) {
		error = thrown;
	}
	const errors = [one, two].map(({ RingwireError, RemoteError }) => [
		error instanceof RingwireError,
		error instanceof RemoteError,
	]);
	console.log(JSON.stringify({ same, here, there, mixed, answered, faces, errors }));
} else {
	parentPort?.unref();
	await write(workerData as string);
}
