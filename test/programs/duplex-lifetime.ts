// As lifetime.ts, for servers, connections and services.
import { connect, connectService, defineDuplex, defineService, json, listen, serve } from 'ringwire';

const [what = '', name = '', millis] = process.argv.slice(2);
const lane = { codec: json<number>(), capacity: 64 * 1024, depth: 2 };
const duplex = defineDuplex({ name, toServer: lane, toClient: lane });
const service = defineService({ name, request: lane, response: lane });

async function connected() {
	const server = listen(duplex);
	const client = await connect(duplex);
	for await (const other of server) {
		server.unref();
		return { server, client, other };
	}
	throw new Error('the server was closed');
}

const deeds: Record<string, () => unknown> = {
	listen: () => listen(duplex),
	'listen, unref': () => listen(duplex).unref(),
	'listen, unref, ref': () => listen(duplex).unref().ref(),
	'listen, close': () => listen(duplex).close(),
	connect: () => void connect(duplex),
	connected: () => connected(),
	'connected, unref': async () => {
		const { client, other } = await connected();
		return [client.unref(), other.unref()];
	},
	'connected, close': async () => {
		const { client, server } = await connected();
		await client.close();
		await server.close();
	},
	'the other side closes': async () => {
		const { server } = await connected();
		await server.close();
	},
	'both ends': async () => {
		const { client, other } = await connected();
		client.writer.end();
		other.writer.end();
		await Promise.all([client.reader.read(), other.reader.read()]);
	},
	'serve, close': async () => {
		const server = serve(service, (n) => n);
		const client = await connectService(service);
		await client.request(1);
		await client.close();
		await server.close();
	},
	'request, unref': async () => {
		const server = serve(service, () => new Promise<number>(() => {}));
		const client = await connectService(service);
		server.unref();
		client.unref();
		void client.request(1, { timeoutMs: 1_000_000 });
	},
};

const kept = await deeds[what]?.();
setTimeout(() => {
	console.log('alive');
	process.exit();
}, Number(millis)).unref();
// So that nothing is collected before its time.
process.on('exit', () => kept);
