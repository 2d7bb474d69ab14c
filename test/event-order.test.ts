import { json } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { CodecGuard } from '../src/endpoint/codec-guard.js';
import type { NativeEvent, NativePeer, NativeReader } from '../src/native/boundary.js';
import { Batch } from '../src/reader/batch.js';
import { EventOrder } from '../src/reader/event-order.js';
import { withoutLeases } from './support/no-leases.js';

const peer = (id: string): NativePeer => ({ id, pid: 1, uid: 0, role: 'writer' });
const connect = (id: string): NativeEvent => ({ type: 'connect', peer: peer(id) });
const lost = (count: number): NativeEvent => ({ type: 'lost', peer: peer('a'), count });
const gone = (id: string): NativeEvent => ({
	type: 'disconnect',
	peer: peer(id),
	reason: 'closed',
	ended: false,
});
const end: NativeEvent = { type: 'end' };

/** An addon that gives what the test puts into it: batches of numbers, and events. */
function scripted(listener?: (event: NativeEvent) => void) {
	const batches: number[][] = [];
	const events: NativeEvent[] = [];
	const unused = () => {
		throw new Error('not expected');
	};
	const native: NativeReader = {
		readBatch(slab, offset, index) {
			const batch = batches.shift() ?? [];
			let at = offset;
			for (const [i, message] of batch.entries()) {
				const text = Buffer.from(String(message));
				slab.set(text, at);
				index[2 + 2 * i] = at;
				index[3 + 2 * i] = at + text.length;
				at += 8;
			}
			index[0] = events.length > 0 ? 1 : 0;
			index[1] = 0;
			return batch.length;
		},
		takeEvents: () => events.splice(0),
		commit: () => {},
		...{ available: unused, wait: unused, cancelWait: unused, waitSync: unused, stats: unused, ref: unused },
		...{ unref: unused, shutdown: unused, leave: unused },
		...withoutLeases,
	};
	const batch = new Batch(native, json<number>(), new CodecGuard(), 1024, false);
	const seen: unknown[] = [];
	const order = new EventOrder(native, batch, (event) => {
		seen.push(
			event.type === 'connect' || event.type === 'disconnect' ? `${event.type} ${event.peer.id}` : event.type,
		);
		listener?.(event);
	});
	const takeAll = () => {
		for (;;) {
			const found = order.advance();
			if (found === 'empty') return;
			if (found === 'message') seen.push(batch.take());
		}
	};
	return { batches, events, batch, order, seen, takeAll };
}

describe('events stand where they belong between the messages', () => {
	test('those that the addon has when it returns a batch are dispatched before its first message', () => {
		const { batches, events, seen, takeAll } = scripted();
		batches.push([1, 2]);
		events.push(connect('a'), lost(3));
		takeAll();
		expect(seen).toEqual(['connect a', 'lost', 1, 2]);
	});

	test('the end is dispatched behind the batch that it was found with', () => {
		const { batches, events, seen, takeAll } = scripted();
		batches.push([1, 2]);
		events.push(end);
		takeAll();
		expect(seen).toEqual([1, 2, 'end']);
	});

	test('those that arrive while messages are held are dispatched behind them, except connects', () => {
		const { batches, batch, events, order, seen, takeAll } = scripted();
		batches.push([1, 2]);
		expect(order.advance()).toBe('message');
		seen.push(batch.take());
		events.push(connect('b'), gone('a'), lost(1), end);
		order.takeAll();
		expect(seen).toEqual([1, 'connect b']);
		takeAll();
		expect(seen).toEqual([1, 'connect b', 2, 'disconnect a', 'lost', 'end']);
	});

	test('a peer that connects after the batch was read may disconnect before it is taken: none of its messages are in it', () => {
		const { batches, events, order, seen } = scripted();
		batches.push([1]);
		order.advance();
		events.push(connect('b'), gone('b'));
		order.takeAll();
		expect(seen).toEqual(['connect b', 'disconnect b']);
	});

	test('an event that waited for the last message is emitted even if no further message is read', async () => {
		const { batches, batch, events, order, seen } = scripted();
		batches.push([1]);
		order.advance();
		events.push(gone('a'));
		order.takeAll();
		batch.take();
		order.deliverSoon();
		expect(seen).toEqual([]);
		await new Promise(process.nextTick);
		expect(seen).toEqual(['disconnect a']);
	});
});

describe('a listener that goes on by itself does so behind its event', () => {
	test('a listener that reads gets the events before the next message first', () => {
		const { batches, events, seen, takeAll } = scripted((event) => event.type !== 'end' && takeAll());
		batches.push([1, 2], [3]);
		events.push(connect('a'), connect('b'), lost(3));
		takeAll();
		expect(seen).toEqual(['connect a', 'connect b', 'lost', 1, 2, 3]);
	});

	test('a listener that takes newer events gets the older ones first', () => {
		const { events, order, seen } = scripted((event) => {
			if (event.type !== 'connect' || event.peer.id !== 'a') return;
			events.push(gone('b'));
			order.takeAll();
		});
		events.push(connect('a'), connect('b'));
		order.takeAll();
		expect(seen).toEqual(['connect a', 'connect b', 'disconnect b']);
	});

	test('an event behind the batch stays there', () => {
		const { batches, events, order, seen, takeAll } = scripted((event) => {
			if (event.type !== 'connect') return;
			events.push(gone('a'), end);
			order.takeAll();
		});
		batches.push([1, 2]);
		events.push(connect('a'));
		takeAll();
		expect(seen).toEqual(['connect a', 1, 2, 'disconnect a', 'end']);
	});
});
