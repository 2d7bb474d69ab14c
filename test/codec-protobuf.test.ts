import { create, type Message, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
	BytesValueSchema,
	DurationSchema,
	StructSchema,
	TimestampSchema,
	type ValueSchema,
} from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { protobuf } from 'ringwire/codecs/protobuf';
import { describe, expect, test } from 'vitest';
import { roundTrip } from './support/slab.js';

const timestamps = protobuf(TimestampSchema);
const structs = protobuf(StructSchema);

test('messages and plain objects with their fields arrive equal', () => {
	const fields = fc.record({ seconds: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), nanos: fc.integer() });
	fc.assert(
		fc.property(fields, (init) => {
			const message = create(TimestampSchema, init);
			expect(roundTrip(timestamps, init)).toEqual(message);
			expect(roundTrip(timestamps, message)).toEqual(message);
			expect(timestamps.encode(init)).toEqual(toBinary(TimestampSchema, message));
		}),
	);
});

test('nested messages, maps and text arrive', () => {
	const text: MessageInitShape<typeof ValueSchema> = { kind: { case: 'stringValue', value: 'žluť' } };
	const list: typeof text = { kind: { case: 'listValue', value: { values: [text, text] } } };
	const received = roundTrip(structs, { fields: { text, list } });
	expect(received).toEqual(create(StructSchema, { fields: { text, list } }));
});

test('any bytes are decoded, or refused with an error', () => {
	const codecs = [timestamps, structs, protobuf(BytesValueSchema)];
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...codecs), (input, codec) => {
			try {
				expect((codec.decode(Buffer.from(input)) satisfies Message).$typeName).toBe(
					codec.id.slice('protobuf '.length),
				);
			} catch (error) {
				expect(error).toBeInstanceOf(Error);
			}
		}),
		{ numRuns: 1000 },
	);
});

test('bytes in a message are a view of what was decoded, so that its memory must not be used again', () => {
	const given = Buffer.from(protobuf(BytesValueSchema).encode({ value: new Uint8Array([1, 2]) }));
	expect(protobuf(BytesValueSchema).decode(given).value.buffer).toBe(given.buffer);
	expect(protobuf(BytesValueSchema)).not.toHaveProperty('decodeFrom');
});

test('the id contains the full name of the type', () => {
	expect(timestamps.id).toBe('protobuf google.protobuf.Timestamp');
	expect(Object.isFrozen(timestamps)).toBe(true);
});

test('an empty message arrives', () => {
	expect(timestamps.encode({})).toHaveLength(0);
	expect(roundTrip(timestamps, {})).toEqual(create(TimestampSchema));
});

describe('bad input', () => {
	test.each<[string, unknown, string]>([
		[
			'nothing',
			undefined,
			'a message must be an object with the fields of google.protobuf.Timestamp, got undefined',
		],
		['null', null, 'got null'],
		['a text', 'text', "got string 'text'"],
		[
			'a message of another type',
			create(DurationSchema),
			'must be of the type google.protobuf.Timestamp, got string',
		],
		['a number out of range', { nanos: 2 ** 31 }, 'nanos'],
		['a number for an int64', { seconds: 'x' }, 'seconds'],
	])('%s cannot be encoded', (_, message, text) => {
		expect(() => timestamps.encode(message as never)).toThrow(text);
	});

	test.each([
		['a truncated field', '08'],
		['a length that is larger than the message', '0aff01'],
		['a field with number 0', '00'],
		['an end without a start', '0c'],
	])('%s cannot be decoded', (_, hex) => {
		expect(() => structs.decode(Buffer.from(hex, 'hex'))).toThrow(Error);
	});

	test('text that is not UTF-8 cannot be decoded', () => {
		expect(() => structs.decode(Buffer.from('0a030a01ff', 'hex'))).toThrow(Error);
	});

	test.each([
		['nothing', undefined],
		['a text', 'google.protobuf.Timestamp'],
		['a schema of an enum', { kind: 'enum' }],
	])('%s is no schema', (_, schema) => {
		expect(() => protobuf(schema as never)).toThrow(
			/^schema: got .*, must be a message schema of @bufbuild\/protobuf/,
		);
	});
});
