import { on, once } from 'node:events';
import type {
	ChannelEvent,
	ChannelEventOf,
	ChannelEventType,
	Connection,
	ConnectionEvent,
	DepartureReason,
	Handle,
	Peer,
	Reader,
	RingwireError,
	Server,
	ServerEvent,
	ServiceClient,
	ServiceServer,
	Writer,
} from 'ringwire';
import {
	type DuplexState,
	type DuplexSubject,
	duplexSubject,
	type Latest,
	latestFrom,
	sampleFrom,
} from 'ringwire/observables';
import { createDuplexStream } from 'ringwire/streams';
import { fromEvent, type Observable, type Observer } from 'rxjs';
import { expectTypeOf, it } from 'vitest';
import { connect, defineChannel, defineDuplex, json } from '../../src/index.js';

/** Never called: the compiler must accept each function, and must refuse the marked lines. */
type Never = (event: ChannelEvent, handle: Handle) => unknown;

it('each event narrows by its type', () => {
	const tests: Never[] = [
		(event) => {
			switch (event.type) {
				case 'connect':
					return expectTypeOf(event).toEqualTypeOf<{ readonly type: 'connect'; readonly peer: Peer }>();
				case 'disconnect':
					expectTypeOf(event.peer).toEqualTypeOf<Peer>();
					expectTypeOf(event.ended).toEqualTypeOf<boolean>();
					return expectTypeOf(event.reason).toEqualTypeOf<'closed' | 'died' | 'corrupt'>();
				case 'data':
					return expectTypeOf(event.available).toEqualTypeOf<number>();
				case 'space':
					return expectTypeOf(event.free).toEqualTypeOf<number>();
				case 'lost':
					expectTypeOf(event.peer).toEqualTypeOf<Peer>();
					return expectTypeOf(event.count).toEqualTypeOf<number>();
				case 'end':
					return expectTypeOf(event).toEqualTypeOf<{ readonly type: 'end' }>();
				case 'shutdown':
					return expectTypeOf(event.peer).toEqualTypeOf<Peer>();
				case 'error':
					return expectTypeOf(event.error).toEqualTypeOf<RingwireError>();
				case 'close':
					return expectTypeOf(event).toEqualTypeOf<{ readonly type: 'close' }>();
				default:
					return expectTypeOf(event).toEqualTypeOf<never>();
			}
		},
		// @ts-expect-error without narrowing there is no peer
		(event) => event.peer,
	];
	expectTypeOf(tests).items.toBeFunction();
	expectTypeOf<ChannelEventOf<'lost'>['count']>().toEqualTypeOf<number>();
	expectTypeOf<DepartureReason>().toEqualTypeOf<'closed' | 'died' | 'corrupt'>();
	expectTypeOf<Extract<ConnectionEvent, { type: 'disconnect' }>['reason']>().toEqualTypeOf<DepartureReason>();
	expectTypeOf<Extract<ServerEvent<1, 2>, { type: 'error' }>['error']>().toEqualTypeOf<RingwireError>();
	expectTypeOf<ChannelEventType>().toEqualTypeOf<
		'connect' | 'disconnect' | 'data' | 'space' | 'lost' | 'end' | 'shutdown' | 'error' | 'close'
	>();
});

it('on is typed by the event and refuses unknown events', () => {
	const tests: Never[] = [
		(_, handle) => handle.on('connect', ({ peer }) => expectTypeOf(peer.since).toEqualTypeOf<Date>()),
		(_, handle) => handle.once('lost', (event) => expectTypeOf(event.count).toEqualTypeOf<number>()),
		(_, handle) => handle.on('disconnect', ({ reason }) => expectTypeOf(reason).toEqualTypeOf<DepartureReason>()),
		// @ts-expect-error there is no such event
		(_, handle) => handle.on('connected', () => {}),
		// @ts-expect-error an end carries no peer
		(_, handle) => handle.on('end', ({ peer }) => peer),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('the waits of node:events and fromEvent of RxJS accept every handle', () => {
	interface Handles {
		readonly reader: Reader<number>;
		readonly writer: Writer<number>;
		readonly handle: Handle;
		readonly connection: Connection<number, number>;
		readonly server: Server<number, number>;
		readonly client: ServiceClient<number, number>;
		readonly serviceServer: ServiceServer;
	}
	expectTypeOf<Handles[keyof Handles]>().toExtend<NodeJS.EventEmitter>();
	// Later versions of @types/node demand this in place of functions of any kind.
	type AnyListener = Parameters<NodeJS.EventEmitter['on']>[1];
	expectTypeOf<ReturnType<Handles[keyof Handles]['listeners' | 'rawListeners']>>().toExtend<AnyListener[]>();
	const tests: ((handles: Handles) => unknown)[] = [
		({ reader }) => once(reader, 'connect'),
		({ writer, signal = AbortSignal.abort() }: Handles & { signal?: AbortSignal }) =>
			once(writer, 'close', { signal }),
		({ handle }) => on(handle, 'disconnect'),
		({ connection }) => once(connection, 'disconnect'),
		({ server }) => once(server, 'connection'),
		({ client }) => once(client, 'disconnect'),
		({ serviceServer }) => on(serviceServer, 'connect'),
		({ reader }) => expectTypeOf(fromEvent(reader, 'lost')).toExtend<Observable<unknown>>(),
		// @ts-expect-error a Writer has no data event
		({ writer }) => writer.emit('data', { type: 'data', available: 1 }),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('duplex subjects, latest values and samples infer their types', () => {
	const ticks = defineChannel({ name: 'ticks', codec: json<{ price: number }>() });
	const duplex = defineDuplex({
		name: 'duplex',
		toServer: { codec: json<'ask'>() },
		toClient: { codec: json<number>() },
	});
	const tests: (() => unknown)[] = [
		() => expectTypeOf(duplexSubject(duplex)).toEqualTypeOf<DuplexSubject<'ask', number>>(),
		() => expectTypeOf(duplexSubject(duplex)).toExtend<Observable<number> & Observer<'ask'>>(),
		() => expectTypeOf(duplexSubject(duplex).state).toEqualTypeOf<Observable<DuplexState>>(),
		// @ts-expect-error not what the server takes
		() => duplexSubject(duplex).next('answer'),
		() => expectTypeOf(latestFrom(ticks).value).toEqualTypeOf<{ price: number } | undefined>(),
		() => expectTypeOf(latestFrom(ticks, { initial: { price: 0 } }).value).toEqualTypeOf<{ price: number }>(),
		() => expectTypeOf(latestFrom(ticks)).toExtend<Observable<{ price: number }>>(),
		() => expectTypeOf<Latest<number>['value']>().toEqualTypeOf<number | undefined>(),
		() => expectTypeOf(sampleFrom(ticks, { everyMs: 5 })).toEqualTypeOf<Observable<{ price: number }>>(),
		async () => expectTypeOf(createDuplexStream(await connect(duplex)).connection.peer).toEqualTypeOf<Peer>(),
		// @ts-expect-error misspelt
		() => sampleFrom(ticks, { everyMS: 5 }),
	];
	expectTypeOf(tests).items.toBeFunction();
});
