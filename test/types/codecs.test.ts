import {
	type BytesLike,
	bytes,
	type Channel,
	type Codec,
	type Connection,
	connect,
	connectService,
	defineChannel,
	defineDuplex,
	defineService,
	json,
	listen,
	openReader,
	openWriter,
	type Reader,
	type Server,
	type Service,
	type ServiceClient,
	serve,
	utf8,
	type Writer,
} from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { type DuplexSubject, duplexSubject, fromChannel, latestFrom, sampleFrom, writeTo } from 'ringwire/observables';
import { createReadStream, createWriteStream } from 'ringwire/streams';
import { type Observable, of } from 'rxjs';
import { expectTypeOf, it } from 'vitest';

/** Never called: the compiler must accept each function, and must refuse the marked lines. */
type Never = () => unknown;

/** Accepts a Date or its number of milliseconds and returns a Date. */
declare const dates: Codec<Date | number, Date>;

it('a writer has the type that the codec accepts, a reader the type that it returns', () => {
	const tests: Never[] = [
		() => {
			const channel = defineChannel({ name: 'dates', codec: dates });
			expectTypeOf(channel).toEqualTypeOf<Channel<Date | number, Date>>();
			expectTypeOf(openWriter(channel)).toEqualTypeOf<Writer<Date | number>>();
			expectTypeOf(openReader(channel)).toEqualTypeOf<Reader<Date>>();
			expectTypeOf(fromChannel(channel)).toEqualTypeOf<Observable<Date>>();
			expectTypeOf(latestFrom(channel).value).toEqualTypeOf<Date | undefined>();
			expectTypeOf(sampleFrom(channel, { everyMs: 1 })).toEqualTypeOf<Observable<Date>>();
			expectTypeOf(iterableFrom(channel)).toExtend<AsyncIterable<Date>>();
			expectTypeOf(createReadStream(channel).reader).toEqualTypeOf<Reader<Date>>();
			expectTypeOf(createWriteStream(channel).writer).toEqualTypeOf<Writer<Date | number>>();
			of(1).pipe(writeTo(channel));
			// @ts-expect-error the codec accepts no text
			of('text').pipe(writeTo(channel));
		},
		() => {
			const duplex = defineDuplex({ name: 'd', toServer: { codec: dates }, toClient: { codec: bytes() } });
			expectTypeOf(listen(duplex)).toEqualTypeOf<Server<Date, BytesLike>>();
			expectTypeOf(connect(duplex)).toEqualTypeOf<Promise<Connection<Date | number, Buffer>>>();
			expectTypeOf(duplexSubject(duplex)).toEqualTypeOf<DuplexSubject<Date | number, Buffer>>();
		},
		() => {
			const service = defineService({ name: 's', request: { codec: dates }, response: { codec: bytes() } });
			expectTypeOf(service).toEqualTypeOf<Service<Date | number, BytesLike, Date, Buffer>>();
			expectTypeOf(connectService(service)).toEqualTypeOf<Promise<ServiceClient<Date | number, Buffer>>>();
			serve(service, (request) => {
				expectTypeOf(request).toEqualTypeOf<Date>();
				return new ArrayBuffer(1);
			});
			// @ts-expect-error a response is bytes
			serve(service, () => 'text');
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('bytes() accepts every kind of bytes and returns Buffers', () => {
	expectTypeOf(bytes()).toEqualTypeOf<Codec<BytesLike, Buffer>>();
	const tests: Never[] = [
		() => {
			const writer = openWriter(defineChannel({ name: 'raw' }));
			writer.tryWrite(new ArrayBuffer(1));
			writer.tryWrite(new SharedArrayBuffer(1));
			writer.tryWrite(new DataView(new ArrayBuffer(1)));
			writer.tryWrite(new Float64Array(1));
			writer.tryWrite(Buffer.of(1));
			// @ts-expect-error an array of numbers is no memory
			writer.tryWrite([1]);
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('a channel is not assignable to one that accepts more or returns another type', () => {
	const tests: Never[] = [
		() => {
			const raw: Channel<Uint8Array> = defineChannel({ name: 'raw', codec: bytes() });
			return raw;
		},
		() => {
			// @ts-expect-error a text codec accepts no numbers
			const channel: Channel<string | number> = defineChannel({ name: 'texts', codec: utf8() });
			return channel;
		},
		() => {
			// @ts-expect-error a reader of numbers returns no texts
			const channel: Channel<never, string> = defineChannel({ name: 'numbers', codec: json<number>() });
			return channel;
		},
		() => {
			const readerOf = <T>(channel: Channel<T>) => openReader(channel);
			expectTypeOf(readerOf(defineChannel({ name: 'raw' }))).toEqualTypeOf<Reader<Buffer>>();
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});
