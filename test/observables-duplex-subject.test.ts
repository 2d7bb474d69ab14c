import { type Connection, defineDuplex, json, listen, type Server } from 'ringwire';
import { type DuplexState, type DuplexSubject, type DuplexSubjectOptions, duplexSubject } from 'ringwire/observables';
import { of } from 'rxjs';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { turns } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

const small = { codec: json<number>(), capacity: 64 * 1024 };
const numbersBothWays = () => defineDuplex({ name: uniqueName(), toServer: small, toClient: small });
type NumbersBothWays = ReturnType<typeof numbersBothWays>;

function serverOf(duplex: NumbersBothWays): Server<number, number> {
	const server = listen(duplex);
	onTestFinished(() => server[Symbol.dispose]());
	return server;
}

/** The next client of the server. */
async function acceptedBy(server: Server<number, number>): Promise<Connection<number, number>> {
	for await (const connection of server) return connection;
	throw new Error('the server was closed');
}

/** A subject, and all its states from the beginning. */
function subjectOf(duplex: NumbersBothWays, options?: DuplexSubjectOptions) {
	const subject = duplexSubject(duplex, options);
	const states: DuplexState[] = [];
	subject.state.subscribe((state) => states.push(state));
	const names = () =>
		states.map((state) => (state.state === 'connecting' ? `connecting ${state.attempt}` : state.state)).slice(1);
	return { subject, states, names };
}

/** Subscribes and keeps the messages, and how it ends. */
function observe(subject: DuplexSubject<number, number>) {
	const received: unknown[] = [];
	const subscription = subject.subscribe({
		next: (message) => received.push(message),
		error: (error) => received.push(error),
		complete: () => received.push('complete'),
	});
	onTestFinished(() => subscription.unsubscribe());
	return { received, subscription };
}

const died = expect.objectContaining({ code: 'ERR_RINGWIRE_PEER_DIED' });

describe('duplexSubject', () => {
	it('connects with the first subscriber, shares the connection, and closes it with the last', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const { subject, states, names } = subjectOf(duplex);
		await turns(20);
		expect(server.connections).toEqual([]);
		expect(states).toEqual([
			{ state: 'closed', attempt: 0, error: undefined, retryMs: undefined, unread: 0, unsent: 0 },
		]);
		const [first, second] = [observe(subject), observe(subject)];
		const connection = await acceptedBy(server);
		connection.writer.tryWriteBatch([1, 2]);
		await until(() => second.received.length === 2);
		expect([first.received, second.received]).toEqual([
			[1, 2],
			[1, 2],
		]);
		expect(states.at(-1)).toMatchObject({ state: 'open', peer: { pid: process.pid, role: 'server' } });
		first.subscription.unsubscribe();
		connection.writer.tryWrite(3);
		await until(() => second.received.length === 3);
		expect(first.received).toEqual([1, 2]);
		expect(connection.closed).toBe(false);
		second.subscription.unsubscribe();
		await connection.whenClosed();
		expect(names()).toEqual(['connecting 1', 'open', 'closed']);
	});

	it('connects again for a subscriber after the last one has left, with states in order', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const { subject, names } = subjectOf(duplex);
		for (let round = 1; round <= 3; round++) {
			const { received, subscription } = observe(subject);
			const connection = await acceptedBy(server);
			connection.writer.tryWrite(round);
			await until(() => received.length === 1);
			subscription.unsubscribe();
		}
		observe(subject).subscription.unsubscribe();
		expect(names().slice(0, 9)).toEqual(Array(3).fill(['connecting 1', 'open', 'closed']).flat());
		expect(names().slice(9)).toEqual(['connecting 1', 'closed']);
		await turns(20);
		expect(names().length).toBe(11);
	});

	it('messages from before the connection wait in order, and are sent first', async () => {
		const duplex = numbersBothWays();
		const { subject } = subjectOf(duplex, { pendingMax: 3 });
		subject.next(1);
		observe(subject);
		subject.next(2);
		const server = serverOf(duplex);
		const connection = await acceptedBy(server);
		const read = [await connection.reader.read(), await connection.reader.read()];
		subject.next(3);
		expect([...read, await connection.reader.read()]).toEqual([1, 2, 3]);
	});

	it.each([0, 1, 3])('one message more than pendingMax %i throws FULL and is not taken', async (pendingMax) => {
		const duplex = numbersBothWays();
		const { subject } = subjectOf(duplex, { pendingMax });
		for (let i = 0; i < pendingMax; i++) subject.next(i);
		const full = expect.objectContaining({ code: 'ERR_RINGWIRE_FULL', channel: duplex.name });
		expect(() => subject.next(99)).toThrow(full);
		observe(subject);
		expect(() => subject.next(99)).toThrow(full);
		const connection = await acceptedBy(serverOf(duplex));
		await until(() => connection.reader.available === pendingMax);
		expect(connection.reader.readBatch()).toEqual([...Array(pendingMax).keys()]);
	});

	it('messages without room wait too, up to the same limit, and none is lost or reordered', async () => {
		const duplex = defineDuplex({ name: uniqueName(), toServer: { ...small, depth: 4 }, toClient: small });
		const server = serverOf(duplex);
		const { subject, states } = subjectOf(duplex, { pendingMax: 2 });
		observe(subject);
		const connection = await acceptedBy(server);
		await until(() => states.at(-1)?.state === 'open');
		const sent: number[] = [];
		const read: number[] = [];
		for (let i = 0; i < 200; i++) {
			try {
				subject.next(i);
				sent.push(i);
			} catch (error) {
				expect(error).toMatchObject({ code: 'ERR_RINGWIRE_FULL' });
				read.push(...connection.reader.readBatch());
				if (i % 2 === 0) await turns(3); // otherwise there is room before its `space` event
			}
		}
		await until(() => {
			read.push(...connection.reader.readBatch());
			return read.length === sent.length;
		});
		expect(read).toEqual(sent);
		expect(sent.length).toBeLessThan(200);
	});

	it('a message that cannot be encoded throws, and one that waited fails the subject', async () => {
		const duplex = numbersBothWays();
		const { subject, states } = subjectOf(duplex);
		const bad = 1n as unknown as number;
		subject.next(bad);
		const { received } = observe(subject);
		const server = serverOf(duplex);
		await acceptedBy(server);
		const encode = expect.objectContaining({ code: 'ERR_RINGWIRE_ENCODE' });
		await until(() => received.length > 0);
		expect(received).toEqual([encode]);
		expect(states.at(-1)).toMatchObject({ state: 'closed', error: encode });
		await until(() => server.connections.length === 0);
		observe(subject);
		await acceptedBy(server);
		await until(() => states.at(-1)?.state === 'open');
		expect(() => subject.next(bad)).toThrow(encode);
		expect(states.at(-1)?.state).toBe('open');
	});

	it('complete ends our direction after the messages that wait, and the server goes on', async () => {
		const duplex = numbersBothWays();
		const { subject } = subjectOf(duplex);
		of(1, 2).subscribe(subject);
		expect(() => subject.next(3)).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED' }));
		const { received } = observe(subject);
		const connection = await acceptedBy(serverOf(duplex));
		const read: number[] = [];
		for await (const message of connection.reader.iterate({ keepOpen: true })) read.push(message);
		expect(read).toEqual([1, 2]);
		connection.writer.tryWrite(7);
		connection.writer.end();
		await until(() => received.includes('complete'));
		expect(received).toEqual([7, 'complete']);
		// The next connection takes messages again.
		subject.next(4);
	});

	it('error fails the subscribers, drops the messages that wait, and is no end for the server', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const { subject, states } = subjectOf(duplex);
		const { received } = observe(subject);
		const connection = await acceptedBy(server);
		const ended: boolean[] = [];
		connection.reader.on('disconnect', (event) => ended.push(event.ended));
		subject.error('enough');
		expect(received).toEqual(['enough']);
		expect(states.at(-1)).toMatchObject({ state: 'closed', error: 'enough', retryMs: undefined });
		await until(() => ended.length === 1);
		expect(ended).toEqual([false]);
	});

	it('a message beyond pendingMax is an uncaught exception of an observed Observable, not a silent drop', async () => {
		const uncaught = captureUncaught();
		of(1, 2, 3).subscribe(duplexSubject(numbersBothWays(), { pendingMax: 1 }));
		await until(() => uncaught.length === 2);
		expect(uncaught[0]).toMatchObject({ code: 'ERR_RINGWIRE_FULL' });
	});

	it('completes when the server shuts the connection down, and does not connect again', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const { subject, names } = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 1 } });
		const { received } = observe(subject);
		const connection = await acceptedBy(server);
		connection.writer.tryWrite(1);
		connection.shutdown();
		await until(() => received.length === 2);
		expect(received).toEqual([1, 'complete']);
		expect(names()).toEqual(['connecting 1', 'open', 'closed']);
	});

	it('completes after a shutdown also if the server leaves while messages are still read', async () => {
		const lane = { codec: json<number>(), capacity: 1024 * 1024, depth: 8192 };
		const duplex = defineDuplex({ name: uniqueName(), toServer: lane, toClient: lane });
		const server = serverOf(duplex);
		const { subject, names } = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 1 } });
		const { received } = observe(subject);
		const connection = await acceptedBy(server);
		for (let i = 0; i < 5000; i++) connection.writer.tryWrite(i);
		connection.shutdown();
		connection[Symbol.dispose]();
		await until(() => received.includes('complete'));
		expect(received).toEqual([...Array(5000).keys(), 'complete']);
		expect(names()).toEqual(['connecting 1', 'open', 'closed']);
	});

	it('completes without reconnect when the server closes plainly, and state has the unread messages', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const { subject, states } = subjectOf(duplex);
		const { received } = observe(subject);
		const connection = await acceptedBy(server);
		connection.writer.tryWrite(1);
		await until(() => received.length === 1);
		subject.next(7);
		connection[Symbol.dispose]();
		await until(() => received.length === 2);
		expect(received).toEqual([1, 'complete']);
		expect(states.at(-1)).toMatchObject({ state: 'closed', error: undefined, retryMs: undefined, unread: 1 });
	});

	it('completes after complete when the server closes plainly, also with reconnect', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		const { subject, names } = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 1 } });
		const { received } = observe(subject);
		const connection = await acceptedBy(server);
		subject.next(1);
		subject.complete();
		for await (const _ of connection.reader.iterate({ keepOpen: true }));
		connection[Symbol.dispose]();
		await until(() => received.length === 1);
		expect(received).toEqual(['complete']);
		expect(names()).toEqual(['connecting 1', 'open', 'closed']);
	});

	it('complete before there is a server is kept over failed attempts', async () => {
		const duplex = numbersBothWays();
		const { subject, names } = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 1 }, timeoutMs: 20 });
		of(1, 2).subscribe(subject);
		const { received } = observe(subject);
		await until(() => names().includes('closed'));
		const read: unknown[] = [];
		// An attempt that times out may be a connection of the server for a moment.
		for await (const connection of serverOf(duplex)) {
			for (let message = await connection.reader.read(); message !== undefined; ) {
				read.push(message);
				message = await connection.reader.read();
			}
			if (read.length === 0) continue;
			connection.writer.end();
			break;
		}
		await until(() => received.length === 1);
		expect([read, received]).toEqual([[1, 2], ['complete']]);
	});

	it('fails as connect rejects: TIMEOUT, MISMATCH', async () => {
		const duplex = numbersBothWays();
		const { subject, states } = subjectOf(duplex, { timeoutMs: 5 });
		const { received } = observe(subject);
		await until(() => received.length === 1);
		const timeout = expect.objectContaining({ code: 'ERR_RINGWIRE_TIMEOUT' });
		expect(received).toEqual([timeout]);
		expect(states.at(-1)).toMatchObject({ state: 'closed', attempt: 1, error: timeout });

		const other = listen(defineDuplex({ name: duplex.name }));
		onTestFinished(() => other[Symbol.dispose]());
		other.on('error', () => {});
		const again = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 1 } });
		const second = observe(again.subject);
		await until(() => second.received.length === 1);
		expect(second.received).toMatchObject([{ code: 'ERR_RINGWIRE_MISMATCH' }]);
		expect(again.names()).toEqual(['connecting 1', 'closed']);
	});

	it.each([
		[{ pendingMax: -1 }, 'pendingMax'],
		[{ pendingMax: 1.5 }, 'pendingMax'],
		[{ timeoutMs: -1 }, 'timeoutMs'],
		[{ reconnect: {} }, 'reconnect.pauseMs'],
		[{ reconnect: { pauseMs: 10, pauseMsMax: 5 } }, 'reconnect.pauseMsMax'],
		[{ reconnect: { pauseMs: 1, pauseMsMax: 5, factor: 0.5 } }, 'reconnect.factor'],
		[{ reconnect: { pauseMs: 1, pauseMsMax: 5, attemptsMax: 0 } }, 'reconnect.attemptsMax'],
	])('%j is refused, naming %s', (options, name) => {
		expect(() => Reflect.apply(duplexSubject, undefined, [numbersBothWays(), options])).toThrow(name);
	});
});

describe('duplexSubject, reconnect', () => {
	it('reports each attempt, with pauses that grow to the limit, and gives up after attemptsMax', async () => {
		const reconnect = { pauseMs: 1, pauseMsMax: 5, factor: 2, attemptsMax: 5 };
		const { subject, states, names } = subjectOf(numbersBothWays(), { reconnect, timeoutMs: 2 });
		const { received } = observe(subject);
		await until(() => received.length === 1);
		expect(received).toMatchObject([{ code: 'ERR_RINGWIRE_TIMEOUT' }]);
		expect(names()).toEqual([1, 2, 3, 4, 5].flatMap((attempt) => [`connecting ${attempt}`, 'closed']));
		expect(states.slice(1).flatMap((state) => (state.state === 'closed' ? [state.retryMs] : []))).toEqual([
			1,
			2,
			4,
			5,
			undefined,
		]);
	});

	it('a server that closes plainly and starts again: messages that waited meanwhile are delivered', async () => {
		const duplex = numbersBothWays();
		const first = serverOf(duplex);
		const { subject, states, names } = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 50 } });
		const { received } = observe(subject);
		const connection = await acceptedBy(first);
		connection.writer.tryWrite(1);
		await first.close({ lingerMs: 0 });
		await until(() => names().includes('closed'));
		subject.next(7);
		expect(states.find(({ state }, index) => index > 0 && state === 'closed')).toMatchObject({
			error: { code: 'ERR_RINGWIRE_CLOSED' },
			retryMs: 1,
		});
		const second = serverOf(duplex);
		const next = await acceptedBy(second);
		expect(await next.reader.read()).toBe(7);
		next.writer.tryWrite(2);
		next.writer.end();
		await until(() => received.includes('complete'));
		expect(received).toEqual([1, 2, 'complete']);
		expect(names().slice(0, 4)).toEqual(['connecting 1', 'open', 'closed', 'connecting 1']);
	});

	it('a message for a server that has left waits for the next one, although its last messages are still read', async () => {
		const lane = { codec: json<number>(), capacity: 1024 * 1024, depth: 8192 };
		const duplex = defineDuplex({ name: uniqueName(), toServer: lane, toClient: lane });
		const first = serverOf(duplex);
		const { subject } = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 10 } });
		const { subscription } = observe(subject);
		subject.subscribe((message) => {
			if (message === 4999) subject.next(7);
		});
		onTestFinished(() => subscription.unsubscribe());
		const connection = await acceptedBy(first);
		for (let i = 0; i < 5000; i++) connection.writer.tryWrite(i);
		await first.close({ lingerMs: 0 });
		const next = await acceptedBy(serverOf(duplex));
		expect(await next.reader.read()).toBe(7);
		next.writer.end();
	});

	it('a killed server: the subscribers get all its messages, and state has the number of unread ones', async () => {
		const duplex = numbersBothWays();
		const task = { channel: duplex.name, role: 'server', says: 100, echoes: false };
		const program = startProgram('duplex-party', task);
		const reconnect = { pauseMs: 1, pauseMsMax: 100 };
		const { subject, states } = subjectOf(duplex, { reconnect });
		const { received } = observe(subject);
		await program.received('said');
		await until(() => received.length === 100);
		for (let i = 0; i < 5; i++) subject.next(i);
		await program.kill();
		// Attempts may have failed before the server was there. The state after `open` is how the connection ended.
		const opened = states.findIndex(({ state }) => state === 'open');
		await until(() => states.slice(opened).some(({ state }) => state === 'closed'));
		expect(states.slice(opened).find(({ state }) => state === 'closed')).toMatchObject({
			error: died,
			unread: 5,
			retryMs: 1,
		});
		startProgram('duplex-party', { ...task, says: 50 });
		await until(() => received.length === 150);
		expect(received.slice(100)).toEqual([...Array(50).keys()]);
	});

	it('without it a killed server is PEER_DIED, after all its messages', async () => {
		const duplex = numbersBothWays();
		const program = startProgram('duplex-party', {
			channel: duplex.name,
			role: 'server',
			says: 100,
			echoes: false,
		});
		const { received } = observe(duplexSubject(duplex));
		await program.received('said');
		await program.kill();
		await until(() => received.length === 101);
		expect(received).toEqual([...Array(100).keys(), died]);
	});

	it('leaving ends the attempts, also in a pause', async () => {
		const { subject, names } = subjectOf(numbersBothWays(), {
			reconnect: { pauseMs: 2 ** 30, pauseMsMax: 2 ** 30 },
			timeoutMs: 1,
		});
		const { received, subscription } = observe(subject);
		await until(() => names().length === 2);
		subscription.unsubscribe();
		expect(names()).toEqual(['connecting 1', 'closed', 'closed']);
		expect(received).toEqual([]);
	});
});
