import {
	type Connection,
	connect,
	type Duplex,
	defineDuplex,
	json,
	type LaneSpec,
	type ListenOptions,
	listen,
	type Server,
} from 'ringwire';
import { onTestFinished } from 'vitest';
import { DuplexChild } from './child-peer.js';
import { tiny } from './pair.js';
import { uniqueName } from './unique-name.js';

type Sizes = Omit<LaneSpec<number>, 'codec'>;

/** Numbers both ways, in lanes that by default are full after two messages. */
export function numbersBothWays(toServer: Sizes = {}, toClient: Sizes = {}): Duplex<number, number> {
	const codec = json<number>();
	return defineDuplex({
		name: uniqueName(),
		toServer: { codec, ...tiny, ...toServer },
		toClient: { codec, ...tiny, ...toClient },
	});
}

/** As `listen`; closed at the end of the test at the latest. */
export function serverOf<A, B>(
	duplex: Duplex<never, B, A, unknown>,
	options?: ListenOptions<NoInfer<A>, NoInfer<B>>,
): Server<A, B> {
	const server = listen(duplex, options);
	onTestFinished(() => server[Symbol.dispose]());
	return server;
}

/** As `connect`; closed at the end of the test at the latest. */
export async function clientOf<A, B>(duplex: Duplex<A, never, unknown, B>): Promise<Connection<A, B>> {
	const connection = await connect(duplex);
	onTestFinished(() => connection[Symbol.dispose]());
	return connection;
}

/** The next connection that no listener got. */
export async function accept<A, B>(server: Server<A, B>): Promise<Connection<B, A>> {
	const { value } = await server[Symbol.asyncIterator]().next();
	if (value === undefined) throw new Error('the server was closed');
	return value;
}

/** Both ends of one connection in this process. */
export async function connected(duplex: Duplex<number, number> = numbersBothWays()) {
	const server = serverOf(duplex);
	const [client, other] = await Promise.all([clientOf(duplex), accept(server)]);
	return { server, client, other };
}

/** A client in this process, whose server is another one. */
export async function connectedToChild() {
	const duplex = numbersBothWays();
	const child = new DuplexChild();
	await child.ask({ do: 'listen', name: duplex.name });
	const [client] = await Promise.all([clientOf(duplex), child.ask({ do: 'accept' })]);
	return { duplex, child, client };
}
