import { type } from 'arktype';
import * as fc from 'fast-check';
import {
	bytes,
	type Codec,
	defineChannel,
	framed,
	json,
	openReader,
	openWriter,
	type SchemaIssue,
	type StandardSchema,
	structured,
	utf8,
	type ValidationError,
	validated,
} from 'ringwire';
import { createReadStream, createWriteStream } from 'ringwire/streams';
import * as v from 'valibot';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { partsOf } from '../src/codecs/parts.js';
import { textFormOf } from '../src/codecs/text.js';
import { pairOf, turns } from './support/pair.js';
import { encodedInPlace, roundTrip, throughSlab } from './support/slab.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const libraries = {
	zod: z.object({ price: z.number(), legs: z.array(z.object({ size: z.number() })) }),
	valibot: v.object({ price: v.number(), legs: v.array(v.object({ size: v.number() })) }),
	arktype: type({ price: 'number', legs: type({ size: 'number' }).array() }),
};
const order = { price: 1.5, legs: [{ size: 1 }, { size: 2 }] };
const asJson = (value: unknown) => Buffer.from(JSON.stringify(value));

describe.each(Object.entries(libraries))('%s', (_name, schema) => {
	const codec: Codec<typeof order> = json({ schema });

	test('a message of the schema arrives, by every way to decode', () => {
		expect(roundTrip(codec, order)).toEqual(order);
		expect(throughSlab(codec, order)).toEqual(order);
		const slow = validated({ ...json<typeof order>() }, schema);
		expect(roundTrip(slow, order)).toEqual(order);
	});

	test('one that differs is refused with path, reason and number of issues, and all issues', () => {
		const error = errorOf(() => codec.decode(asJson({ price: 'high', legs: [{ size: 1 }, { size: 'x' }] })));
		expect(error.name).toBe('ValidationError');
		expect(issuesOf(error).map(({ message }) => typeof message)).toEqual(['string', 'string']);
		expect(error.message).toMatch(
			/^the message differs from its schema \(2 issues\): (price|legs\[1\]\.size): .*number/,
		);
		const nested = errorOf(() => codec.decode(asJson({ price: 1, legs: [{ size: 1 }, { size: 'x' }] })));
		expect(nested.message).toMatch(/^the message differs from its schema \(1 issue\): legs\[1\]\.size: .*number/);
	});

	test('a message that differs as a whole is refused without a path', () => {
		const { message } = errorOf(() => codec.decode(asJson(7)));
		expect(message).toMatch(/^the message differs from its schema \(1 issue\): [A-Za-z]/);
	});

	test('with encode, a writer refuses what differs, and without it does not', () => {
		const wrong = { ...order, price: 'high' } as never;
		const checking = json({ schema, encode: true });
		for (const encode of [checking.encode, (message: never) => encodedInPlace(checking, message)]) {
			expect(errorOf(() => encode(wrong)).message).toContain('price: ');
		}
		expect(roundTrip(checking, order)).toEqual(order);
		expect(codec.encode(wrong)).toEqual(json().encode(wrong));
	});

	test('whatever JSON value is decoded, it is of the schema, or refused with issues', () => {
		const likely = fc.record({
			price: fc.oneof(fc.double({ noNaN: true }), fc.string()),
			legs: fc.array(fc.jsonValue()),
		});
		fc.assert(
			fc.property(fc.oneof(fc.jsonValue(), likely), (value) => {
				try {
					const decoded = codec.decode(asJson(value));
					expect(typeof decoded.price === 'number' && Array.isArray(decoded.legs)).toBe(true);
				} catch (error) {
					expect(issuesOf(error).length).toBeGreaterThan(0);
				}
			}),
		);
	});
});

test('a reader returns what the schema returns, and a writer sends what it was given', () => {
	const schema = z.object({ at: z.string().transform(Number), side: z.string().default('buy') });
	for (const encode of [false, true]) {
		const codec = json({ schema, encode });
		expect(Buffer.from(codec.encode({ at: '7' })).toString()).toBe('{"at":"7"}');
		expect(roundTrip(codec, { at: '7' })).toEqual({ at: 7, side: 'buy' });
	}
});

test.each<[string, Codec<string>]>([
	['text', utf8()],
	['any codec', structured<string>()],
	[
		'a codec in place',
		{ ...utf8(), encodeInto: () => -1, decodeFrom: (b, start, end) => b.toString('utf8', start, end) },
	],
])('the id and the bytes are those of the codec: %s', (_, codec) => {
	const checking = validated(codec, z.string().max(3), { encode: true });
	expect(checking.id).toBe(codec.id);
	expect(checking.encode('abc')).toEqual(codec.encode('abc'));
	expect(Object.isFrozen(checking)).toBe(true);
	for (const method of ['encodeInto', 'decodeFrom'] as const) {
		expect(typeof checking[method], method).toBe(typeof codec[method]);
		expect({ ...checking }).not.toHaveProperty(method);
	}
	expect(throughSlab(checking, 'abc')).toBe('abc');
	const long = Buffer.from(codec.encode('abcd'));
	expect(() => checking.decode(long)).toThrow('differs');
	expect(() => checking.decodeFrom?.(long, 0, long.length) ?? checking.decode(long)).toThrow('differs');
	expect(() => checking.encode('abcd')).toThrow('differs');
	expect(() => checking.encodeInto?.('abcd', Buffer.alloc(9), 0) ?? checking.encode('abcd')).toThrow('differs');
});

test('messages of framed are checked too, and still encoded without a copy of the body', () => {
	const schema = z.object({ header: z.object({ width: z.number() }), body: z.instanceof(Uint8Array) });
	const codec = validated(framed(json<{ width: number }>()), schema, { encode: true });
	const body = new Uint8Array(8);
	expect(partsOf(codec)?.({ header: { width: 1 }, body }).body).toBe(body);
	expect(() => partsOf(codec)?.({ header: { width: 'x' as never }, body })).toThrow('header.width: ');
	const wrong = Buffer.from(framed(json()).encode({ header: {}, body }));
	expect(() => codec.decode(wrong)).toThrow('header.width: ');
});

test('a codec of text stays one of text, with a schema', () => {
	expect(textFormOf(json({ schema: z.number() }))?.fromText('1')).toBe(1);
	expect(() => textFormOf(json({ schema: z.number() }))?.fromText('"1"')).toThrow('differs');
});

test('invalid bytes are refused by the codec, before the schema', () => {
	expect(() => json({ schema: z.any() }).decode(Buffer.from('{'))).toThrow(SyntaxError);
});

test('a schema that answers with a promise is refused, also when the promise rejects', async () => {
	const asynchronous = [
		z.string().refine(async () => true),
		v.pipeAsync(
			v.string(),
			v.checkAsync(async () => false),
		),
		schemaThat(() => Promise.reject(new Error('late'))),
		// A promise of another realm or library.
		// biome-ignore lint/suspicious/noThenProperty: that is the point.
		schemaThat(() => ({ then: (_: unknown, reject: (reason: Error) => void) => reject(new Error('late')) })),
	];
	for (const schema of asynchronous) {
		const codec = validated<StandardSchema<string>>(utf8(), schema as StandardSchema<string>, { encode: true });
		expect(() => codec.decode(Buffer.from('x'))).toThrow('the schema answers with a promise');
		expect(() => codec.encode('x')).toThrow(TypeError);
	}
	await turns(3); // for the rejections, which would fail this test
});

test.each<[string, () => unknown, string]>([
	['no issue', () => ({ issues: [] }), '(0 issues): no reason given'],
	['a path of objects', () => ({ issues: [{ message: 'm', path: [{ key: 'a' }, { key: 0 }] }] }), ': a[0]: m'],
	['a path with a symbol', () => ({ issues: [{ message: 'm', path: [Symbol('s')] }] }), ': Symbol(s): m'],
])('issues of any schema: %s', (_, validate, text) => {
	expect(() => validated(utf8(), schemaThat(validate)).decode(Buffer.from('x'))).toThrow(text);
});

test('issues of null are none', () => {
	const schema = schemaThat((value) => ({ value, issues: null }));
	expect(roundTrip(validated(utf8(), schema), 'x')).toBe('x');
});

test('an exception of the schema passes through', () => {
	const mistake = new Error('of the schema');
	const schema = schemaThat(() => {
		throw mistake;
	});
	expect(errorOf(() => validated(utf8(), schema).decode(Buffer.from('x')))).toBe(mistake);
});

test('through a channel, a message that differs is a DECODE error with the issues, counts as read, and the channel goes on', async () => {
	const name = uniqueName();
	const unchecked = openWriter(defineChannel({ name, codec: json<unknown>() }));
	const reader = openReader(defineChannel({ name, codec: json({ schema: libraries.zod }) }));
	onTestFinished(() => void [unchecked, reader].map((handle) => handle[Symbol.dispose]()));
	await unchecked.whenConnected();
	expect(unchecked.tryWriteBatch([order, { price: 'high' }, order])).toBe(3);
	expect(await reader.read()).toEqual(order);
	const error = await reader.read().catch((reason: unknown) => reason);
	expect(error).toMatchObject({ code: 'ERR_RINGWIRE_DECODE', cause: { name: 'ValidationError', issues: [{}, {}] } });
	expect(String(error)).toContain(
		'the codec "json" cannot decode a message: the message differs from its schema (2 issues): price: ',
	);
	expect(await reader.read()).toEqual(order);
	expect(reader.stats.messages).toBe(3);
});

test('bytes that a schema turns into something else are a stream of objects', async () => {
	const schema = v.pipe(
		v.instance(Buffer),
		v.transform((message) => message.length),
	);
	const codec = validated(bytes(), schema);
	const channel = defineChannel({ name: uniqueName(), codec });
	const writable = createWriteStream(channel);
	const readable = createReadStream(channel);
	expect([writable.writableObjectMode, readable.readableObjectMode]).toEqual([true, true]);
	writable.write(Buffer.alloc(3));
	writable.end(Buffer.alloc(0));
	expect(await readable.toArray()).toEqual([3, 0]);
});

test('through a channel, a writer that checks refuses a message with ENCODE, and goes on', async () => {
	const channel = defineChannel({ name: uniqueName(), codec: json({ schema: libraries.zod, encode: true }) });
	const { writer, reader } = await pairOf(channel);
	const wrong = { ...order, price: 'high' } as never;
	const refusal = { code: 'ERR_RINGWIRE_ENCODE', cause: { name: 'ValidationError', issues: [{}] } };
	expect(errorOf(() => writer.tryWrite(wrong))).toMatchObject(refusal);
	expect(errorOf(() => writer.tryWriteBatch([order, wrong, order]))).toMatchObject({ ...refusal, accepted: 1 });
	await expect(writer.write(wrong)).rejects.toMatchObject(refusal);
	expect(writer.tryWrite(order)).toBe(true);
	expect(reader.readBatch()).toEqual([order, order]);
});

test.each<[string, () => unknown, string]>([
	['no schema', () => validated(bytes(), undefined as never), 'schema: got undefined, must be a Standard Schema'],
	['an object', () => validated(bytes(), {} as never), 'schema: got {}, must be a Standard Schema'],
	['a schema without validate', () => validated(bytes(), { '~standard': {} } as never), 'must be a Standard Schema'],
	['a schema as the options of json', () => json(z.string() as never), 'schema: got undefined'],
	['no codec', () => validated(undefined as never, z.any()), 'codec: got undefined, must be an object with id'],
	['options of another type', () => validated(bytes(), z.any(), true as never), 'options: got boolean true'],
	['encode of another type', () => json({ schema: z.any(), encode: 1 as never }), 'encode: got number 1'],
])('%s is refused at the definition', (_, define, text) => {
	expect(define).toThrow(TypeError);
	expect(define).toThrow(text);
});

function schemaThat(validate: (value: unknown) => unknown): StandardSchema<string> {
	return { '~standard': { version: 1, vendor: 'test', validate: validate as never } };
}

/** A library may have a class of its own for its issues. */
function issuesOf(error: unknown): SchemaIssue[] {
	return [...(error as ValidationError).issues];
}

function errorOf(call: () => unknown): Error {
	try {
		call();
	} catch (error) {
		if (error instanceof Error) return error;
	}
	throw new Error('no error was thrown');
}
