import {
	bytes,
	connectService,
	defineService,
	json,
	RemoteError,
	type RequestHandler,
	RingwireError,
	type ServeOptions,
	type Service,
	type ServiceClientOptions,
	serve,
	utf8,
} from 'ringwire';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, turns } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { stormService } from './support/storm.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

const smallLane = { capacity: 64 * 1024, depth: 2 };

function doubling(): Service<number, number> {
	const lane = { codec: json<number>(), ...smallLane };
	return defineService({ name: uniqueName(), request: lane, response: lane });
}

function serving<Q, S>(service: Service<Q, S>, handler: RequestHandler<Q, S>, options?: ServeOptions) {
	const server = serve(service, handler, options);
	onTestFinished(() => server[Symbol.dispose]());
	return server;
}

async function clientOf<Q, S>(service: Service<Q, S>, options?: ServiceClientOptions) {
	const client = await connectService(service, options);
	onTestFinished(() => client[Symbol.dispose]());
	return client;
}

function throwing(): never {
	throw new Error('on purpose');
}

/** A handler whose responses the test releases one by one. */
function slow() {
	const waiting = new Map<number, { answer(): void; signal: AbortSignal }>();
	const handler: RequestHandler<number, number> = (n, { signal }) =>
		new Promise((resolve) => waiting.set(n, { signal, answer: () => resolve(2 * n) }));
	return { waiting, handler };
}

describe('a request', () => {
	test('of raw bytes belongs to its handler, and a response to its caller: later ones do not change them', async () => {
		const lane = { codec: bytes(), ...smallLane };
		const service = defineService({ name: uniqueName(), request: lane, response: lane });
		const kept: Buffer[] = [];
		serving(service, (request) => {
			kept.push(request);
			return Buffer.from(request);
		});
		const client = await clientOf(service);
		const all = Array.from({ length: 500 }, (_, index) => Buffer.alloc(100 + (index % 7), index));
		const responses: Buffer[] = [];
		for (const request of all) responses.push(await client.request(request));
		expect(kept).toEqual(all);
		expect(responses).toEqual(all);
	});

	test('gets its own response, in any order of arrival', async () => {
		const service = doubling();
		const { waiting, handler } = slow();
		serving(service, handler);
		const client = await clientOf(service);
		const order: number[] = [];
		const responses = [1, 2, 3].map((n) => client.request(n).finally(() => order.push(n)));
		await until(() => waiting.size === 3);
		expect(client.inFlight).toBe(3);
		for (const n of [3, 1, 2]) {
			waiting.get(n)?.answer();
			await responses[n - 1];
		}
		expect(await Promise.all(responses)).toEqual([2, 4, 6]);
		expect(order).toEqual([3, 1, 2]);
		expect(client.inFlight).toBe(0);
	});

	test('waits for room, in order, and the responses do too', async () => {
		const service = doubling();
		const seen: number[] = [];
		serving(service, (n) => {
			seen.push(n);
			return 2 * n;
		});
		const client = await clientOf(service);
		const numbers = [...Array(1000).keys()];
		expect(await Promise.all(numbers.map((n) => client.request(n)))).toEqual(numbers.map((n) => 2 * n));
		expect(seen).toEqual(numbers);
	});

	test('rejects with the exception or rejection of the handler', async () => {
		const service = defineService({
			name: uniqueName(),
			request: { codec: utf8() },
			response: { codec: utf8() },
		});
		class ValidationError extends Error {
			override readonly name = 'ValidationError';
			readonly code = 'E_INVALID';
			readonly data = { field: 'age' };
		}
		const thrown: Record<string, unknown> = {
			error: new ValidationError('too young'),
			string: 'just text',
			nothing: undefined,
			cycle: Object.assign(new Error('round'), { data: {} }),
			huge: new Error('x'.repeat(10_000_000)),
		};
		Object.assign(Reflect.get(thrown.cycle ?? {}, 'data'), { again: thrown.cycle });
		serving(service, (what) => {
			if (what.startsWith('async ')) return Promise.reject(thrown[what.slice(6)]);
			throw thrown[what];
		});
		const client = await clientOf(service);
		for (const way of ['', 'async ']) {
			const failure = await client.request(`${way}error`).catch((error: unknown) => error);
			expect(failure).toBeInstanceOf(RemoteError);
			expect(failure).toMatchObject({
				name: 'ValidationError',
				message: 'too young',
				code: 'E_INVALID',
				data: { field: 'age' },
			});
			await expect(client.request(`${way}string`)).rejects.toMatchObject({ name: 'Error', message: 'just text' });
			await expect(client.request(`${way}nothing`)).rejects.toMatchObject({ message: 'undefined' });
			await expect(client.request(`${way}cycle`)).rejects.toMatchObject({ message: 'round' });
			await expect(client.request(`${way}huge`)).rejects.toMatchObject({ message: /^x{1000}/ });
		}
	});
});

describe('a request that was cancelled', () => {
	test.each(['abort', 'timeout'] as const)(
		"by %s: the handler's signal aborts, a late response is dropped, the id is free",
		async (how) => {
			const service = doubling();
			const { waiting, handler } = slow();
			const server = serving(service, handler);
			const client = await clientOf(service, { inFlightMax: 1 });
			const reason = new Error('enough');
			const abort = new AbortController();
			const options = how === 'abort' ? { signal: abort.signal } : { timeoutMs: 20 };
			const response = client.request(1, options);
			const rejected = expect(response).rejects.toMatchObject(
				how === 'abort' ? { message: 'enough' } : { code: 'ERR_RINGWIRE_TIMEOUT', channel: service.name },
			);
			await until(() => waiting.size === 1);
			expect(waiting.get(1)?.signal.aborted).toBe(false);
			abort.abort(reason);
			await rejected;
			expect(client.inFlight).toBe(0);
			await until(() => waiting.get(1)?.signal.aborted === true);
			expect(waiting.get(1)?.signal.reason).toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
			expect(server.inFlight).toBe(1);
			waiting.get(1)?.answer();
			await until(() => server.inFlight === 0);
			const next = client.request(2);
			await until(() => waiting.has(2));
			waiting.get(2)?.answer();
			expect(await next).toBe(4);
		},
	);

	test('is not sent when it was aborted before there was room for it', async () => {
		const service = doubling();
		const seen: number[] = [];
		const { waiting, handler } = slow();
		serving(service, (n, context) => {
			seen.push(n);
			return handler(n, context);
		});
		const client = await clientOf(service);
		const abort = new AbortController();
		const codes = [...Array(20).keys()].map((n) => codeOf(() => client.request(n, { signal: abort.signal })));
		abort.abort(new Error('enough'));
		await Promise.all(codes);
		const last = client.request(99);
		await until(() => waiting.has(99));
		waiting.get(99)?.answer();
		expect(await last).toBe(198);
		expect(seen.length).toBeLessThan(20);
		expect(await codeOf(() => client.request(1, { signal: AbortSignal.abort('no') }))).toBe('no');
	});
});

test('a copy of the context has its peer and its signal', async () => {
	const service = doubling();
	const copies: { readonly signal: AbortSignal }[] = [];
	const server = serving(service, (n, context) => {
		copies.push({ ...context });
		expect({ ...context }).toEqual({ peer: server.peers[0], signal: context.signal });
		return n === 0 ? new Promise<number>(() => {}) : n;
	});
	const client = await clientOf(service);
	expect(await client.request(1)).toBe(1);
	const abort = new AbortController();
	const cancelled = client.request(0, { signal: abort.signal }).catch(() => {});
	await until(() => copies.length === 2);
	abort.abort();
	await cancelled;
	await until(() => copies[1]?.signal.aborted === true);
	expect(copies[0]?.signal.aborted).toBe(false);
});

describe('the limits', () => {
	test('a client with inFlightMax requests in flight rejects with BUSY', async () => {
		const service = doubling();
		const { waiting, handler } = slow();
		serving(service, handler);
		const client = await clientOf(service, { inFlightMax: 2 });
		const responses = [client.request(1), client.request(2)];
		expect(await codeOf(() => client.request(3))).toBe('ERR_RINGWIRE_BUSY');
		await until(() => waiting.size === 2);
		waiting.get(1)?.answer();
		await responses[0];
		const third = client.request(3);
		await until(() => waiting.has(3));
		for (const { answer } of waiting.values()) answer();
		expect(await third).toBe(6);
		await responses[1];
	});

	test('a server refuses requests beyond inFlightMax with BUSY, also when its handler ignores aborts', async () => {
		const service = doubling();
		const { waiting, handler } = slow();
		serving(service, handler, { inFlightMax: 1 });
		const client = await clientOf(service);
		expect(await codeOf(() => client.request(1, { timeoutMs: 20 }))).toBe('ERR_RINGWIRE_TIMEOUT');
		await expect(client.request(2)).rejects.toMatchObject({
			code: 'ERR_RINGWIRE_BUSY',
			message: expect.stringContaining('has 1 requests of this client'),
		});
		await until(() => waiting.size === 1);
		waiting.get(1)?.answer();
		const third = client.request(3);
		await until(() => waiting.has(3));
		waiting.get(3)?.answer();
		expect(await third).toBe(6);
	});
});

describe('when one side goes', () => {
	test('a server that dies rejects all requests with PEER_DIED, and later ones too', async () => {
		const service = stormService(uniqueName());
		const program = startProgram('service-server', { channel: service.name });
		const client = await clientOf(service);
		const responses = [1, 2, 3].map((n) => codeOf(() => client.request({ n, does: 'never' })));
		expect(await client.request({ n: 4, does: 'echo' })).toBe(4);
		await program.kill();
		expect(await Promise.all(responses)).toEqual(Array(3).fill('ERR_RINGWIRE_PEER_DIED'));
		expect(await codeOf(() => client.request({ n: 5, does: 'echo' }))).toBe('ERR_RINGWIRE_PEER_DIED');
		expect([client.closed, client.closeReason, client.inFlight]).toEqual([true, 'died', 0]);
	});

	test('a server that closes rejects requests with CLOSED, and the signals of its handlers abort', async () => {
		const service = doubling();
		const { waiting, handler } = slow();
		const server = serving(service, handler);
		const client = await clientOf(service);
		const response = codeOf(() => client.request(1));
		await until(() => waiting.size === 1);
		await server.close();
		expect(await response).toBe('ERR_RINGWIRE_CLOSED');
		expect(waiting.get(1)?.signal.aborted).toBe(true);
		await expect(client.request(2)).rejects.toMatchObject({ message: expect.stringContaining('connect again') });
	});

	test.each([
		['returns', () => 1],
		['throws', throwing],
		['returns a promise', async () => 1],
	])(
		'the signal of a handler that closes its server and %s has aborted when the call returns',
		async (_, respond) => {
			const service = doubling();
			const states: boolean[] = [];
			const server = serving<number, number>(service, (_n, { signal }) => {
				states.push(signal.aborted);
				server[Symbol.dispose]();
				states.push(signal.aborted);
				return respond();
			});
			const client = await clientOf(service);
			expect(await codeOf(() => client.request(1))).toBe('ERR_RINGWIRE_CLOSED');
			expect(states).toEqual([false, true]);
			await until(() => server.inFlight === 0);
		},
	);

	test('a client that closes rejects requests with CLOSED, and the signals of the handlers abort', async () => {
		const service = doubling();
		const { waiting, handler } = slow();
		const server = serving(service, handler);
		const events: string[] = [];
		server.on('connect', ({ type, peer }) => events.push(`${type} ${peer.pid === process.pid}`));
		server.on('disconnect', ({ type, reason }) => events.push(`${type} ${reason}`));
		const client = await clientOf(service);
		const response = codeOf(() => client.request(1));
		await until(() => waiting.size === 1);
		expect(server.peers.map(({ role }) => role)).toEqual(['client']);
		await client.close();
		await client.close();
		expect(await response).toBe('ERR_RINGWIRE_CLOSED');
		expect(await codeOf(() => client.request(2))).toBe('ERR_RINGWIRE_CLOSED');
		await until(() => waiting.get(1)?.signal.aborted === true);
		expect([server.peers, server.inFlight]).toEqual([[], 0]);
		expect(events).toEqual(['connect true', 'disconnect closed']);
	});

	test('responses that were written before the server closed still arrive', async () => {
		const service = doubling();
		const server = serving(service, (n) => {
			setImmediate(() => void server.close());
			return 2 * n;
		});
		const client = await clientOf(service);
		expect(await client.request(4)).toBe(8);
		expect(await client.whenClosed()).toBe('closed');
	});
});

describe('a message that cannot be carried', () => {
	test('is refused with a code, and everything else goes on', async () => {
		const picky = {
			id: 'picky',
			encode(text: string): Uint8Array {
				if (text === 'not this') throw new Error('never');
				return Buffer.from(text);
			},
			decode(encoded: Buffer): string {
				if (encoded.toString() === 'nor that') throw new Error('never');
				return encoded.toString();
			},
		};
		const lane = { codec: picky, ...smallLane };
		const service = defineService({ name: uniqueName(), request: lane, response: lane });
		serving(service, (text) => (text === 'big' ? 'x'.repeat(40_000) : text.replace('please ', '')));
		const client = await clientOf(service);
		const codes = {
			'not this': 'ENCODE',
			'nor that': 'DECODE',
			'please not this': 'ENCODE',
			'please nor that': 'DECODE',
			big: 'TOO_LARGE',
			['y'.repeat(40_000)]: 'TOO_LARGE',
		};
		for (const [request, code] of Object.entries(codes)) {
			const error = await client.request(request).catch((error: unknown) => error);
			expect(error, request.slice(0, 20)).toBeInstanceOf(RingwireError);
			expect(error).toMatchObject({ code: `ERR_RINGWIRE_${code}`, channel: service.name });
			expect(await client.request('fine')).toBe('fine');
		}
		expect(client.inFlight).toBe(0);
		const largest = 'z'.repeat(32 * 1024 - 8);
		expect(await client.request(largest)).toBe(largest);
	});
});

test('without codecs, requests and responses are bytes', async () => {
	const service = defineService({ name: uniqueName() });
	serving(service, (request) => Buffer.from(request).reverse());
	const client = await clientOf(service);
	expect(Buffer.from(await client.request(Buffer.from('abc'))).toString()).toBe('cba');
});

test('wrong arguments are refused, and the error names the option', async () => {
	const service = doubling();
	const lane = { codec: json<number>(), depth: 3 };
	expect(() => defineService({ name: uniqueName(), request: lane })).toThrow(/^request.depth: got 3/);
	expect(() => defineService({ name: uniqueName(), response: { codec: { ...bytes(), id: '' } } })).toThrow(
		/^response.codec.id/,
	);
	expect(() => serve(service, 5 as never)).toThrow(/^handler: got number 5/);
	expect(() => serve({} as typeof service, () => 1)).toThrow(/^name: got undefined/);
	expect(() => serve(service, () => 1, { inFlightMax: 0 })).toThrow(/^inFlightMax: got 0/);
	await expect(connectService(service, { inFlightMax: 0 })).rejects.toThrow(/^inFlightMax: got 0/);
	serving(service, (n) => n);
	expect(() => serve(service, () => 1)).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_EXISTS' }));
	const client = await clientOf(service);
	await expect(client.request(1, { timeoutMs: -1 })).rejects.toThrow(/^timeoutMs: got -1/);
	await turns();
	expect(client.inFlight).toBe(0);
});
