import { defineChannel, json, openReader, structured, utf8 } from 'ringwire';
import { channelEvents, fromChannel } from 'ringwire/observables';
import { config, firstValueFrom, type Observable, repeat, take, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { countDescriptors, countMappings } from './support/descriptors.js';
import { codeOf, numbers, pairOf, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import type { WriterTask } from './support/tasks.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

/** Subscribes and keeps the messages, and how it ends. */
function collect<T>(messages: Observable<T>) {
	const state = { received: [] as T[], completed: false, error: undefined as unknown };
	const subscription = messages.subscribe({
		next: (message) => state.received.push(message),
		error: (error) => {
			state.error = error;
		},
		complete: () => {
			state.completed = true;
		},
	});
	return Object.assign(state, { subscription });
}

const over = (state: { completed: boolean; error: unknown }) => () => state.completed || state.error !== undefined;

describe('hot: one reader, shared', () => {
	it('all subscribers get every message from the time of subscription on, over one reader', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const messages = fromChannel(channel);
		const [first, second] = [collect(messages), collect(messages)];
		await writer.whenConnected();
		writer.tryWriteBatch([1, 2]);
		await until(() => first.received.length === 2);
		const late = collect(messages);
		writer.tryWriteBatch([3, 4]);
		writer.end();
		await until(over(late));
		expect(writer.peers.length).toBeLessThanOrEqual(1);
		expect([first.received, second.received, late.received]).toEqual([
			[1, 2, 3, 4],
			[1, 2, 3, 4],
			[3, 4],
		]);
		expect([first.completed, second.completed, late.completed]).toEqual([true, true, true]);
	});

	it('nothing is emitted before subscribe has returned, and two subscribers of one turn miss nothing', async () => {
		const { writer, reader } = await pairOf(numbers());
		writer.tryWriteBatch([1, 2, 3]);
		await until(() => reader.available === 3);
		const messages = fromChannel(reader);
		const first = collect(messages);
		const second = collect(messages);
		expect([first.received, second.received]).toEqual([[], []]);
		await until(() => second.received.length === 3);
		expect(first.received).toEqual([1, 2, 3]);
		first.subscription.unsubscribe();
		second.subscription.unsubscribe();
	});

	it('the first subscriber opens the reader, the last one closes it, a later one opens another', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const messages = fromChannel(channel);
		await turns(5);
		expect(writer.peers).toEqual([]);
		const [first, second] = [collect(messages), collect(messages)];
		await writer.whenConnected();
		first.subscription.unsubscribe();
		await turns(5);
		expect(writer.peers).toHaveLength(1);
		const [before] = writer.peers;
		second.subscription.unsubscribe();
		await until(() => writer.peers.length === 0);
		writer.tryWrite(1);
		expect(await firstValueFrom(messages)).toBe(1);
		expect(before).toBeDefined();
		await until(() => writer.peers.length === 0);
	});

	it('10 rounds of the first and the last subscriber leave nothing open', async () => {
		const channel = numbers();
		const messages = fromChannel(channel);
		const writer = writerOf(channel);
		let before: number[] = [];
		for (let round = 0; round < 10; round++) {
			writer.tryWrite(round);
			expect(await firstValueFrom(messages)).toBe(round);
			await until(() => writer.peers.length === 0);
			if (round === 0) before = [countDescriptors(), countMappings()];
		}
		expect([countDescriptors(), countMappings()]).toEqual(before);
	});

	it('keepOpen leaves a given reader open, and the next subscriber goes on where the last one left', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader, { keepOpen: true });
		writer.tryWriteBatch([1, 2, 3, 4]);
		expect(await firstValueFrom(messages.pipe(take(2), toArray()))).toEqual([1, 2]);
		expect(reader.closed).toBe(false);
		expect(await firstValueFrom(messages)).toBe(3);
		expect(await reader.read()).toBe(4);
		const waiting = collect(messages);
		await turns();
		waiting.subscription.unsubscribe();
		const next = reader.read();
		writer.tryWrite(5);
		expect(await next).toBe(5);
	});

	it('a given reader is closed when the last subscriber leaves', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader);
		const [first, second] = [collect(messages), collect(messages)];
		writer.tryWriteBatch([1, 2, 3]);
		await until(() => second.received.length === 3);
		first.subscription.unsubscribe();
		expect(reader.closed).toBe(false);
		second.subscription.unsubscribe();
		expect(reader.closed).toBe(true);
		expect(await codeOf(() => firstValueFrom(messages))).toBe('ERR_RINGWIRE_CLOSED');
	});

	it('repeat subscribes again after the end, and gets the next writer', async () => {
		const channel = numbers();
		const state = collect(fromChannel(channel).pipe(repeat(2)));
		for (const message of [1, 2]) {
			const writer = writerOf(channel);
			await writer.whenConnected();
			writer.tryWrite(message);
			writer.end();
			await until(() => state.received.includes(message));
			await writer.close();
		}
		await until(over(state));
		expect(state).toMatchObject({ received: [1, 2], completed: true });
	});
});

describe('subscribers', () => {
	it('an exception of one subscriber does not affect the others', async () => {
		const uncaught = captureUncaught();
		const channel = numbers();
		const writer = writerOf(channel);
		const messages = fromChannel(channel);
		const mistake = new Error('a mistake');
		messages.subscribe(() => {
			throw mistake;
		});
		const good = collect(messages);
		await writer.whenConnected();
		writer.tryWriteBatch([1, 2, 3]);
		writer.end();
		await until(over(good));
		await until(() => uncaught.length === 3);
		expect(good).toMatchObject({ received: [1, 2, 3], completed: true });
		expect(uncaught).toEqual([mistake, mistake, mistake]);
	});

	it('nor does that of an observer that RxJS does not guard: RxJS reports it', async () => {
		const reported: unknown[] = [];
		config.onUnhandledError = (error) => reported.push(error);
		try {
			const { writer, reader } = await pairOf(numbers());
			const messages = fromChannel(reader);
			const mistake = new Error('a mistake');
			const raw = collect(messages).subscription;
			// An observer that is a Subscription, as an operator of another library may be: RxJS takes it as it is.
			const unguarded = Object.assign(Object.create(raw), {
				closed: false,
				next() {
					throw mistake;
				},
				error() {},
				complete() {},
			});
			messages.subscribe(unguarded);
			const good = collect(messages);
			writer.tryWriteBatch([1, 2]);
			await until(() => good.received.length === 2 && reported.length === 2);
			expect(reported).toEqual([mistake, mistake]);
			await reader.close();
		} finally {
			config.onUnhandledError = null;
		}
	});

	it('unsubscribing inside next stops delivery at once, and the rest stays in the ring', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const received: number[] = [];
		const subscription = fromChannel(channel).subscribe((message) => {
			received.push(message);
			if (message === 3) subscription.unsubscribe();
		});
		writer.tryWriteBatch([1, 2, 3, 4, 5]);
		await until(() => received.length === 3);
		await until(() => writer.peers.length === 0);
		expect(received).toEqual([1, 2, 3]);
		expect(await firstValueFrom(fromChannel(channel))).toBe(4);
	});

	it('unsubscribing another subscriber inside next stops that one at once', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader);
		messages.subscribe((message) => {
			if (message === 2) second.subscription.unsubscribe();
		});
		const second = collect(messages);
		const third = collect(messages);
		writer.tryWriteBatch([1, 2, 3]);
		writer.end();
		await until(over(third));
		expect([second.received, third.received]).toEqual([[1], [1, 2, 3]]);
	});

	it('a subscriber that is added inside next gets the messages after that one', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader);
		let inner: ReturnType<typeof collect<number>> | undefined;
		messages.subscribe(() => {
			inner ??= collect(messages);
		});
		writer.tryWriteBatch([1, 2, 3]);
		writer.end();
		await until(() => inner?.completed === true);
		expect(inner?.received).toEqual([2, 3]);
	});

	it('the last subscriber can leave, and a new one can subscribe, inside next', async () => {
		const { writer, reader } = await pairOf(numbers());
		const messages = fromChannel(reader, { keepOpen: true });
		let next: ReturnType<typeof collect<number>> | undefined;
		const first = messages.subscribe((message) => {
			if (message !== 2) return;
			first.unsubscribe();
			next = collect(messages);
		});
		writer.tryWriteBatch([1, 2, 3, 4]);
		writer.end();
		await until(() => next?.completed === true);
		expect(next?.received).toEqual([3, 4]);
	});

	it('a slow synchronous subscriber is backpressure: no further message leaves the ring meanwhile', async () => {
		const channel = numbers(tiny);
		const writer = writerOf(channel);
		let next = 0;
		const fill = () => {
			const before = next;
			while (writer.tryWrite(next)) next++;
			return next - before;
		};
		const accepted: number[] = [];
		// The reader cannot run while `next` does: only as many messages fit as the lane has room for.
		const subscription = fromChannel(channel).subscribe(() => accepted.push(fill()));
		await until(() => {
			fill();
			expect(next - accepted.length).toBeLessThanOrEqual(2);
			return accepted.length >= 20;
		});
		for (const count of accepted) expect(count).toBeLessThanOrEqual(2);
		subscription.unsubscribe();
	});

	it('the event loop gets its turns while a subscriber is busy with messages', async () => {
		const channel = numbers({ capacity: 1024 * 1024, depth: 16_384 });
		const writer = writerOf(channel);
		const state = collect(fromChannel(channel));
		await writer.whenConnected();
		for (let i = 0; writer.tryWrite(i); i++);
		writer.end();
		let passed = 0;
		const count = () => {
			passed++;
			if (!state.completed) setImmediate(count);
		};
		setImmediate(count);
		await until(over(state));
		expect(state.received).toHaveLength(16_384);
		expect(passed).toBeGreaterThanOrEqual(16);
	});
});

describe('the end and errors', () => {
	const writerTask = (channel: string): WriterTask => ({
		channel,
		overflow: 'block',
		label: 'w',
		count: 50,
		padding: 1,
		readers: 0,
		capacity: 64 * 1024,
		depth: 256,
		hang: true,
	});

	it('a killed writer is an event, and the Observable waits for others', async () => {
		const channel = defineChannel({ name: uniqueName(), codec: utf8() });
		const messages = fromChannel(channel);
		const events: string[] = [];
		channelEvents(messages).subscribe((event) => events.push('reason' in event ? event.reason : event.type));
		const state = collect(messages);
		const program = startProgram('writer', writerTask(channel.name));
		await until(() => state.received.length === 50);
		await program.kill();
		await until(() => events.includes('died'));
		expect(over(state)()).toBe(false);
		writerOf(channel).tryWrite('another');
		await until(() => state.received.length === 51);
		state.subscription.unsubscribe();
	});

	it('with onPeerDeath "error" it fails with PEER_DIED when everything is delivered', async () => {
		const channel = defineChannel({ name: uniqueName(), codec: utf8() });
		const program = startProgram('writer', writerTask(channel.name));
		await program.received('written');
		const reader = readerOf(channel, { onPeerDeath: 'error' });
		await reader.whenConnected();
		await program.kill();
		const state = collect(fromChannel(reader));
		await until(over(state));
		expect(state.received).toHaveLength(50);
		expect(state.error).toMatchObject({ code: 'ERR_RINGWIRE_PEER_DIED' });
	});

	it('a message that cannot be decoded is an error event, and the next one is emitted', async () => {
		const name = uniqueName();
		const messages = fromChannel(defineChannel({ name, codec: json<number>() }));
		const events: unknown[] = [];
		channelEvents(messages).subscribe((event) => {
			if (event.type === 'error') events.push(event.error.code);
		});
		const state = collect(messages);
		writerOf(defineChannel({ name, codec: { ...utf8(), id: 'json' } })).tryWriteBatch(['1', '{', '}', '2']);
		await until(() => state.received.length === 2);
		expect(state).toMatchObject({ received: [1, 2], error: undefined });
		expect(events).toEqual(['ERR_RINGWIRE_DECODE', 'ERR_RINGWIRE_DECODE']);
		state.subscription.unsubscribe();
	});

	it('with onDecodeError "error" it fails all subscribers, and a given reader has the next message', async () => {
		const name = uniqueName();
		const reader = readerOf(defineChannel({ name, codec: json<number>() }));
		const messages = fromChannel(reader, { onDecodeError: 'error', keepOpen: true });
		const [first, second] = [collect(messages), collect(messages)];
		writerOf(defineChannel({ name, codec: { ...utf8(), id: 'json' } })).tryWriteBatch(['1', '{', '2']);
		await until(over(second));
		expect([first.error, second.error]).toMatchObject([
			{ code: 'ERR_RINGWIRE_DECODE' },
			{ code: 'ERR_RINGWIRE_DECODE' },
		]);
		expect(first.received).toEqual([1]);
		expect(await reader.read()).toBe(2);
	});

	it('messages may be null and undefined', async () => {
		const channel = defineChannel<unknown>({ name: uniqueName(), codec: structured() });
		const state = collect(fromChannel(channel));
		const writer = writerOf(channel);
		writer.tryWriteBatch([null, undefined, 0]);
		writer.end();
		await until(over(state));
		expect(state).toMatchObject({ received: [null, undefined, 0], completed: true });
	});

	it('a closed reader fails it with CLOSED, a reader with a pending read with BUSY', async () => {
		const reader = readerOf(numbers());
		const closed = collect(fromChannel(reader));
		await turns();
		await reader.close();
		expect(closed.error).toMatchObject({ code: 'ERR_RINGWIRE_CLOSED' });
		expect(await codeOf(() => firstValueFrom(fromChannel(reader)))).toBe('ERR_RINGWIRE_CLOSED');
		const other = readerOf(numbers());
		other.read().catch(() => {});
		expect(await codeOf(() => firstValueFrom(fromChannel(other)))).toBe('ERR_RINGWIRE_BUSY');
	});

	it('a refused link fails it with MISMATCH while no other peer is connected', async () => {
		const name = uniqueName();
		writerOf(defineChannel({ name, codec: utf8() })).on('error', () => {});
		expect(await codeOf(() => firstValueFrom(fromChannel(defineChannel({ name, codec: json() }))))).toBe(
			'ERR_RINGWIRE_MISMATCH',
		);
	});

	it('a shutdown completes it when all is delivered', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const state = collect(fromChannel(channel));
		await writer.whenConnected();
		writer.tryWriteBatch([1, 2]);
		writer.shutdown();
		await until(over(state));
		expect(state).toMatchObject({ received: [1, 2], completed: true });
	});

	it('an error of openReader fails the subscription; wrong arguments are thrown', async () => {
		const channel = numbers();
		const aborted = fromChannel(channel, { signal: AbortSignal.abort(new Error('no')) });
		await expect(firstValueFrom(aborted)).rejects.toThrow('no');
		expect(() => fromChannel(writerOf(channel) as never)).toThrow(TypeError);
		expect(() => fromChannel(openReader(channel), { from: 'newest' })).toThrow(/from.*open already/);
		expect(() => fromChannel(channel, { onDecodeError: 'skip' as never })).toThrow(RangeError);
	});
});
