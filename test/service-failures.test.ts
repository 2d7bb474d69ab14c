import { inspect } from 'node:util';
import { type Codec, connectService, defineService, RemoteError, RingwireError, serve, utf8 } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeRefusal } from '../src/service/refusal-frame.js';
import { encodeFailure } from '../src/service/remote-error.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

// For anything that a handler or a codec throws or returns, the client gets an error and the server goes on.
useTemporaryFolder();

const smallLane = { capacity: 64 * 1024, depth: 2 };

type Handler = (request: string) => string | PromiseLike<string>;

async function served(handler: Handler, request: Codec<string> = utf8(), response: Codec<string> = utf8()) {
	const service = defineService({
		name: uniqueName(),
		request: { codec: request, ...smallLane },
		response: { codec: response, ...smallLane },
	});
	const server = serve(service, handler);
	onTestFinished(() => server[Symbol.dispose]());
	const connect = async () => {
		const client = await connectService(service);
		onTestFinished(() => client[Symbol.dispose]());
		return client;
	};
	return { server, client: await connect(), connect };
}

function thrower(exception: unknown): () => never {
	return () => {
		throw exception;
	};
}

/** Utf-8 that throws `exception` for the text `bad`. */
function picky(exception: unknown): Codec<string> {
	const fail = thrower(exception);
	return {
		id: 'picky',
		encode: (text) => (text === 'bad' ? fail() : Buffer.from(text)),
		decode: (bytes) => (bytes.toString() === 'bad' ? fail() : bytes.toString()),
	};
}

const long = new Error('x'.repeat(100_000));

/** None of these can be converted to a string. */
const bare: unknown = Object.create(null);
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const unspeakable: Record<string, unknown> = {
	'an error with a code that is no text': Object.assign(new Error('said'), { code: bare }),
	'an error with a message that is no text': Object.assign(new Error(), { message: bare }),
	'an error with a name that throws': Object.defineProperty(new Error('said'), 'name', { get: thrower('no') }),
	'an object that cannot be inspected': { [inspect.custom]: thrower('no') },
	'an object without a prototype': bare,
	'a revoked proxy': revoked,
};

describe.each<[string, (text: string) => string | PromiseLike<string>]>([
	['a synchronous handler', (text) => text],
	['an asynchronous handler', (text) => new Promise((resolve) => setImmediate(resolve, text))],
])('of %s', (_, later) => {
	test.each(Object.entries({ long, ...unspeakable }))(
		'a request whose decoding throws %s is refused with DECODE',
		async (_, exception) => {
			const codec = { ...picky(exception), encode: (text: string) => Buffer.from(text) };
			const { server, client } = await served(later, codec);
			await expect(client.request('bad')).rejects.toMatchObject({ code: 'ERR_RINGWIRE_DECODE' });
			expect(await client.request('good')).toBe('good');
			expect([server.peers.length, server.inFlight]).toEqual([1, 0]);
		},
	);

	test.each(Object.entries({ long, ...unspeakable }))(
		'a response whose encoding throws %s is refused with ENCODE',
		async (_, exception) => {
			const { server, client } = await served(later, utf8(), picky(exception));
			const error = await client.request('bad').catch((error: unknown) => error);
			expect(error).toBeInstanceOf(RingwireError);
			expect(error).toMatchObject({ code: 'ERR_RINGWIRE_ENCODE' });
			expect(await client.request('good')).toBe('good');
			expect(server.inFlight).toBe(0);
		},
	);

	test.each(Object.entries(unspeakable))('%s that is thrown is a RemoteError at the client', async (_, exception) => {
		const { server, client } = await served((text) => {
			if (text === 'good') return later(text);
			const response = later(text);
			if (typeof response === 'string') throw exception;
			return response.then(() => Promise.reject(exception));
		});
		expect(await client.request('bad').catch((error: unknown) => error)).toBeInstanceOf(RemoteError);
		expect(await client.request('good')).toBe('good');
		expect(server.inFlight).toBe(0);
	});
});

const cycle: Record<string, unknown> = {};
cycle.again = cycle;

test.each(
	Object.entries({
		cycle,
		bigint: 1n,
		'a long text': 'x'.repeat(100_000),
		'a toJSON that throws': { toJSON: thrower('no') },
	}),
)('a RemoteError loses data that is %s, and nothing else', async (_, data) => {
	const { client } = await served(() => {
		throw Object.assign(new RangeError('out of range'), { code: 'E_RANGE', data });
	});
	const error = await client.request('any').catch((error: unknown) => error);
	expect(error).toBeInstanceOf(RemoteError);
	expect(error).toMatchObject({ name: 'RangeError', message: 'out of range', code: 'E_RANGE' });
	expect(error).not.toHaveProperty('data');
});

type Settling = (resolve: (text: string) => void, reject: (reason: unknown) => void) => void;

test.each<[string, Settling]>([
	[
		'resolves twice',
		(resolve) => {
			resolve('first');
			resolve('second');
		},
	],
	[
		'resolves and rejects',
		(resolve, reject) => {
			resolve('first');
			reject(new Error('second'));
		},
	],
	[
		'throws after it has resolved',
		(resolve) => {
			resolve('first');
			throw new Error('second');
		},
	],
])('a promise of another implementation that %s counts as one response', async (_, then) => {
	const { server, client } = await served((text) => (text === 'odd' ? ({ then } as PromiseLike<string>) : text));
	expect(await client.request('odd')).toBe('first');
	expect(await client.request('good')).toBe('good');
	expect(server.inFlight).toBe(0);
});

test('a response that cannot be written ends that connection only', async () => {
	// Larger than the slab of the writer, which it claims to fit into.
	const liar = Object.defineProperties(Buffer.alloc(100_000), { length: { value: 1 }, byteLength: { value: 1 } });
	const lying: Codec<string> = { ...utf8(), encode: (text) => (text === 'bad' ? liar : Buffer.from(text)) };
	const { server, client, connect } = await served((text) => Promise.resolve(text), utf8(), lying);
	await expect(client.request('bad')).rejects.toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
	const other = await connect();
	expect(await other.request('good')).toBe('good');
	expect([server.peers.length, server.inFlight]).toEqual([1, 0]);
});

test('an encoded failure has a bounded number of bytes, and no half character', () => {
	const text = '€'.repeat(100_000);
	for (const lengthMax of [100, 101, 102, 32 * 1024]) {
		const refusal = encodeRefusal('ERR_RINGWIRE_DECODE', text, lengthMax);
		expect(refusal.byteLength).toBeLessThanOrEqual(lengthMax);
		expect(refusal.toString()).toMatch(/^ERR_RINGWIRE_DECODE €+$/);
		for (const exception of [
			text,
			new Error(text),
			Object.assign(new Error('short'), { name: text, code: text }),
		]) {
			expect(encodeFailure(exception, lengthMax).byteLength).toBeLessThanOrEqual(lengthMax);
		}
	}
});
