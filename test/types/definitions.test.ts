import {
	type BytesLike,
	type Channel,
	type ChannelSpec,
	type Codec,
	type Duplex,
	type DuplexSpec,
	defineChannel,
	defineDuplex,
	defineService,
	json,
	type LaneSpec,
	type Service,
	type ServiceSpec,
	utf8,
} from 'ringwire';
import { expectTypeOf, it } from 'vitest';

/** Never called: the compiler must accept each function, and must refuse the marked lines. */
type Never = () => unknown;

it('an exported spec type is accepted by its define function', () => {
	const tests: Never[] = [
		() => {
			const spec: ChannelSpec<number> = { name: 'numbers', codec: json(), overflow: 'latest' };
			expectTypeOf(defineChannel(spec)).toEqualTypeOf<Channel<number>>();
		},
		() => {
			const spec: DuplexSpec<string, number> = {
				name: 'both',
				toServer: { codec: utf8() },
				toClient: { codec: json(), capacity: 65_536 },
			};
			expectTypeOf(defineDuplex(spec)).toEqualTypeOf<Duplex<string, number>>();
		},
		() => {
			const spec: ServiceSpec<string, number> = {
				name: 'service',
				request: { codec: utf8() },
				response: { codec: json() },
			};
			expectTypeOf(defineService(spec)).toEqualTypeOf<Service<string, number>>();
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('a spec that a generic function has built is accepted', () => {
	const channelSpec = <T>(codec: Codec<T>): ChannelSpec<T> => ({ name: 'one', codec });
	const laneSpec = <T>(codec: Codec<T>): LaneSpec<T> => ({ codec, depth: 2 });
	const bothWays = <T>(codec: Codec<T>) =>
		defineDuplex({ name: 'both', toServer: laneSpec(codec), toClient: laneSpec(codec) });
	const service = <Q, S>(request: Codec<Q>, response: Codec<S>) =>
		defineService({ name: 'service', request: { codec: request }, response: { codec: response } });
	const tests: Never[] = [
		() => expectTypeOf(defineChannel(channelSpec(utf8()))).toEqualTypeOf<Channel<string>>(),
		() => expectTypeOf(bothWays(utf8())).toEqualTypeOf<Duplex<string, string>>(),
		() => expectTypeOf(service(utf8(), json<number>())).toEqualTypeOf<Service<string, number>>(),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('a spec in a variable with an inferred type is accepted, with a codec and without one', () => {
	const raw = { name: 'raw', capacity: 65_536 };
	const texts = { name: 'texts', codec: utf8(), group: undefined };
	const tests: Never[] = [
		() => expectTypeOf(defineChannel(raw)).toEqualTypeOf<Channel<BytesLike, Buffer>>(),
		() => expectTypeOf(defineChannel(texts)).toEqualTypeOf<Channel<string>>(),
		() => expectTypeOf(defineDuplex({ name: 'raw' })).toEqualTypeOf<Duplex<BytesLike, BytesLike, Buffer, Buffer>>(),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('a spec whose codec may be missing is refused: the type of its messages is unknown', () => {
	const tests: Never[] = [
		// @ts-expect-error without the codec it would be a channel of bytes
		(spec: Partial<ChannelSpec<number>> & { name: string }) => defineChannel(spec),
		// @ts-expect-error there is no such policy
		() => defineChannel({ name: 'x', overflow: 'wait' }),
	];
	expectTypeOf(tests).items.toBeFunction();
});
