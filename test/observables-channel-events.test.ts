import type { ChannelEvent } from 'ringwire';
import { channelEvents, fromChannel } from 'ringwire/observables';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

function record(source: Parameters<typeof channelEvents>[0]) {
	const state = { events: [] as ChannelEvent[], completed: false };
	const subscription = channelEvents(source).subscribe({
		next: (event) => state.events.push(event),
		complete: () => {
			state.completed = true;
		},
	});
	const types = () => state.events.map(({ type }) => type);
	return Object.assign(state, { subscription, types });
}

describe('channelEvents', () => {
	it('emits the events of both sides to every subscriber, and completes after the last event', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const reader = readerOf(channel);
		const ofReader = [record(reader), record(reader)];
		const ofWriter = record(writer);
		await reader.whenConnected();
		writer.tryWrite(1);
		writer.end();
		for await (const _ of reader);
		await until(() => ofReader.every(({ completed }) => completed));
		for (const recorded of ofReader) expect(recorded.types()).toEqual(['connect', 'end', 'close']);
		await until(() => ofWriter.types().includes('disconnect'));
		expect(ofWriter.types()).toEqual(['connect', 'disconnect']);
		expect(ofWriter.completed).toBe(false);
		await writer.close();
		await until(() => ofWriter.completed);
		expect(ofWriter.types().at(-1)).toBe('close');
	});

	it('emits losses with their exact count', async () => {
		const channel = numbers({ ...tiny, overflow: 'drop-oldest' });
		const writer = writerOf(channel);
		const reader = readerOf(channel);
		const recorded = record(reader);
		await reader.whenConnected();
		for (let i = 0; i < 10; i++) writer.tryWrite(i);
		writer.end();
		let delivered = 0;
		for await (const _ of reader) delivered++;
		await until(() => recorded.completed);
		let lost = 0;
		for (const event of recorded.events) if (event.type === 'lost') lost += event.count;
		expect(delivered + lost).toBe(10);
		expect(lost).toBeGreaterThan(0);
	});

	it('stops at once when it is unsubscribed inside an event, and other subscribers go on', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const types: string[] = [];
		const subscription = channelEvents(reader).subscribe(({ type }) => {
			types.push(type);
			subscription.unsubscribe();
		});
		const other = record(reader);
		writerOf(channel).end();
		for await (const _ of reader);
		await until(() => other.completed);
		expect(types).toEqual(['connect']);
		expect(other.types()).toEqual(['connect', 'end', 'close']);
	});

	it('of a channel Observable: emits the events of each of its readers, and opens none itself', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const messages = fromChannel(channel);
		const recorded = record(messages);
		await turns(5);
		expect(writer.peers).toEqual([]);
		for (let round = 1; round <= 2; round++) {
			const subscription = messages.subscribe();
			await until(() => recorded.types().filter((type) => type === 'connect').length === round);
			subscription.unsubscribe();
			await until(() => writer.peers.length === 0);
		}
		messages.subscribe();
		writer.end();
		await until(() => recorded.types().includes('end'));
		await until(() => recorded.types().at(-1) === 'close');
		expect(recorded.types()).toEqual(['connect', 'close', 'connect', 'close', 'connect', 'end', 'close']);
		expect(recorded.completed).toBe(false);
		recorded.subscription.unsubscribe();
	});

	it('of an Observable over a given reader: emits each event once, after any number of subscriptions', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const messages = fromChannel(reader, { keepOpen: true });
		const recorded = record(messages);
		for (let round = 0; round < 3; round++) {
			const subscription = messages.subscribe();
			await turns();
			subscription.unsubscribe();
		}
		writerOf(channel).end();
		messages.subscribe();
		await until(() => recorded.types().includes('end'));
		expect(recorded.types()).toEqual(['connect', 'end', 'close']);
	});

	it('of a handle that has left: completes after close', async () => {
		const reader = readerOf(numbers());
		await reader.close();
		const [early, late] = [record(reader), await turns(2).then(() => record(reader))];
		expect(early).toMatchObject({ events: [{ type: 'close' }], completed: true });
		await turns();
		expect(late).toMatchObject({ events: [], completed: true });
	});

	it('refuses any other source', () => {
		expect(() => channelEvents(of(1))).toThrow(TypeError);
		expect(() => channelEvents(undefined as never)).toThrow(
			/must be a Writer, a Reader or the result of fromChannel/,
		);
	});
});
