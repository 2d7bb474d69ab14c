import { type ChannelEvent, defineChannel, type Handle, json, type ReaderEvent, utf8 } from 'ringwire';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Emitter } from '../src/base/emitter.js';
import { readerEventTypes } from '../src/endpoint/events.js';
import { onEveryEvent } from './support/events.js';
import { fill, numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
afterEach(() => vi.restoreAllMocks());

/** All that happens on the handle from now on, as it comes. */
function record(handle: Handle): ChannelEvent[] {
	const events: ChannelEvent[] = [];
	onEveryEvent(handle, (event) => events.push(event));
	return events;
}

const typesOf = (events: ChannelEvent[]) => events.map(({ type }) => type);

class TestEmitter extends Emitter<ReaderEvent> {
	constructor() {
		super(readerEventTypes);
	}

	tell(event: ReaderEvent): boolean {
		return this.emitEvent(event);
	}
}

describe('listeners', () => {
	const event = { type: 'end' } as const;

	test('are those that were there when the emission began, in the order of registration', () => {
		const emitter = new TestEmitter();
		const calls: string[] = [];
		const late = () => calls.push('late');
		const second = () => calls.push('second');
		emitter.once('end', () => {
			calls.push('first');
			emitter.on('end', late);
			emitter.off('end', second);
		});
		emitter.on('end', second);
		expect(emitter.tell(event)).toBe(true);
		expect(calls).toEqual(['first', 'second']);
		emitter.tell(event);
		expect(calls).toEqual(['first', 'second', 'late']);
	});

	test('of once are called once, also when the emission recurs, and off takes them back', () => {
		const emitter = new TestEmitter();
		let calls = 0;
		const count = () => {
			calls++;
			emitter.tell(event);
		};
		emitter.once('end', count);
		emitter.tell(event);
		emitter.tell(event);
		expect(calls).toBe(1);
		emitter.once('end', count);
		emitter.off('end', count);
		expect(emitter.tell(event)).toBe(false);
		expect(emitter.eventNames()).toEqual([]);
	});

	test('of once are called once, also behind a listener that causes the next emission', () => {
		const emitter = new TestEmitter();
		const calls: string[] = [];
		const recur = () => {
			emitter.off('end', recur);
			emitter.tell(event);
		};
		emitter.on('end', recur);
		emitter.once('end', () => calls.push('once'));
		emitter.on('end', () => calls.push('on'));
		emitter.tell(event);
		expect(calls).toEqual(['once', 'on', 'on']);
	});

	test('that are registered twice are called twice, and off takes back one', () => {
		const emitter = new TestEmitter();
		let calls = 0;
		const count = () => calls++;
		emitter.on('end', count);
		emitter.on('end', count);
		emitter.tell(event);
		emitter.off('end', count);
		emitter.tell(event);
		expect(calls).toBe(3);
	});

	test('off takes back the newest registration', () => {
		const emitter = new TestEmitter();
		let calls = 0;
		const count = () => calls++;
		emitter.on('end', count);
		emitter.once('end', count);
		emitter.off('end', count);
		emitter.tell(event);
		emitter.tell(event);
		expect(calls).toBe(2);
	});

	test('that throw hurt neither the others nor the ring; the exception becomes an uncaught one afterwards', async () => {
		const { writer, reader } = await pairOf(numbers());
		const later: (() => void)[] = [];
		vi.spyOn(process, 'nextTick').mockImplementation((callback, ...args) => later.push(() => callback(...args)));
		const served: string[] = [];
		const failure = new Error('listener failed');
		reader.on('data', () => {
			served.push('first');
			throw failure;
		});
		reader.on('data', () => served.push('second'));
		reader.tryRead();
		writer.tryWrite(1);
		while (served.length < 2) await turns();
		vi.restoreAllMocks();
		const thrown: unknown[] = [];
		for (const callback of later) {
			try {
				callback();
			} catch (error) {
				thrown.push(error);
			}
		}
		expect(thrown).toEqual([failure]);
		expect(reader.tryRead()).toBe(1);
	});

	test('that are prepended are called first, those of prependOnceListener once', () => {
		const emitter = new TestEmitter();
		const calls: string[] = [];
		emitter.on('end', () => calls.push('on'));
		emitter.prependListener('end', () => calls.push('prepended'));
		emitter.prependOnceListener('end', () => calls.push('once'));
		emitter.tell(event);
		emitter.tell(event);
		expect(calls).toEqual(['once', 'prepended', 'on', 'prepended', 'on']);
	});

	test('are counted together or by function, and rawListeners has no wrapper for those of once', () => {
		const emitter = new TestEmitter();
		const [one, other] = [() => {}, () => {}];
		emitter.on('end', one).once('end', one).on('end', other);
		expect([
			emitter.listenerCount('end'),
			emitter.listenerCount('end', one),
			emitter.listenerCount('end', () => {}),
		]).toEqual([3, 2, 0]);
		expect(emitter.rawListeners('end')).toEqual([one, one, other]);
	});

	test('may be many: there is no limit and no warning of a leak', () => {
		const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
		const emitter = new TestEmitter();
		for (let i = 0; i < 100; i++) emitter.on('end', () => {});
		expect([emitter.setMaxListeners(1) === emitter, emitter.getMaxListeners()]).toEqual([true, 0]);
		emitter.on('end', () => {});
		expect(warn).not.toHaveBeenCalled();
	});

	test('are all that the public emit reaches: the handle stays as it is', async () => {
		const { reader } = await pairOf(numbers());
		const events: unknown[] = [];
		reader.on('end', (event) => events.push(event));
		expect([reader.emit('end', event), events, reader.closed]).toEqual([true, [event], false]);
		expect(reader.emit('data', { type: 'data', available: 1 })).toBe(false);
		expect(() => Reflect.apply(reader.emit, reader, ['data', event])).toThrow(
			"event.type: got string 'end', must be data",
		);
		expect(() => Reflect.apply(reader.emit, reader, ['space', { type: 'space' }])).toThrow(
			"event: got string 'space', must be one of",
		);
		expect(() => Reflect.apply(reader.emit, reader, ['end'])).toThrow(TypeError);
	});

	test.each([['connected'], [''], [undefined]])('to %j are refused: there is no such event', (type) => {
		const reader = readerOf(numbers());
		expect(() => Reflect.apply(reader.on, reader, [type, () => {}])).toThrow(TypeError);
		expect(() => Reflect.apply(reader.on, reader, [type, () => {}])).toThrow(
			'must be one of connect, disconnect, shutdown, error, close, data, lost, end',
		);
	});

	test('that are no function are refused', () => {
		const reader = readerOf(numbers());
		expect(() => Reflect.apply(reader.once, reader, ['end', 'listener'])).toThrow('listener: got string');
	});
});

describe('connect and disconnect', () => {
	test('have the same peer, and peers lists it in between', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const events = record(reader);
		const writer = writerOf(channel);
		await Promise.all([reader.whenConnected(), writer.whenConnected()]);
		const [peer] = reader.peers;
		expect(peer).toMatchObject({ pid: process.pid, uid: process.getuid?.(), role: 'writer' });
		expect(peer?.id).toMatch(/^[0-9a-f]{16}$/);
		expect(peer?.since).toBeInstanceOf(Date);
		const pending = reader.read();
		pending.catch(() => {});
		await writer.close();
		while (reader.peers.length > 0) await turns();
		expect(typesOf(events)).toEqual(['connect', 'disconnect']);
		expect(events[1]).toMatchObject({ reason: 'closed' });
		expect(events.every((event) => 'peer' in event && event.peer === peer)).toBe(true);
	});

	test('a writer that leaves is reported behind its last message', async () => {
		const { writer, reader } = await pairOf(numbers());
		const order: unknown[] = [];
		reader.on('disconnect', ({ type }) => order.push(type));
		writer.tryWriteBatch([0, 1, 2]);
		await writer.close({ lingerMs: 0 });
		await turns(5);
		for (let i = 0; i < 3; i++) {
			order.push(await reader.read());
			await turns(2);
		}
		const pending = reader.read();
		while (reader.peers.length > 0) await turns();
		expect(order).toEqual([0, 1, 2, 'disconnect']);
		await reader.close();
		await expect(pending).rejects.toThrow();
	});

	test('a writer that polls gets the disconnect of a reader', async () => {
		const { writer, reader } = await pairOf(numbers());
		const events = record(writer);
		await reader.close();
		while (writer.peers.length > 0) await turns();
		expect(typesOf(events)).toEqual(['disconnect']);
	});
});

describe('end', () => {
	test('comes once, after the last message, when all writers have ended; then the reader has left', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const writers = [writerOf(channel), writerOf(channel)];
		await reader.whenConnected(2);
		const order: unknown[] = [];
		reader.on('end', () => order.push(`end, closed ${reader.closed}`));
		for (const [index, writer] of writers.entries()) {
			writer.tryWrite(index);
			writer.end();
		}
		for await (const message of reader) order.push(message);
		expect(order.slice(0, 2).sort()).toEqual([0, 1]);
		expect(order.slice(2)).toEqual(['end, closed true']);
		expect(await reader.read()).toBe(undefined);
		expect(reader.stats.messages).toBe(2);
	});

	test('does not come as long as one writer has not ended', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const [one, two] = [writerOf(channel), writerOf(channel)];
		await reader.whenConnected(2);
		one.end();
		const pending = reader.read();
		await turns(20);
		two.tryWrite(1);
		expect(await pending).toBe(1);
		expect(reader.closed).toBe(false);
	});

	test('is emitted without another read when a polling caller has taken the last message', async () => {
		const { writer, reader } = await pairOf(numbers());
		const events = record(reader);
		writer.tryWrite(1);
		writer.end();
		expect(reader.tryRead()).toBe(1);
		expect(reader.tryRead()).toBe(undefined);
		while (!reader.closed) await turns();
		expect(typesOf(events)).toEqual(['end']);
	});
});

describe('shutdown', () => {
	test('reaches every endpoint: writers are closed, readers drain and end', async () => {
		const channel = numbers();
		const { writer, reader } = await pairOf(channel);
		const other = readerOf(channel);
		await Promise.all([other.whenConnected(), writer.whenConnected(2)]);
		const events = record(reader);
		writer.tryWriteBatch([0, 1]);
		other.shutdown();
		while (events.length === 0) await turns();
		expect(writer.closed).toBe(true);
		const seen: number[] = [];
		for await (const message of reader) seen.push(message);
		expect(seen).toEqual([0, 1]);
		// The writer leaves, and whether that is seen before the end is a matter of timing.
		expect(typesOf(events).filter((type) => type !== 'disconnect')).toEqual(['shutdown', 'end']);
		expect(other.readBatch()).toEqual([0, 1]);
		expect(other.tryRead()).toBe(undefined);
		expect(other.closed).toBe(true);
	});

	test('ends a reader at once that has nothing to read', async () => {
		const { writer, reader } = await pairOf(numbers());
		const events = record(reader);
		writer.shutdown();
		while (!reader.closed) await turns();
		expect(typesOf(events)).toEqual(['shutdown', 'end', 'close']);
	});
});

describe('edges for polling callers', () => {
	test('data comes once for each time that nothing was found', async () => {
		const { writer, reader } = await pairOf(numbers());
		const events = record(reader);
		writer.tryWrite(0);
		await turns(10);
		expect(events).toEqual([]);
		reader.readBatch();
		expect(reader.tryRead()).toBe(undefined);
		expect(reader.tryRead()).toBe(undefined);
		writer.tryWriteBatch([1, 2]);
		while (events.length === 0) await turns();
		writer.tryWrite(3);
		await turns(10);
		expect(events).toEqual([{ type: 'data', available: 2 }]);
		expect(reader.readBatch()).toEqual([1, 2, 3]);
		expect(reader.readBatch()).toEqual([]);
		writer.tryWrite(4);
		while (events.length === 1) await turns();
		expect(events[1]).toEqual({ type: 'data', available: 1 });
	});

	test('a polling caller that finds nothing gets the event of a writer that leaves', async () => {
		const { writer, reader } = await pairOf(numbers());
		const events = record(reader);
		expect(reader.tryRead()).toBe(undefined);
		await writer.close();
		while (reader.peers.length > 0) await turns();
		expect(typesOf(events)).toEqual(['disconnect']);
	});

	test.each(['block', 'drop-newest'] as const)(
		'space comes once after tryWrite answered false, %s',
		async (overflow) => {
			const { writer, reader } = await pairOf(numbers({ ...tiny, overflow }));
			const events = record(writer);
			fill(writer);
			expect(writer.tryWrite(9)).toBe(false);
			await turns(10);
			expect(events).toEqual([]);
			expect(reader.readBatch().length + reader.readBatch().length).toBe(2);
			while (events.length === 0) await turns();
			expect(events).toEqual([{ type: 'space', free: writer.free }]);
			await turns(10);
			expect(events.length).toBe(1);
			expect(writer.tryWrite(2)).toBe(true);
		},
	);

	test('space is emitted after the write that waited, which gets the room first', async () => {
		const { writer, reader } = await pairOf(numbers(tiny));
		fill(writer);
		let told = 0;
		writer.on('space', () => {
			told++;
			writer.tryWrite(3);
		});
		const pending = writer.write(2);
		expect(writer.tryWrite(3)).toBe(false);
		const seen: number[] = [];
		while (seen.length < 4) {
			seen.push(...reader.readBatch());
			await turns();
		}
		await pending;
		expect(seen).toEqual([0, 1, 2, 3]);
		expect(told).toBe(1);
	});
});

describe('error events without a listener', () => {
	test('are a warning, once for each code and handle', async () => {
		const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
		const name = uniqueName();
		const reader = readerOf(defineChannel({ name, codec: json<string>() }));
		writerOf(defineChannel({ name, codec: json<string>() }));
		await reader.whenConnected();
		for (let i = 0; i < 2; i++) {
			const writer = writerOf(defineChannel({ name, codec: utf8() }));
			const heard = new Promise((resolve) => writer.once('error', resolve));
			await heard;
			await writer.close();
		}
		await turns(10);
		expect(warn).toHaveBeenCalledTimes(1);
		expect(warn).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_RINGWIRE_MISMATCH' }));
		expect(reader.closed).toBe(false);
	});

	test('are no warning when whenConnected was rejected with them', async () => {
		const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
		const name = uniqueName();
		const reader = readerOf(defineChannel({ name, codec: json<string>(), overflow: 'latest' }));
		const writer = writerOf(defineChannel({ name, codec: json<string>() }));
		const mismatch = { code: 'ERR_RINGWIRE_MISMATCH', peer: { role: 'writer' } };
		await Promise.all([
			expect(reader.whenConnected()).rejects.toMatchObject(mismatch),
			expect(writer.whenConnected()).rejects.toMatchObject({ code: mismatch.code }),
		]);
		expect(warn).not.toHaveBeenCalled();
		expect([...reader.peers, ...writer.peers]).toEqual([]);
	});
});
