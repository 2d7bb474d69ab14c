import { type Codec, connectService, defineChannel, defineService, json, serve, utf8 } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, pairOf, tiny } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

/** Numbers from 0 to 255, one byte each. `calls` has the names of the methods that were called. */
function byteCodec(methods: Partial<Codec<number>> = {}) {
	const calls: string[] = [];
	const codec: Codec<number> = {
		id: 'byte',
		encode(message) {
			calls.push('encode');
			return Buffer.of(message);
		},
		decode(source) {
			calls.push('decode');
			return source[0] ?? -1;
		},
		encodeInto(message, target, start) {
			calls.push('encodeInto');
			target[start] = message;
			return start + 1;
		},
		decodeFrom(source, start) {
			calls.push('decodeFrom');
			return source[start] ?? -1;
		},
		...methods,
	};
	return { codec, calls };
}

const open = <In, Out>(codec: Codec<In, Out>, spec = {}) =>
	pairOf(defineChannel({ name: uniqueName(), codec, ...spec }));

/** A client and a server of requests with these codecs. */
async function served<Request, Response>(
	request: Codec<Request>,
	response: Codec<Response>,
	handler: (request: Request) => Response,
	lane: { depth?: number } = {},
) {
	const service = defineService({
		name: uniqueName(),
		request: { codec: request, ...lane },
		response: { codec: response, ...lane },
	});
	const server = serve(service, handler);
	onTestFinished(() => server[Symbol.dispose]());
	const client = await connectService(service);
	onTestFinished(() => client[Symbol.dispose]());
	return { server, client };
}

/** Every way to write one message. */
const ways = [
	['tryWrite', (writer: Writing, message: number) => writer.tryWrite(message)],
	['write', (writer: Writing, message: number) => writer.write(message)],
	['writeSync', (writer: Writing, message: number) => writer.writeSync(message, { timeoutMs: 1000 })],
	['tryWriteBatch', (writer: Writing, message: number) => writer.tryWriteBatch([1, message, 2])],
] as const;
type Writing = Awaited<ReturnType<typeof open<number, number>>>['writer'];

describe('a codec with methods in place', () => {
	test.each(ways)('is used in place by %s', async (way, write) => {
		const { codec, calls } = byteCodec();
		const { writer, reader } = await open(codec);
		await write(writer, 7);
		expect(reader.readBatch()).toEqual(way === 'tryWriteBatch' ? [1, 7, 2] : [7]);
		expect(new Set(calls)).toEqual(new Set(['encodeInto', 'decodeFrom']));
	});

	test.each(ways)('is used by encode if encodeInto has no room, in %s', async (way, write) => {
		const { codec, calls } = byteCodec({ encodeInto: (_, __, start) => (start >= 0 ? -1 : 0) });
		const { writer, reader } = await open(codec);
		await write(writer, 7);
		expect(reader.readBatch()).toEqual(way === 'tryWriteBatch' ? [1, 7, 2] : [7]);
		expect(calls).toContain('encode');
	});

	test('is used by encode and decode if it has only these', async () => {
		const { codec, calls } = byteCodec();
		const { id, encode, decode } = codec;
		const { writer, reader } = await open({ id, encode, decode });
		writer.tryWrite(7);
		expect(reader.tryRead()).toBe(7);
		expect(calls).toEqual(['encode', 'decode']);
	});

	test.each([-2, 0.5, Number.NaN, 1e9, '1', undefined])(
		'that returns %j as the end fails with ENCODE, and the writer goes on',
		async (end) => {
			let wrong = true;
			const { codec } = byteCodec({
				encodeInto(message, target, start) {
					if (wrong && message === 7) return end as number;
					target[start] = message;
					return start + 1;
				},
			});
			const { writer, reader } = await open(codec);
			for (const [, write] of ways) {
				expect(await codeOf(() => write(writer, 7))).toBe('ERR_RINGWIRE_ENCODE');
			}
			expect(reader.readBatch()).toEqual([1]);
			wrong = false;
			expect(writer.tryWrite(7)).toBe(true);
			expect(reader.tryRead()).toBe(7);
		},
	);

	test('that returns an end before its start fails with ENCODE, and the messages before it are published', async () => {
		const { codec } = byteCodec({
			encodeInto(message, target, start) {
				if (message === 7) return start - 1;
				target[start] = message;
				return start + 1;
			},
		});
		const { writer, reader } = await open(codec);
		expect(() => writer.tryWriteBatch([1, 2, 7])).toThrow(
			expect.objectContaining({ code: 'ERR_RINGWIRE_ENCODE', accepted: 2 }),
		);
		expect(reader.readBatch()).toEqual([1, 2]);
	});

	test('that throws in the middle of a message leaves nothing of it behind', async () => {
		const { codec } = byteCodec({
			encodeInto(message, target, start) {
				target.fill(0xee, start, start + 100);
				if (message === 7) throw new RangeError('unlucky');
				target[start] = message;
				return start + 1;
			},
		});
		const { writer, reader } = await open(codec);
		const failed = { code: 'ERR_RINGWIRE_ENCODE', cause: expect.objectContaining({ message: 'unlucky' }) };
		expect(() => writer.tryWriteBatch([1, 2, 7, 3])).toThrow(expect.objectContaining({ ...failed, accepted: 2 }));
		expect(() => writer.tryWrite(7)).toThrow(expect.objectContaining(failed));
		expect(writer.tryWriteBatch([4])).toBe(1);
		expect(reader.readBatch()).toEqual([1, 2, 4]);
		expect(reader.stats.bytes).toBe(3);
	});

	test('leaves nothing behind of a batch whose array throws', async () => {
		const { writer, reader } = await open(byteCodec().codec);
		const exception = new Error('no such element');
		const batch = Object.defineProperty([1, 2, 3], 1, {
			get() {
				throw exception;
			},
		});
		expect(() => writer.tryWriteBatch(batch)).toThrow(exception);
		expect(writer.tryWriteBatch([4])).toBe(1);
		expect(reader.readBatch()).toEqual([4]);
		expect(writer.stats.messages).toBe(1);
	});

	test('that transfers the memory it was given fails with ENCODE, and the writer goes on', async () => {
		const { codec } = byteCodec({
			encodeInto(message, target, start) {
				if (message === 7) structuredClone(target.buffer, { transfer: [target.buffer as ArrayBuffer] });
				target[start] = message;
				return start + 1;
			},
		});
		const { writer, reader } = await open(codec);
		for (let i = 0; i < 3; i++) {
			expect(() => writer.tryWrite(7)).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_ENCODE' }));
			expect(writer.tryWrite(i)).toBe(true);
		}
		// Messages that were staged before are gone, so they do not count as accepted.
		expect(writer.tryWriteBatch([10, 11, 7, 12])).toBe(0);
		writer.tryWriteBatch([20, 21]);
		expect(reader.readBatch()).toEqual([0, 1, 2, 20, 21]);
	});

	test('that makes a message larger than messageMax fails with TOO_LARGE in every way', async () => {
		const { codec } = byteCodec({ encodeInto: (message, _, start) => start + (message === 7 ? 11 : 1) });
		const { writer } = await open(codec, { messageMax: 10 });
		for (const [, write] of ways) expect(await codeOf(() => write(writer, 7))).toBe('ERR_RINGWIRE_TOO_LARGE');
	});

	test('must not use its own handle: BUSY, and close takes effect when it has returned', async () => {
		const { writer, reader } = await open(
			byteCodec({
				encodeInto(message, target, start) {
					if (message === 7) writer.tryWrite(1);
					if (message === 8) writer.end();
					target[start] = message;
					return start + 1;
				},
				decodeFrom(source, start) {
					if (source[start] === 9) reader.tryRead();
					return source[start] ?? -1;
				},
			}).codec,
		);
		const busy = expect.objectContaining({ cause: expect.objectContaining({ code: 'ERR_RINGWIRE_BUSY' }) });
		expect(() => writer.tryWrite(7)).toThrow(busy);
		expect(() => writer.tryWriteBatch([1, 7])).toThrow(busy);
		writer.tryWrite(9);
		expect(() => writer.tryWriteBatch([2, 8, 3])).toThrow(
			expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED', accepted: 1 }),
		);
		expect(reader.tryRead()).toBe(1);
		expect(() => reader.tryRead()).toThrow(busy);
		expect(reader.tryRead()).toBe(2);
		expect(await reader.read()).toBeUndefined();
	});

	test('keeps a message that waits for room while others are refused', async () => {
		const { writer, reader } = await open(byteCodec().codec, tiny);
		while (writer.tryWrite(1));
		const waiting = writer.write(7);
		expect(writer.tryWrite(8)).toBe(false);
		expect(await codeOf(() => writer.write(9))).toBe('ERR_RINGWIRE_BUSY');
		const read = [...reader.readBatch()];
		await waiting;
		while (read.length < 3) read.push(...reader.readBatch());
		expect(read).toEqual([1, 1, 7]);
	});

	test('keeps the message of writeSync while a listener tries to write', async () => {
		const { writer, reader } = await open(byteCodec().codec, tiny);
		while (writer.tryWrite(1));
		writer.on('connect', () => writer.tryWrite(8));
		expect(await codeOf(() => writer.writeSync(7, { timeoutMs: 20 }))).toBe('ERR_RINGWIRE_TIMEOUT');
		expect(reader.readBatch()).toEqual([1, 1]);
	});
});

describe('an overridden method is never bypassed by one in place', () => {
	test.each<[string, Codec<string>]>([
		[
			'spread from a built-in codec',
			{ ...utf8(), encode: (text) => Buffer.from(`<${text}`), decode: (source) => `${source}>` },
		],
		[
			'made with a built-in codec as its prototype',
			Object.create(utf8(), {
				encode: { value: (text: string) => Buffer.from(`<${text}`) },
				decode: { value: (source: Buffer) => `${source}>` },
			}),
		],
		[
			'of a class that extends one with methods in place',
			new (class extends class implements Codec<string> {
				readonly id: string = 'base';
				encode(text: string): Uint8Array {
					return Buffer.from(text);
				}
				decode(source: Buffer): string {
					return source.toString();
				}
				encodeInto(text: string, target: Buffer, start: number): number {
					return start + target.write(text, start);
				}
				decodeFrom(source: Buffer, start: number, end: number): string {
					return source.toString('utf8', start, end);
				}
			} {
				override encode(text: string) {
					return Buffer.from(`<${text}`);
				}
				override decode(source: Buffer) {
					return `${source}>`;
				}
			})(),
		],
	])('%s', async (_, codec) => {
		const { writer, reader } = await open(codec);
		writer.tryWrite('a');
		writer.tryWriteBatch(['b', 'c']);
		expect(reader.readBatch()).toEqual(['<a>', '<b>', '<c>']);
	});

	test('a subclass that overrides both pairs is used in place', async () => {
		const { codec, calls } = byteCodec();
		const { writer, reader } = await open<number, number>(Object.create(codec));
		writer.tryWrite(1);
		expect(reader.tryRead()).toBe(1);
		expect(calls).toEqual(['encodeInto', 'decodeFrom']);
	});
});

describe('with RINGWIRE_CHECK_CODECS=1', () => {
	const checked = () => {
		process.env.RINGWIRE_CHECK_CODECS = '1';
		onTestFinished(() => void delete process.env.RINGWIRE_CHECK_CODECS);
	};

	test('a codec that writes before its start fails with ENCODE', async () => {
		checked();
		const { writer } = await open(
			byteCodec({
				encodeInto(message, target, start) {
					if (message === 7 && start > 0) target[start - 1] = 99;
					target[start] = message;
					return start + 1;
				},
			}).codec,
		);
		expect(() => writer.tryWriteBatch([1, 7])).toThrow('encodeInto has written before 1, its start');
	});

	test('a codec that changes its source fails with DECODE', async () => {
		checked();
		const { writer, reader } = await open(
			byteCodec({ decodeFrom: (source, start) => source.fill(0, start)[start] ?? -1 }).codec,
		);
		writer.tryWrite(7);
		expect(() => reader.tryRead()).toThrow('decodeFrom has written to its source');
	});

	test('a part of the source that a codec keeps is overwritten at once', async () => {
		checked();
		const { writer, reader } = await open<number, Uint8Array | number>({
			...byteCodec().codec,
			decodeFrom: (source, start, end) => source.subarray(start, end),
		});
		writer.tryWrite(7);
		expect(reader.tryRead()).toEqual(Buffer.of(0xa5));
	});

	test('a correct codec works', async () => {
		checked();
		const { writer, reader } = await open(byteCodec().codec);
		writer.tryWriteBatch([1, 2]);
		writer.tryWrite(3);
		expect(reader.readBatch()).toEqual([1, 2, 3]);
	});

	test('requests work, and their codecs are checked', async () => {
		checked();
		const { client } = await served(
			byteCodec().codec,
			byteCodec({
				decodeFrom(source, start) {
					if (source[start] === 7) source[start] = 8;
					return source[start] ?? -1;
				},
			}).codec,
			(message) => message + 1,
		);
		expect(await client.request(1)).toBe(2);
		await expect(client.request(6)).rejects.toThrow('decodeFrom has written to its source');
	});
});

describe('methods in place that are no functions', () => {
	test.each(['encodeInto', 'decodeFrom'])('%s is named by defineChannel', (method) => {
		const codec: Codec<number> = { ...byteCodec().codec, [method]: 5 };
		expect(() => defineChannel({ name: uniqueName(), codec })).toThrow(
			`codec.${method}: got number 5, must be a function`,
		);
	});
});

test('requests use the methods in place of both codecs', async () => {
	const [request, response] = [byteCodec(), byteCodec()];
	const { client } = await served(request.codec, response.codec, (message) => message + 1);
	expect(await Promise.all([client.request(1), client.request(2), client.request(3)])).toEqual([2, 3, 4]);
	for (const { calls } of [request, response]) expect(new Set(calls)).toEqual(new Set(['encodeInto', 'decodeFrom']));
	expect(json<number>().encodeInto).toBeTypeOf('function');
});

test('requests and responses that wait for room keep their bytes while others are encoded', async () => {
	const { client } = await served(byteCodec().codec, byteCodec().codec, (message) => message + 100, { depth: 2 });
	const requests = [...Array(20).keys()];
	expect(await Promise.all(requests.map((request) => client.request(request)))).toEqual(
		requests.map((request) => request + 100),
	);
});

test('a request whose codec transfers the memory it was given fails with ENCODE, and the client goes on', async () => {
	const { codec } = byteCodec({
		encodeInto(message, target, start) {
			if (message === 7) structuredClone(target.buffer, { transfer: [target.buffer as ArrayBuffer] });
			target[start] = message;
			return start + 1;
		},
	});
	const { client } = await served(codec, byteCodec().codec, (message) => message + 1);
	expect(await codeOf(() => client.request(7))).toBe('ERR_RINGWIRE_ENCODE');
	expect(await client.request(1)).toBe(2);
});

test.each([
	['in place', byteCodec().codec],
	['of text', json<number>()],
	['with encode alone', byteCodec({ encodeInto: () => -1 }).codec],
])('a batch of more messages than are published together: a codec %s', async (_, codec) => {
	const { writer, reader } = await open(codec, { capacity: 1024 * 1024, depth: 16 * 1024 });
	const messages = Array.from({ length: 10_000 }, (_, i) => i % 251);
	expect(writer.tryWriteBatch(messages)).toBe(messages.length);
	const read: number[] = [];
	while (reader.available > 0) read.push(...reader.readBatch());
	expect(read).toEqual(messages);
});
