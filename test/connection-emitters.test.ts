import { on, once } from 'node:events';
import { connect, connectService, defineDuplex, defineService, json, serve, type TypedEmitter, utf8 } from 'ringwire';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientOf, connected, numbersBothWays, serverOf } from './support/connected.js';
import { numbers, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(() => vi.restoreAllMocks());

interface AnyEvent {
	readonly type: string;
}

/** A handle of any kind, one of its events, and how to cause that event. */
interface Sample {
	readonly handle: TypedEmitter<AnyEvent> & { whenClosed(): Promise<unknown> } & Disposable;
	readonly event: string;
	cause(): unknown;
	/** Makes a peer that the handle refuses. */
	refuse?: () => unknown;
}

function numbersService() {
	const lane = { codec: json<number>() };
	return defineService({ name: uniqueName(), request: lane, response: lane });
}

const samples: Record<string, () => Promise<Sample>> = {
	writer: async () => {
		const channel = numbers();
		const handle = writerOf(channel);
		const refuse = () => readerOf({ ...channel, codec: utf8() });
		return { handle, event: 'connect', cause: () => readerOf(channel), refuse };
	},
	reader: async () => {
		const channel = numbers();
		const handle = readerOf(channel);
		const refuse = () => writerOf({ ...channel, codec: utf8() });
		return { handle, event: 'connect', cause: () => writerOf(channel), refuse };
	},
	connection: async () => {
		const { client, other } = await connected();
		return { handle: client, event: 'disconnect', cause: () => other[Symbol.dispose]() };
	},
	server: async () => {
		const duplex = numbersBothWays();
		const handle = serverOf(duplex);
		const { name } = duplex;
		const refuse = () => connect(defineDuplex({ name, toServer: { codec: utf8() } })).catch(() => {});
		return { handle, event: 'connection', cause: () => clientOf(duplex), refuse };
	},
	'server of requests': async () => {
		const service = numbersService();
		const handle = serve(service, (n) => n);
		onTestFinished(() => handle[Symbol.dispose]());
		const cause = async () => {
			const client = await connectService(service);
			onTestFinished(() => client[Symbol.dispose]());
		};
		const { name } = service;
		const refuse = () => connectService(defineService({ name, request: { codec: utf8() } })).catch(() => {});
		return { handle, event: 'connect', cause, refuse };
	},
	'client of a service': async () => {
		const service = numbersService();
		const server = serve(service, (n) => n);
		onTestFinished(() => server[Symbol.dispose]());
		const handle = await connectService(service);
		onTestFinished(() => handle[Symbol.dispose]());
		return { handle, event: 'disconnect', cause: () => server[Symbol.dispose]() };
	},
};

type Listener = (event: AnyEvent) => void;

/** How each method is used, and how often its listener is called for one event. */
const methods: Record<string, [use: (sample: Sample, listener: Listener) => unknown, calls: number]> = {
	on: [({ handle, event }, listener) => handle.on(event, listener), 1],
	once: [({ handle, event }, listener) => handle.once(event, listener), 1],
	prependListener: [({ handle, event }, listener) => handle.prependListener(event, listener), 1],
	prependOnceListener: [({ handle, event }, listener) => handle.prependOnceListener(event, listener), 1],
	addListener: [({ handle, event }, listener) => handle.addListener(event, listener), 1],
	off: [({ handle, event }, listener) => handle.on(event, listener).off(event, listener), 0],
	removeListener: [({ handle, event }, listener) => handle.once(event, listener).removeListener(event, listener), 0],
	removeAllListeners: [({ handle, event }, listener) => handle.on(event, listener).removeAllListeners(), 0],
	'removeAllListeners of one event': [
		({ handle, event }, listener) =>
			handle
				.on(event, listener)
				.on('close', () => {})
				.removeAllListeners(event),
		0,
	],
};

describe.each(Object.entries(samples))('a %s', (_, make) => {
	test.each(Object.entries(methods))('%s', async (_, [use, calls]) => {
		const sample = await make();
		const { handle, event, cause } = sample;
		const got: AnyEvent[] = [];
		expect(use(sample, (item) => void got.push(item))).toBe(handle);
		const emitted = new Promise((resolve) => handle.once(event, resolve));
		await Promise.all([cause(), emitted]);
		expect(got.map(({ type }) => type)).toEqual(Array(calls).fill(event));
		handle.removeAllListeners();
		expect(handle.eventNames()).toEqual([]);
	});

	test('listenerCount, listeners and eventNames list the listeners', async () => {
		const { handle, event } = await make();
		const [first, second] = [() => {}, () => {}];
		handle.on(event, first).once(event, second).on('close', first);
		expect(handle.listenerCount(event)).toBe(2);
		expect(handle.listeners(event)).toEqual([first, second]);
		expect(handle.eventNames()).toEqual([event, 'close']);
	});

	test('events.once resolves with the event and leaves no listener', async () => {
		const { handle, event, cause } = await make();
		const [[got]] = await Promise.all([once(handle, event), cause()]);
		expect(got).toMatchObject({ type: event });
		expect(handle.eventNames()).toEqual([]);
	});

	test('events.once that is aborted leaves no listener', async () => {
		const { handle, event } = await make();
		const abort = new AbortController();
		const waiting = once(handle, event, { signal: abort.signal });
		abort.abort();
		await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
		expect(handle.eventNames()).toEqual([]);
	});

	test('events.on iterates over the events, and leaving the loop leaves no listener', async () => {
		const { handle, event, cause } = await make();
		const got: AnyEvent[] = [];
		const looping = (async () => {
			for await (const [item] of on(handle, event, { signal: new AbortController().signal })) {
				got.push(item);
				break;
			}
		})();
		await cause();
		await looping;
		expect(got).toMatchObject([{ type: event }]);
		expect(handle.eventNames()).toEqual([]);
	});

	test('return() and an abort end the iterator of events.on, and leave no listener', async () => {
		const { handle, event } = await make();
		const iterator = on(handle, event);
		const next = iterator.next();
		await iterator.return?.();
		expect(await next).toMatchObject({ done: true });
		const abort = new AbortController();
		const aborted = on(handle, event, { signal: abort.signal }).next();
		abort.abort();
		await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
		expect(handle.eventNames()).toEqual([]);
	});

	test('close is emitted once, as the last event, and whenClosed resolves', async () => {
		const { handle, cause } = await make();
		const events: string[] = [];
		for (const type of ['connect', 'disconnect', 'connection', 'shutdown', 'end', 'error', 'close']) {
			try {
				handle.on(type, () => events.push(type));
			} catch {
				// This kind of handle does not have the event.
			}
		}
		const closed = handle.whenClosed();
		await cause();
		await turns(5);
		handle[Symbol.dispose]();
		handle[Symbol.dispose]();
		await closed;
		await until(() => events.includes('close'));
		await turns(20);
		expect(events.at(-1)).toBe('close');
		expect(events.filter((type) => type === 'close').length).toBe(1);
		await handle.whenClosed();
	});
});

test.each(Object.keys(samples))('a peer that a %s refuses after events.once is a process warning', async (kind) => {
	const sample = await samples[kind]?.();
	if (sample?.refuse === undefined) return;
	const { handle, event, cause, refuse } = sample;
	await Promise.all([once(handle, event), cause()]);
	const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
	await refuse();
	await until(() => warn.mock.calls.length > 0);
	expect(warn).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_RINGWIRE_MISMATCH' }));
});
