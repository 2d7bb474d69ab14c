import type { ReadableStream, WritableStream } from 'node:stream/web';
import type { AsyncIterableX } from 'ix/asynciterable';
import {
	type BytesLike,
	bytes,
	type Channel,
	type ChannelEvent,
	defineChannel,
	defineDuplex,
	json,
	openReader,
	openWriter,
	type Reader,
	type Writer,
} from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import {
	channelEvents,
	duplexSubject,
	fromChannel,
	type Latest,
	latestFrom,
	pullMap,
	writeTo,
} from 'ringwire/observables';
import { createReadStream, createWebReadable, createWebWritable, createWriteStream } from 'ringwire/streams';
import { map, type Observable, of } from 'rxjs';
import { expectTypeOf, it } from 'vitest';

interface Tick {
	readonly price: number;
}

/** Never called: the compiler must accept each function, and must refuse the marked lines. */
type Never = () => void;

it('the types of an adapter are inferred from the channel', () => {
	const ticks = defineChannel({ name: 'ticks', codec: json<Tick>() });
	const blobs = defineChannel({ name: 'blobs', codec: bytes() });
	expectTypeOf(ticks).toEqualTypeOf<Channel<Tick>>();
	const tests: Never[] = [
		() => expectTypeOf(fromChannel(ticks)).toEqualTypeOf<Observable<Tick>>(),
		() => expectTypeOf(fromChannel(openReader(ticks), { keepOpen: true })).toEqualTypeOf<Observable<Tick>>(),
		() => expectTypeOf(fromChannel(ticks).pipe(map(({ price }) => price))).toEqualTypeOf<Observable<number>>(),
		() =>
			expectTypeOf(fromChannel(ticks).pipe(pullMap(async ({ price }) => `${price}`))).toEqualTypeOf<
				Observable<string>
			>(),
		() =>
			expectTypeOf(fromChannel(ticks).pipe(pullMap((tick, index) => [{ tick, index }]))).toEqualTypeOf<
				Observable<{ tick: Tick; index: number }>
			>(),
		() => expectTypeOf(latestFrom(ticks, { initial: { price: 0 } })).toEqualTypeOf<Latest<Tick, Tick>>(),
		() => expectTypeOf(latestFrom(ticks, { lossy: true })).toEqualTypeOf<Latest<Tick>>(),
		() => expectTypeOf(latestFrom(openReader(ticks), { keepOpen: true }).value).toEqualTypeOf<Tick | undefined>(),
		// @ts-expect-error the initial value must be a message
		() => latestFrom(ticks, { initial: 0 }),
		() => expectTypeOf(channelEvents(openWriter(ticks))).toEqualTypeOf<Observable<ChannelEvent>>(),
		() => expectTypeOf(of({ price: 1 }).pipe(writeTo(ticks))).toEqualTypeOf<Observable<never>>(),
		() => of({ price: 1 }).pipe(writeTo(ticks, { onDrop: (tick) => expectTypeOf(tick).toEqualTypeOf<Tick>() })),
		// @ts-expect-error a number is no Tick
		() => of(1).pipe(writeTo(ticks)),
		// @ts-expect-error there is no such policy
		() => of({ price: 1 }).pipe(writeTo(ticks, { whenFull: 'wait' })),
		// @ts-expect-error a Writer cannot be read
		() => fromChannel(openWriter(ticks)),
		() => expectTypeOf(iterableFrom(ticks)).toEqualTypeOf<AsyncIterableX<Tick>>(),
		() => expectTypeOf(iterableFrom(openReader(blobs))).toEqualTypeOf<AsyncIterableX<Buffer>>(),
		() => expectTypeOf(createReadStream(ticks).reader).toEqualTypeOf<Reader<Tick>>(),
		() => expectTypeOf(createWriteStream(ticks).writer).toEqualTypeOf<Writer<Tick>>(),
		() => expectTypeOf(createWebReadable(ticks)).toEqualTypeOf<ReadableStream<Tick>>(),
		() => expectTypeOf(createWebWritable(blobs)).toEqualTypeOf<WritableStream<BytesLike>>(),
		// @ts-expect-error a Reader cannot be written
		() => createWriteStream(openReader(ticks)),
		// @ts-expect-error misspelt
		() => createReadStream(ticks, { highwaterMark: 1 }),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('the types of multiplex are inferred from the duplex channel and from a type guard', () => {
	interface Other {
		readonly text: string;
	}
	const feed = defineDuplex({
		name: 'feed',
		toServer: { codec: json<string>() },
		toClient: { codec: json<Tick | Other>() },
	});
	const message = () => 'text';
	const isTick = (received: Tick | Other): received is Tick => 'price' in received;
	const tests: Never[] = [
		() => expectTypeOf(duplexSubject(feed).multiplex(message, message, isTick)).toEqualTypeOf<Observable<Tick>>(),
		() =>
			expectTypeOf(duplexSubject(feed).multiplex(message, message, (received) => 'price' in received)).toExtend<
				Observable<Tick | Other>
			>(),
		// @ts-expect-error the server reads strings
		() => duplexSubject(feed).multiplex(() => 1, message, isTick),
	];
	expectTypeOf(tests).items.toBeFunction();
});
