import type { DescMessage } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import {
	type BytesLike,
	bytes,
	type Channel,
	type Codec,
	defineChannel,
	type Framed,
	framed,
	json,
	openReader,
	openWriter,
	type Reader,
	type StandardSchema,
	structured,
	utf8,
	validated,
	type Writer,
} from 'ringwire';
import { msgpack } from 'ringwire/codecs/msgpack';
import { protobuf } from 'ringwire/codecs/protobuf';
import * as v from 'valibot';
import { expectTypeOf, it } from 'vitest';
import { z } from 'zod';

/** Never called: the compiler must accept each function, and must refuse the marked lines. */
type Never = () => unknown;

interface Shape {
	readonly width: number;
}

it('framed has the type of its header, any bytes as body, and returns a Buffer', () => {
	const frames = framed(json<Shape>());
	expectTypeOf(frames).toEqualTypeOf<Codec<Framed<Shape, BytesLike>, Framed<Shape, Buffer>>>();
	const tests: Never[] = [
		() => {
			const channel = defineChannel({ name: 'frames', codec: frames });
			openWriter(channel).tryWrite({ header: { width: 1 }, body: new Float32Array(1) });
			// @ts-expect-error the header has another type
			openWriter(channel).tryWrite({ header: { height: 1 }, body: new Float32Array(1) });
			// @ts-expect-error a text is no body
			openWriter(channel).tryWrite({ header: { width: 1 }, body: 'text' });
			expectTypeOf(openReader(channel)).toEqualTypeOf<Reader<Framed<Shape, Buffer>>>();
		},
		// @ts-expect-error a schema is no codec
		() => framed(z.object({})),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('with a schema, a writer has its input type and a reader its output type, in every library', () => {
	const zod = z.object({ at: z.string().transform(Number), side: z.string().default('buy') });
	const valibot = v.object({ at: v.pipe(v.string(), v.transform(Number)), side: v.optional(v.string(), 'buy') });
	const arktype = type({ at: 'string.numeric.parse', side: 'string = "buy"' });
	interface In {
		at: string;
		side?: string | undefined;
	}
	interface Out {
		at: number;
		side: string;
	}
	expectTypeOf(json({ schema: zod })).toEqualTypeOf<Codec<In, Out>>();
	expectTypeOf(json({ schema: valibot })).toEqualTypeOf<Codec<In, Out>>();
	expectTypeOf(json({ schema: arktype })).toExtend<Codec<{ at: string; side?: string }, Out>>();
	expectTypeOf(validated(json(), zod, { encode: true })).toEqualTypeOf<Codec<In, Out>>();
	expectTypeOf(validated(structured(), z.map(z.string(), z.date()))).toEqualTypeOf<Codec<Map<string, Date>>>();
	const tests: Never[] = [
		() => {
			const channel = defineChannel({ name: 'orders', codec: json({ schema: zod }) });
			expectTypeOf(channel).toEqualTypeOf<Channel<In, Out>>();
			expectTypeOf(openWriter(channel)).toEqualTypeOf<Writer<In>>();
			// @ts-expect-error the schema accepts a text
			openWriter(channel).tryWrite({ at: 7 });
		},
		// @ts-expect-error the codec does not accept what the schema accepts
		() => validated(utf8(), z.number()),
		// @ts-expect-error a schema is not the options of json
		() => json(zod),
		// @ts-expect-error json has either a type or a schema
		() => json({}),
		// @ts-expect-error no schema
		() => validated(bytes(), {}),
	];
	expectTypeOf(tests).items.toBeFunction();
});

it('json without a schema is as before', () => {
	expectTypeOf(json<Shape>()).toEqualTypeOf<Codec<Shape>>();
	const channel: Channel<Shape> = defineChannel({ name: 'shapes', codec: json() });
	expectTypeOf(channel).toEqualTypeOf<Channel<Shape>>();
});

it('a StandardSchema is one of the specification, and the other way round', () => {
	expectTypeOf<StandardSchemaV1<string, number>>().toExtend<StandardSchema<string, number>>();
	expectTypeOf<StandardSchema<string, number>>().toExtend<StandardSchemaV1<string, number>>();
});

it('msgpack has the type that it is given', () => {
	expectTypeOf(msgpack<Shape>()).toEqualTypeOf<Codec<Shape>>();
	const channel: Channel<Shape> = defineChannel({ name: 'shapes', codec: msgpack() });
	expectTypeOf(channel).toEqualTypeOf<Channel<Shape>>();
});

it('protobuf accepts fields and returns messages', () => {
	const codec = protobuf(TimestampSchema);
	const tests: Never[] = [
		() => {
			const channel = defineChannel({ name: 'times', codec });
			openWriter(channel).tryWrite({ seconds: 1n });
			// @ts-expect-error an int64 is a bigint
			openWriter(channel).tryWrite({ seconds: 1 });
			// @ts-expect-error no message
			openWriter(channel).tryWrite(undefined);
			expectTypeOf(openReader(channel)).toEqualTypeOf<Reader<Timestamp>>();
		},
		(schema: DescMessage = TimestampSchema) => protobuf(schema),
		// @ts-expect-error a name is no schema
		() => protobuf('google.protobuf.Timestamp'),
	];
	expectTypeOf(tests).items.toBeFunction();
});
