import {
	type Codec,
	connectService,
	defineService,
	json,
	type ServeOptions,
	type ServiceClient,
	type ServiceServer,
	serve,
} from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { outcomeOf } from './support/outcome.js';
import { codeOf, turns } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { stormService } from './support/storm.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

type Client = ServiceClient<number, number>;

/** Answers even numbers at once, and odd ones never. */
const answer = (n: number) => (n % 2 === 0 ? n : new Promise<number>(() => {}));

interface Codecs {
	readonly request?: Codec<number>;
	readonly response?: Codec<number>;
}

function serviceOf({ request = json<number>(), response = json<number>() }: Codecs = {}) {
	return defineService({ name: uniqueName(), request: { codec: request }, response: { codec: response } });
}

function serverOf(service: ReturnType<typeof serviceOf>, options?: ServeOptions): ServiceServer {
	const server = serve(service, answer, options);
	onTestFinished(() => server[Symbol.dispose]());
	return server;
}

async function pairOf(codecs: Codecs = {}, options?: ServeOptions) {
	const service = serviceOf(codecs);
	const server = serverOf(service, options);
	const client = await connectService(service, { inFlightMax: 2 });
	onTestFinished(() => client[Symbol.dispose]());
	return { server, client };
}

/** `request` sends 2, which is answered, and `requestNever` 1, which is not. */
const operations = {
	request: (client: Client) => client.request(2),
	requestNever: (client: Client) => client.request(1),
	requestAborted: (client: Client) => client.request(2, { signal: AbortSignal.abort('aborted') }),
	requestTimeout: (client: Client) => client.request(1, { timeoutMs: 0 }),
	inFlight: (client: Client) => client.inFlight,
	closed: (client: Client) => client.closed,
	closeReason: (client: Client) => client.closeReason,
	whenClosed: (client: Client) => client.whenClosed(),
	ref: (client: Client) => client.ref() === client,
	unref: (client: Client) => client.unref() === client,
	close: (client: Client) => client.close(),
	dispose: (client: Client) => client[Symbol.dispose](),
	asyncDispose: (client: Client) => client[Symbol.asyncDispose](),
};

type Operation = keyof typeof operations;

const states: Record<string, () => Promise<Client>> = {
	open: async () => (await pairOf()).client,
	'busy: inFlightMax requests are in flight': async () => {
		const { client } = await pairOf();
		for (let i = 0; i < 2; i++) client.request(1).catch(() => {});
		return client;
	},
	'used: one request was aborted': async () => {
		const { client } = await pairOf();
		const abort = new AbortController();
		const aborted = client.request(1, { signal: abort.signal }).catch(() => {});
		abort.abort();
		await aborted;
		return client;
	},
	closed: async () => {
		const { client } = await pairOf();
		await client.close();
		return client;
	},
	'closed by the server': async () => {
		const { client, server } = await pairOf();
		server[Symbol.dispose]();
		await client.whenClosed();
		return client;
	},
	'without its server, which died': async () => {
		onTestFinished(killPrograms);
		const service = stormService(uniqueName());
		const program = startProgram('service-server', { channel: service.name });
		const client = await connectService(service);
		onTestFinished(() => client[Symbol.dispose]());
		await program.kill();
		await client.whenClosed();
		return client as unknown as Client;
	},
};

const rest = { close: undefined, dispose: undefined, asyncDispose: undefined, ref: true, unref: true };
const isOpen = { closed: false, closeReason: undefined, whenClosed: 'waits', requestAborted: 'aborted', ...rest };
const isClosed = { closed: true, closeReason: 'closed', whenClosed: 'closed', inFlight: 0, ...rest };
const isDead = { closed: true, closeReason: 'died', whenClosed: 'died', inFlight: 0, ...rest };
const answers = { request: 2, requestNever: 'waits', requestTimeout: 'TIMEOUT', inFlight: 0 };
const fails = (code: string) => ({
	request: code,
	requestNever: code,
	requestTimeout: code,
	requestAborted: 'aborted',
});

const laws: Record<string, Record<Operation, unknown>> = {
	open: { ...answers, ...isOpen },
	'busy: inFlightMax requests are in flight': { ...fails('BUSY'), ...isOpen, inFlight: 2 },
	'used: one request was aborted': { ...answers, ...isOpen },
	closed: { ...fails('CLOSED'), ...isClosed },
	'closed by the server': { ...fails('CLOSED'), ...isClosed },
	'without its server, which died': { ...fails('PEER_DIED'), ...isDead },
};

describe.each(Object.entries(laws))('a client that is %s', (state, outcomes) => {
	test.each(Object.entries(outcomes))('%s: %j', async (operation, expected) => {
		const client = await states[state]?.();
		if (client === undefined) throw new Error(`there is no state ${state}`);
		expect(await outcomeOf(() => operations[operation as Operation](client))).toEqual(expected);
	});
});

test('a request with timeoutMs: 0 always times out: its timer is part of the outcome, however fast the loop turns', async () => {
	const { client } = await pairOf();
	for (let i = 0; i < 300; i++) expect(await outcomeOf(() => operations.requestTimeout(client))).toBe('TIMEOUT');
});

/** JSON that calls `act` when it encodes, or decodes, the number 2 for the first time. */
function actingOn(half: 'encode' | 'decode', act: () => void): Codec<number> {
	const { encode, decode, ...codec } = json<number>();
	let acted = false;
	const check = (n: number) => {
		if (n !== 2 || acted) return;
		acted = true;
		act();
	};
	return {
		...codec,
		encode(n) {
			if (half === 'encode') check(n);
			return encode(n);
		},
		decode(bytes) {
			const n = decode(bytes);
			if (half === 'decode') check(n);
			return n;
		},
	};
}

const clientCodecs = {
	'its own codec encodes a request': (act: () => void) => ({ request: actingOn('encode', act) }),
	'its own codec decodes a response': (act: () => void) => ({ response: actingOn('decode', act) }),
} as const;

describe.each(Object.entries(clientCodecs))('while %s', (when, codecs) => {
	/** Calls the operation within the codec that serves `request(2)`. */
	async function within(operation: (client: Client) => unknown) {
		let outcome: Promise<unknown> | undefined;
		const { client, server } = await pairOf(
			codecs(() => {
				outcome = outcomeOf(() => operation(client));
			}),
		);
		const result = outcomeOf(() => client.request(2));
		await until(() => outcome !== undefined);
		return { client, server, result: await result, outcome: await outcome };
	}

	test.each(['request', 'requestNever', 'requestTimeout'] as const)('%s is BUSY', async (name) => {
		const { client, result, outcome } = await within(operations[name]);
		expect([outcome, result, client.inFlight]).toEqual(['BUSY', 2, 0]);
		expect(await client.request(4)).toBe(4);
	});

	test.each(['closed', 'closeReason', 'ref', 'unref', 'requestAborted'] as const)('%s is as ever', async (name) => {
		const { result, outcome } = await within(operations[name]);
		expect([outcome, result]).toEqual([isOpen[name], 2]);
	});

	test.each(['close', 'dispose', 'asyncDispose'] as const)('%s takes effect when it has returned', async (name) => {
		let closedWithin: boolean | undefined;
		const { client, result, outcome } = await within((client) => {
			const closing = operations[name](client);
			closedWithin = client.closed;
			return closing;
		});
		expect([closedWithin, outcome, client.closed]).toEqual([false, undefined, true]);
		expect(result).toBe(when === 'its own codec encodes a request' ? 'CLOSED' : 2);
	});
});

test('a request whose signal its codec aborts rejects with the reason and is not sent', async () => {
	const abort = new AbortController();
	const { client, server } = await pairOf({ request: actingOn('encode', () => abort.abort('mine')) });
	expect(await outcomeOf(() => client.request(2, { signal: abort.signal }))).toBe('mine');
	expect(client.inFlight).toBe(0);
	expect(await client.request(4)).toBe(4);
	expect(server.inFlight).toBe(0);
});

test('a response whose request the codec aborts still arrives; other requests that it aborts reject afterwards', async () => {
	const abort = new AbortController();
	const { signal } = abort;
	const order: string[] = [];
	const { client } = await pairOf({ response: actingOn('decode', () => abort.abort('mine')) });
	const never = client.request(1, { signal }).catch((reason: unknown) => order.push(`never ${reason}`));
	const answered = client.request(2, { signal }).then((n) => order.push(`answered ${n}`));
	await Promise.all([never, answered]);
	expect(order).toEqual(['answered 2', 'never mine']);
	expect(client.inFlight).toBe(0);
});

const serverCodecs = {
	'decodes a request': (act: () => void) => ({ request: actingOn('decode', act) }),
	'encodes a response': (act: () => void) => ({ response: actingOn('encode', act) }),
} as const;

const endings = {
	close: ({ server }: { server: ServiceServer }) => server.close(),
	dispose: ({ server }: { server: ServiceServer }) => server[Symbol.dispose](),
	asyncDispose: ({ server }: { server: ServiceServer }) => server[Symbol.asyncDispose](),
	'abort of its signal': ({ abort }: { abort: AbortController }) => abort.abort(),
};

describe.each(Object.entries(serverCodecs))('while the codec of a server %s', (when, codecs) => {
	test.each(Object.entries(endings))('%s takes effect when it has returned', async (_, end) => {
		const abort = new AbortController();
		let closedWithin: boolean | undefined;
		let ending: Promise<unknown> | undefined;
		const act = () => {
			ending = Promise.resolve(end({ server, abort }));
			closedWithin = server.closed;
		};
		const { server, client } = await pairOf(codecs(act), { signal: abort.signal });
		const code = await codeOf(() => client.request(2));
		expect(closedWithin).toBe(false);
		await ending;
		await server.whenClosed();
		expect([code, server.closed, server.inFlight]).toEqual(['ERR_RINGWIRE_CLOSED', true, 0]);
		expect(await client.whenClosed(), when).toBe('closed');
	});
});

test('a handler may close its server, at once', async () => {
	const service = serviceOf();
	const server: ServiceServer = serve(service, (n): number => {
		server[Symbol.dispose]();
		return server.closed ? n : -1;
	});
	const client = await connectService(service);
	expect(await codeOf(() => client.request(2))).toBe('ERR_RINGWIRE_CLOSED');
	await turns(2);
	expect([server.closed, server.inFlight]).toEqual([true, 0]);
});
