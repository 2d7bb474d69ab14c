import { PassThrough } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { connect, defineChannel, defineDuplex, json, type Lease, openReader, type Peer } from 'ringwire';
import { type Latest, latestFrom, leasesFrom } from 'ringwire/observables';
import { createDuplexStream, createReadStream } from 'ringwire/streams';
import type { Observable } from 'rxjs';
import { expectTypeOf, it } from 'vitest';

/** Never called: the compiler must accept each function, and must refuse the marked lines. */
type Never = () => unknown;

const numbers = defineChannel({ name: 'numbers', codec: json<number>() });
const raw = defineChannel({ name: 'raw' });

it('iterating a stream yields the type of the messages', () => {
	const tests: Never[] = [
		async () => {
			for await (const message of createReadStream(numbers)) expectTypeOf(message).toEqualTypeOf<number>();
			for await (const chunk of createReadStream(raw)) expectTypeOf(chunk).toEqualTypeOf<Buffer>();
		},
		async () => {
			const duplex = defineDuplex({ name: 'd', toServer: {}, toClient: { codec: json<number>() } });
			const stream = createDuplexStream(await connect(duplex));
			for await (const message of stream) expectTypeOf(message).toEqualTypeOf<number>();
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('a stream is still a stream of Node', () => {
	const tests: Never[] = [
		() => finished(createReadStream(numbers)),
		() => pipeline(createReadStream(numbers), new PassThrough({ objectMode: true })),
		() => expectTypeOf(createReadStream(numbers)).toExtend<NodeJS.ReadableStream>(),
		async (duplex = defineDuplex({ name: 'd' })) =>
			expectTypeOf(createDuplexStream(await connect(duplex))).toExtend<NodeJS.ReadWriteStream>(),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('a lease has the type of the messages, and can be declared with using', () => {
	const tests: Never[] = [
		async (reader = openReader(numbers)) => {
			using lease = await reader.lease();
			expectTypeOf(lease).toEqualTypeOf<Lease<number> | undefined>();
			expectTypeOf(reader.tryLease()).toEqualTypeOf<Lease<number> | undefined>();
			expectTypeOf(lease?.message).toEqualTypeOf<number | undefined>();
			expectTypeOf(lease?.keep()).toEqualTypeOf<Lease<number> | undefined>();
			expectTypeOf(lease?.bytes).toEqualTypeOf<Buffer | undefined>();
			expectTypeOf(lease?.peer).toEqualTypeOf<Peer | undefined>();
			for await (const each of reader.leases()) expectTypeOf(each).toEqualTypeOf<Lease<number>>();
			await using loop = reader.leases({ keepOpen: true });
			// @ts-expect-error
			if (lease !== undefined) lease.bytes = Buffer.of();
			return loop;
		},
		() => expectTypeOf(leasesFrom(numbers)).toEqualTypeOf<Observable<Lease<number>>>(),
		() => expectTypeOf(latestFrom(numbers, { lease: true })).toEqualTypeOf<Latest<Lease<number>>>(),
		() => expectTypeOf(latestFrom(numbers, { lease: true }).value).toEqualTypeOf<Lease<number> | undefined>(),
		() => expectTypeOf(latestFrom(numbers, { initial: 1 }).value).toEqualTypeOf<number>(),
		// @ts-expect-error
		() => latestFrom(numbers, { lease: true, initial: 1 }),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('the iterator of a reader can be declared with await using', () => {
	const tests: Never[] = [
		async () => {
			await using messages = openReader(numbers).iterate();
			for await (const message of messages) expectTypeOf(message).toEqualTypeOf<number>();
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('a reader ends by one of three rules', () => {
	const tests: Never[] = [
		() => openReader(numbers, { until: 'ended' }),
		() => openReader(numbers, { until: 'closed' }),
		() => openReader(numbers, { until: { writers: 2 } }),
		// @ts-expect-error there is no such rule
		() => openReader(numbers, { until: 'empty' }),
		// @ts-expect-error misspelt
		() => openReader(numbers, { until: { writer: 2 } }),
	];
	expectTypeOf(tests).items.toBeFunction();
});
