import * as fc from 'fast-check';
import {
	type BytesLike,
	bytes,
	type Codec,
	connectService,
	defineChannel,
	defineService,
	type Framed,
	framed,
	json,
	serve,
	structured,
	utf8,
} from 'ringwire';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { partsOf } from '../src/codecs/parts.js';
import { pairOf } from './support/pair.js';
import { encodedInPlace, roundTrip, throughSlab } from './support/slab.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

const frames = framed(json<{ width: number }>());
const header = { width: 3 };

test('the format: u32 length of the header, the header, zeros up to a multiple of 8, the body', () => {
	const message = { header: 'abcde', body: Buffer.from([1, 2, 3]) };
	const hex = '05000000' + '6162636465' + '00000000000000' + '010203';
	const codec = framed(utf8());
	expect(Buffer.from(codec.encode(message)).toString('hex')).toBe(hex);
	expect(encodedInPlace(codec, message)?.toString('hex')).toBe(hex);
	const { head, body } = partsOf(codec)?.(message) ?? {};
	expect(Buffer.concat([head ?? bytesOf(9), body ?? bytesOf(9)]).toString('hex')).toBe(hex);
	expect(body?.buffer).toBe(message.body.buffer);
});

test('header and body arrive, whatever their lengths, by every way to encode', () => {
	const message = fc.record({
		header: fc.string({ unit: 'grapheme', maxLength: 40 }),
		body: fc.uint8Array({ maxLength: 5000 }),
	});
	fc.assert(
		fc.property(message, fc.integer({ min: 0, max: 4096 }), (sent, room) => {
			for (const codec of [framed(utf8()), framed({ ...utf8() }), framed(structured<string>())]) {
				const whole = Buffer.from(codec.encode(sent));
				const inPlace = encodedInPlace(codec, sent, room);
				expect(inPlace ?? whole).toEqual(whole);
				if (inPlace === undefined) expect(whole.length > room || sent.body.length > 2048).toBe(true);
				const { head, body } = partsOf(codec)?.(sent) ?? {};
				expect(Buffer.concat([head ?? bytesOf(9), body ?? bytesOf(9)])).toEqual(whole);
				const received = codec.decode(whole);
				expect(received.header).toBe(sent.header);
				expect([...received.body]).toEqual([...sent.body]);
				expect((received.body.byteOffset - whole.byteOffset) % 8).toBe(0);
			}
		}),
	);
});

test('any bytes are decoded, or refused with an error', () => {
	const some = fc.uint8Array({ maxLength: 64 });
	const likely = fc.tuple(fc.integer({ min: 0, max: 40 }), some).map(([length, rest]) => [length, 0, 0, 0, ...rest]);
	fc.assert(
		fc.property(fc.oneof(some, likely), (input) => {
			const given = Buffer.from(input);
			let message: Framed<Buffer, Buffer>;
			try {
				message = framed(bytes()).decode(given);
			} catch (error) {
				expect(error).toBeInstanceOf(Error);
				return;
			}
			expect(Buffer.from(framed(bytes()).encode(message))).toEqual(given);
		}),
	);
});

test.each([
	['nothing', '', 'a message of 0 bytes has no length of a header'],
	['part of a length', '010000', 'a message of 3 bytes has no length of a header'],
	['a header without its padding', '0100000061', 'no room for a header of 1 bytes'],
	['a header that is longer than the message', '0500000061626364', 'no room for a header of 5 bytes'],
	['the longest length', 'ffffffff00000000', 'no room for a header of 4294967295 bytes'],
	['padding that is not zero', '0100000061000100', 'the bytes between header and body are not zero'],
])('%s is refused', (_, hex, message) => {
	expect(() => framed(utf8()).decode(Buffer.from(hex, 'hex'))).toThrow(message);
});

test('the body is a Buffer over the memory of the message, without a copy', () => {
	const encoded = Buffer.from(frames.encode({ header, body: Buffer.from('body') }));
	const { body } = frames.decode(encoded);
	expect(body).toBeInstanceOf(Buffer);
	expect(body.buffer).toBe(encoded.buffer);
	expect(frames.decodeFrom).toBe(undefined);
});

test('an empty body and an empty header arrive', () => {
	const message = roundTrip(framed(bytes()), { header: bytesOf(), body: bytesOf() });
	expect([message.header.length, message.body.length]).toEqual([0, 0]);
	expect(framed(bytes()).encode({ header: bytesOf(), body: bytesOf() })).toHaveLength(8);
});

test('a room that is too short for the length of the header is not enough, whatever the header', () => {
	const nothing: Codec<null> = {
		id: 'null',
		encode: () => bytesOf(),
		decode: () => null,
		encodeInto: (_, __, at) => at,
	};
	const message = { header: null, body: bytesOf() };
	for (const room of [0, 3, 4, 7]) expect(encodedInPlace(framed(nothing), message, room)).toBe(undefined);
	expect(encodedInPlace(framed(nothing), message, 8)).toEqual(Buffer.alloc(8));
});

test('a header that is null arrives, and its codec is called once', () => {
	let calls = 0;
	const counting: Codec<null> = {
		id: 'null',
		encode: () => bytesOf(),
		decode: () => null,
		decodeFrom() {
			calls++;
			return null;
		},
	};
	expect(roundTrip(framed(counting), { header: null, body: bytesOf(1) }).header).toBe(null);
	expect(calls).toBe(1);
});

test('every kind of view is a body, and only its own bytes are sent', () => {
	const memory = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
	const bodies: BytesLike[] = [memory.slice(2, 4), new DataView(memory, 2, 2), new Uint16Array(memory, 2, 1)];
	for (const body of bodies) {
		expect([...roundTrip(frames, { header, body }).body]).toEqual([2, 3]);
		expect([...throughSlab(frames, { header, body }).body]).toEqual([2, 3]);
	}
});

describe('bad messages', () => {
	test.each([
		['no object', undefined, 'a message must be an object with header and body, got undefined'],
		['null', null, 'got null'],
		['a text as body', { header, body: 'text' }, 'the body must be an ArrayBuffer'],
		['no body', { header }, 'got undefined'],
	])('%s is refused', (_, message, text) => {
		for (const encode of [frames.encode, (sent: never) => frames.encodeInto?.(sent, Buffer.alloc(64), 0)]) {
			expect(() => encode(message as never)).toThrow(TypeError);
			expect(() => encode(message as never)).toThrow(text);
		}
	});

	test('a header that its codec cannot encode is refused with the reason of that codec', () => {
		expect(() => framed(utf8()).encode({ header: 'a\ud800', body: bytesOf() })).toThrow('lone surrogate');
	});

	test('a header codec that encodes to something else is refused by its id', () => {
		const wrong: Codec<string> = { id: 'wrong', encode: () => 'text' as never, decode: String };
		const encode = () => framed(wrong).encode({ header: '', body: bytesOf() });
		expect(encode).toThrow('the codec "wrong" must encode to a Uint8Array, but gave string');
	});

	test.each([[23], [4097 + 28], [28.5], [Number.NaN], [undefined]])(
		'a header codec whose encodeInto returns %s is refused by its id',
		(end) => {
			const wrong: Codec<string> = { ...utf8(), id: 'wrong', encodeInto: () => end as number };
			const encode = () => encodedInPlace(framed(wrong), { header: '', body: bytesOf() });
			expect(encode).toThrow('encodeInto of the codec "wrong" must return an offset from 28 to 4120, or -1');
		},
	);
});

describe('through a channel', () => {
	useTemporaryFolder();
	const lengths = [0, 1, 2047, 2048, 2049, 70_000, 9, 300_000];
	const messageOf = (length: number) => ({ header: { width: length }, body: Buffer.alloc(length, length % 251) });
	const check = (messages: readonly Framed<{ width: number }, Buffer>[]) => {
		expect(messages.map(({ header, body }) => [header.width, body.length])).toEqual(lengths.map((n) => [n, n]));
		for (const { header, body } of messages) {
			expect(body.equals(messageOf(header.width).body)).toBe(true);
			expect(body.byteOffset % 8).toBe(0);
		}
	};
	const channel = (sizes: { readonly capacity?: number; readonly messageMax?: number } = {}) =>
		defineChannel({ name: uniqueName(), codec: frames, ...sizes });

	test('bodies of all lengths arrive, written singly and in batches, read singly and in batches', async () => {
		const { writer, reader } = await pairOf(channel());
		for (const length of lengths) expect(writer.tryWrite(messageOf(length))).toBe(true);
		check(reader.readBatch());
		expect(writer.tryWriteBatch(lengths.map(messageOf))).toBe(lengths.length);
		const read: Framed<{ width: number }, Buffer>[] = [];
		for (const _ of lengths) read.push((await reader.read()) ?? expect.fail('the channel has ended'));
		check(read);
		const bytesWritten = lengths.map((length) => frames.encode(messageOf(length)).length);
		expect(writer.stats).toMatchObject({
			messages: 2 * lengths.length,
			bytes: 2 * bytesWritten.reduce((sum, n) => sum + n, 0),
		});
	});

	test('a large body is not copied before it is in the ring, also when the write waits', async () => {
		const { writer, reader } = await pairOf(channel({ capacity: 64 * 1024 }));
		const concat = vi.spyOn(Buffer, 'concat');
		onTestFinished(() => concat.mockRestore());
		const message = messageOf(30_000);
		for (let i = 0; i < 2; i++) await writer.write(message);
		const waiting = writer.write(message);
		message.body.fill(7, 0, 1); // a copy would not have the new byte
		const first = await reader.read();
		const second = await reader.read();
		await waiting;
		const third = await reader.read();
		expect([first, second, third].map((read) => read?.body[0])).toEqual([30_000 % 251, 30_000 % 251, 7]);
		expect(concat).not.toHaveBeenCalled();
	});

	test('a message that is too large is refused with the sum of its parts', async () => {
		const { writer, reader } = await pairOf(channel({ messageMax: 10_000 }));
		const whole = frames.encode(messageOf(10_000)).length;
		for (const write of [
			() => writer.tryWrite(messageOf(10_000)),
			() => writer.tryWriteBatch([messageOf(10_000)]),
			() => writer.writeSync(messageOf(10_000)),
		]) {
			expect(write).toThrow(`a message of ${whole} bytes is larger than messageMax, 10000 bytes`);
		}
		expect(writer.tryWrite(messageOf(9000))).toBe(true);
		expect(reader.tryRead()?.body).toHaveLength(9000);
	});

	test('a full lane refuses the parts, and has room for them later', async () => {
		const { writer, reader } = await pairOf(channel({ capacity: 64 * 1024 }));
		expect(writer.tryWriteBatch([messageOf(30_000), messageOf(30_000), messageOf(30_000)])).toBe(2);
		expect(writer.tryWrite(messageOf(30_000))).toBe(false);
		expect(() => writer.writeSync(messageOf(30_000), { timeoutMs: 0 })).toThrow(/no room for \d+ bytes/);
		expect(reader.readBatch()).toHaveLength(2);
		expect(reader.readBatch()).toEqual([]); // delivers those before
		expect(writer.tryWrite(messageOf(30_000))).toBe(true);
	});

	test('requests have a header and a body too', async () => {
		const service = defineService({ name: uniqueName(), request: { codec: frames }, response: { codec: frames } });
		const server = serve(service, ({ header, body }) => ({ header: { width: header.width + 1 }, body }));
		const client = await connectService(service);
		for (const length of [3, 5000]) {
			const { header, body } = await client.request(messageOf(length));
			expect([header.width, body.equals(messageOf(length).body), body.byteOffset % 8]).toEqual([
				length + 1,
				true,
				0,
			]);
		}
		await client.close();
		await server.close();
	});

	test('a body that belongs to memory of its reader stays as it is, without reuseMemory', async () => {
		const { writer, reader } = await pairOf(channel());
		writer.tryWrite(messageOf(100));
		const first = reader.tryRead();
		for (let i = 0; i < 3000; i++) {
			writer.tryWrite(messageOf(200));
			reader.tryRead();
		}
		expect(first?.body.equals(messageOf(100).body)).toBe(true);
	});
});

test.each([
	['nothing', undefined, 'header: got undefined, must be an object with id, encode and decode'],
	['a codec without decode', { id: 'x', encode: () => bytesOf() }, 'header.decode: got undefined'],
])('%s as the codec of the header is refused', (_, codec, text) => {
	expect(() => framed(codec as never)).toThrow(text);
});

test('the id contains that of the header, and a codec made by spreading has no way around its own methods', () => {
	expect(frames.id).toBe('framed/1 json');
	const mine = { ...frames, decode: () => 'mine' };
	expect(mine).not.toHaveProperty('encodeInto');
	expect(partsOf(mine)).toBe(undefined);
	expect(Object.isFrozen(frames)).toBe(true);
});

function bytesOf(...values: number[]): Uint8Array {
	return Uint8Array.from(values);
}
