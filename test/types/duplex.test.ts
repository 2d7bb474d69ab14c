import {
	type BytesLike,
	bytes,
	type Connection,
	connect,
	connectService,
	type DepartureReason,
	type Duplex,
	defineDuplex,
	defineService,
	json,
	listen,
	openReader,
	type Peer,
	type Reader,
	RingwireError,
	type Server,
	type Service,
	type ServiceClient,
	serve,
	utf8,
	type Writer,
} from 'ringwire';
import { expectTypeOf, it } from 'vitest';

interface Command {
	readonly verb: string;
}

/** Never called: the compiler must accept each function, and must refuse the marked lines. */
type Never = () => unknown;

it('the types of both directions are inferred from the duplex', () => {
	const both = defineDuplex({ name: 'both', toServer: { codec: json<Command>() }, toClient: { codec: utf8() } });
	expectTypeOf(both).toEqualTypeOf<Duplex<Command, string>>();
	expectTypeOf(defineDuplex({ name: 'raw' })).toEqualTypeOf<Duplex<BytesLike, BytesLike, Buffer, Buffer>>();
	expectTypeOf(defineDuplex({ name: 'in', toServer: { codec: utf8() } })).toEqualTypeOf<
		Duplex<string, BytesLike, string, Buffer>
	>();
	expectTypeOf(
		defineDuplex({ name: 'out', toClient: { codec: utf8() }, toServer: { capacity: 65_536 } }),
	).toEqualTypeOf<Duplex<BytesLike, string, Buffer, string>>();
	expectTypeOf(defineDuplex({ name: 'bytes', toServer: { codec: bytes() } })).toEqualTypeOf<
		Duplex<BytesLike, BytesLike, Buffer, Buffer>
	>();
	const tests: Never[] = [
		() => expectTypeOf(listen(both)).toEqualTypeOf<Server<Command, string>>(),
		() => expectTypeOf(connect(both)).toEqualTypeOf<Promise<Connection<Command, string>>>(),
		async () => {
			for await (const connection of listen(both)) {
				expectTypeOf(connection).toEqualTypeOf<Connection<string, Command>>();
				expectTypeOf(connection.writer).toEqualTypeOf<Writer<string>>();
				expectTypeOf(connection.reader).toEqualTypeOf<Reader<Command>>();
			}
		},
		// @ts-expect-error a duplex without a codec carries bytes
		() => defineDuplex<number, number>({ name: 'unsound' }),
		// @ts-expect-error the server writes strings
		async () => (await connect(both)).writer.write('text'),
		// @ts-expect-error misspelt
		() => connect(both, { timeout: 5 }),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('each event is narrowed by its type', () => {
	const duplex = defineDuplex({ name: 'events', toServer: { codec: json<Command>() } });
	const tests: Never[] = [
		async () => {
			const connection = await connect(duplex);
			connection.on('disconnect', (event) => {
				expectTypeOf(event.reason).toEqualTypeOf<DepartureReason>();
				expectTypeOf(event.peer).toEqualTypeOf<Peer>();
			});
			connection.once('shutdown', (event) => {
				expectTypeOf(event).toEqualTypeOf<{ readonly type: 'shutdown'; readonly peer: Peer }>();
			});
			// @ts-expect-error a shutdown has no reason
			connection.on('shutdown', ({ reason }) => reason);
			// @ts-expect-error there is no such event of a connection
			connection.on('data', () => {});
			expectTypeOf(connection.closeReason).toEqualTypeOf<DepartureReason | undefined>();
		},
		() => {
			const server = listen(duplex);
			server.on('connection', ({ connection }) => {
				expectTypeOf(connection).toEqualTypeOf<Connection<BytesLike, Command>>();
			});
			server.on('error', ({ error }) => expectTypeOf(error).toEqualTypeOf<RingwireError>());
			// @ts-expect-error an error event carries no connection
			server.on('error', ({ connection }) => connection);
		},
		() => {
			const reader = openReader(duplex.toClient);
			reader.on('connect', ({ peer }) => expectTypeOf(peer).toEqualTypeOf<Peer>());
			reader.on('disconnect', ({ reason, ended }) => {
				expectTypeOf(reason).toEqualTypeOf<DepartureReason>();
				expectTypeOf(ended).toEqualTypeOf<boolean>();
			});
			reader.on('data', ({ available }) => expectTypeOf(available).toEqualTypeOf<number>());
			// @ts-expect-error a reader has no space
			reader.on('space', () => {});
			reader.on('lost', ({ peer, count }) =>
				expectTypeOf({ peer, count }).toEqualTypeOf<{ peer: Peer; count: number }>(),
			);
			reader.on('end', (event) => expectTypeOf(event).toEqualTypeOf<{ readonly type: 'end' }>());
			reader.on('shutdown', ({ peer }) => expectTypeOf(peer).toEqualTypeOf<Peer>());
			reader.on('error', ({ error }) => expectTypeOf(error).toEqualTypeOf<RingwireError>());
			// @ts-expect-error the end has no peer
			reader.on('end', ({ peer }) => peer);
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('the types of requests and responses are inferred from the service', () => {
	const service = defineService({ name: 's', request: { codec: json<Command>() }, response: { codec: utf8() } });
	expectTypeOf(service).toEqualTypeOf<Service<Command, string>>();
	expectTypeOf(defineService({ name: 'raw' })).toEqualTypeOf<Service<BytesLike, BytesLike, Buffer, Buffer>>();
	const tests: Never[] = [
		() => expectTypeOf(connectService(service)).toEqualTypeOf<Promise<ServiceClient<Command, string>>>(),
		() => serve(service, ({ verb }, { signal, peer }) => `${verb} ${signal.aborted} ${peer.pid}`),
		() => serve(service, async ({ verb }) => verb),
		// @ts-expect-error a response is a string
		() => serve(service, () => 5),
		// @ts-expect-error a request is a Command
		async () => (await connectService(service)).request('text'),
		// @ts-expect-error requests wait for room: there is no policy
		() => defineService({ name: 's', request: { codec: utf8(), overflow: 'latest' } }),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('an error class is exported as a value', () => {
	expectTypeOf(RingwireError).toBeConstructibleWith('ERR_RINGWIRE_EXISTS', 'text');
});
