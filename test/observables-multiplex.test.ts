/** One connection of a duplex subject for several logical streams. */
import { type Connection, defineDuplex, json, listen, type Server } from 'ringwire';
import { type DuplexSubject, type DuplexSubjectOptions, duplexSubject } from 'ringwire/observables';
import { config, take } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

interface Tick {
	readonly symbol: string;
	readonly price: number;
}

const feed = () =>
	defineDuplex({
		name: uniqueName(),
		toServer: { codec: json<string>(), capacity: 64 * 1024 },
		toClient: { codec: json<Tick>(), capacity: 64 * 1024 },
	});
type Feed = ReturnType<typeof feed>;

function serverOf(duplex: Feed): Server<string, Tick> {
	const server = listen(duplex);
	onTestFinished(() => server[Symbol.dispose]());
	return server;
}

async function acceptedBy(server: Server<string, Tick>): Promise<Connection<Tick, string>> {
	for await (const connection of server) return connection;
	throw new Error('the server was closed');
}

function subjectOf(duplex: Feed, options?: DuplexSubjectOptions) {
	return duplexSubject(duplex, options);
}

function ticksOf(subject: DuplexSubject<string, Tick>, symbol: string) {
	return subject.multiplex(
		() => `+${symbol}`,
		() => `-${symbol}`,
		(tick) => tick.symbol === symbol,
	);
}

/** Subscribes and keeps the prices, and how it ends. */
function observe(subject: DuplexSubject<string, Tick>, symbol: string) {
	const seen: unknown[] = [];
	const subscription = ticksOf(subject, symbol).subscribe({
		next: ({ price }) => seen.push(price),
		error: (error) => seen.push(error),
		complete: () => seen.push('complete'),
	});
	onTestFinished(() => subscription.unsubscribe());
	return { seen, subscription };
}

const next = (connection: Connection<Tick, string>) => connection.reader.read();

describe('multiplex', () => {
	it('subscribes at the server, emits what passes the filter, and unsubscribes; all over one connection', async () => {
		const duplex = feed();
		const server = serverOf(duplex);
		const subject = subjectOf(duplex);
		const [first, second] = [observe(subject, 'A'), observe(subject, 'B')];
		const connection = await acceptedBy(server);
		expect([await next(connection), await next(connection)]).toEqual(['+A', '+B']);
		connection.writer.tryWriteBatch([
			{ symbol: 'A', price: 1 },
			{ symbol: 'B', price: 2 },
			{ symbol: 'C', price: 3 },
		]);
		await until(() => second.seen.length === 1);
		expect([first.seen, second.seen]).toEqual([[1], [2]]);
		const late = observe(subject, 'C');
		expect(await next(connection)).toBe('+C');
		first.subscription.unsubscribe();
		expect(await next(connection)).toBe('-A');
		connection.writer.tryWrite({ symbol: 'C', price: 4 });
		await until(() => late.seen.length === 1);
		expect(server.connections.length).toBe(1);
		late.subscription.unsubscribe();
		second.subscription.unsubscribe();
		// The last unsubscribe message still arrives, although the connection closes right behind it.
		expect([await next(connection), await next(connection), await next(connection)]).toEqual([
			'-C',
			'-B',
			undefined,
		]);
		expect(first.seen).toEqual([1]);
	});

	it('waits for the connection without taking a place of pendingMax', async () => {
		const duplex = feed();
		const subject = subjectOf(duplex, { pendingMax: 0 });
		const streams = ['A', 'B', 'C'].map((symbol) => observe(subject, symbol));
		const gone = observe(subject, 'D');
		gone.subscription.unsubscribe();
		const connection = await acceptedBy(serverOf(duplex));
		expect([await next(connection), await next(connection), await next(connection)]).toEqual(['+A', '+B', '+C']);
		connection.writer.end();
		await until(() => streams.every(({ seen }) => seen.includes('complete')));
		expect(connection.reader.available).toBe(0);
		expect(gone.seen).toEqual([]);
	});

	it('subscribes again on each connection that reconnect makes, and only the streams that are left', async () => {
		const duplex = feed();
		const subject = subjectOf(duplex, { reconnect: { pauseMs: 1, pauseMsMax: 10 } });
		const [first, second] = [observe(subject, 'A'), observe(subject, 'B')];
		const server = serverOf(duplex);
		const connection = await acceptedBy(server);
		expect([await next(connection), await next(connection)]).toEqual(['+A', '+B']);
		await server.close({ lingerMs: 0 });
		await until(() => connection.closed);
		first.subscription.unsubscribe();
		const again = await acceptedBy(serverOf(duplex));
		expect(await next(again)).toBe('+B');
		again.writer.tryWrite({ symbol: 'B', price: 5 });
		again.writer.end();
		await until(() => second.seen.includes('complete'));
		expect(second.seen).toEqual([5, 'complete']);
		expect(first.seen).toEqual([]);
		expect(again.reader.available).toBe(0);
	});

	it('sends no unsubscribe message after the end, a failure or complete, and none for the next connection', async () => {
		const duplex = feed();
		const server = serverOf(duplex);
		const subject = subjectOf(duplex);
		const { seen } = observe(subject, 'A');
		const connection = await acceptedBy(server);
		expect(await next(connection)).toBe('+A');
		connection.writer.end();
		await until(() => seen.includes('complete'));
		const failing = observe(subject, 'B');
		const second = await acceptedBy(server);
		expect(await next(second)).toBe('+B');
		subject.error('enough');
		expect(failing.seen).toEqual(['enough']);
		expect(await next(second).catch(({ code }) => code)).toBe(undefined);
		const completed = observe(subject, 'C');
		const third = await acceptedBy(server);
		expect(await next(third)).toBe('+C');
		subject.complete();
		completed.subscription.unsubscribe();
		expect(await next(third)).toBe(undefined);
	});

	it('take unsubscribes at the server', async () => {
		const duplex = feed();
		const server = serverOf(duplex);
		const subject = subjectOf(duplex);
		const seen: number[] = [];
		ticksOf(subject, 'A')
			.pipe(take(1))
			.subscribe(({ price }) => seen.push(price));
		const connection = await acceptedBy(server);
		connection.writer.tryWriteBatch([
			{ symbol: 'A', price: 1 },
			{ symbol: 'A', price: 2 },
		]);
		expect([await next(connection), await next(connection), await next(connection)]).toEqual([
			'+A',
			'-A',
			undefined,
		]);
		expect(seen).toEqual([1]);
	});

	it('an exception of the filter or of the subscribe message fails that stream only', async () => {
		const duplex = feed();
		const server = serverOf(duplex);
		const subject = subjectOf(duplex);
		const mistake = new Error('a mistake');
		const throwing = () => {
			throw mistake;
		};
		const failures: unknown[] = [];
		const fail = { error: (error: unknown) => failures.push(error) };
		const good = observe(subject, 'A');
		subject
			.multiplex(
				throwing,
				() => '-X',
				() => true,
			)
			.subscribe(fail);
		subject
			.multiplex(
				() => '+Y',
				() => '-Y',
				throwing,
			)
			.subscribe(fail);
		const connection = await acceptedBy(server);
		expect([await next(connection), await next(connection)]).toEqual(['+A', '+Y']);
		connection.writer.tryWrite({ symbol: 'A', price: 1 });
		expect(await next(connection)).toBe('-Y');
		await until(() => good.seen.length === 1);
		expect(failures).toEqual([mistake, mistake]);
		expect(connection.reader.available).toBe(0);
	});

	it('an unsubscribe message that throws is reported as RxJS does', async () => {
		const duplex = feed();
		const server = serverOf(duplex);
		const subject = subjectOf(duplex);
		const reported: unknown[] = [];
		config.onUnhandledError = (error) => reported.push(error);
		onTestFinished(() => {
			config.onUnhandledError = null;
		});
		const mistake = new Error('a mistake');
		const stream = subject.multiplex(
			() => '+A',
			() => {
				throw mistake;
			},
			() => true,
		);
		const subscription = stream.subscribe();
		expect(await next(await acceptedBy(server))).toBe('+A');
		subscription.unsubscribe();
		await until(() => reported.length === 1);
		await turns();
		expect(reported).toEqual([mistake]);
	});
});
