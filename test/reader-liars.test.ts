/** Writers that cause events without end and never a message: a read ends within its turn all the same. */
import { setImmediate } from 'node:timers/promises';
import { bytes } from 'ringwire';
import { expect, test } from 'vitest';
import { CodecGuard } from '../src/endpoint/codec-guard.js';
import { KeepAlive } from '../src/endpoint/keep-alive.js';
import type { NativeEvent, NativePeer, NativeReader } from '../src/native/boundary.js';
import { Batch } from '../src/reader/batch.js';
import { ReaderLifecycle } from '../src/reader/lifecycle.js';
import { nothing } from '../src/reader/message-source.js';
import { ReadingCore } from '../src/reader/reading-core.js';
import { noLeases, withoutLeases } from './support/no-leases.js';

const peer: NativePeer = { id: 'a', pid: 1, uid: 0, role: 'writer' };
const lost: NativeEvent = { type: 'lost', peer, count: 1 };

/** More calls than any turn may need: a reader that makes them would make them for ever. */
const endless = 10_000;

type Reading = Pick<NativeReader, 'readBatch' | 'takeEvents'>;

/** A reader over an addon that reads as given, always reports a message, and counts its calls. */
function readerOver(reading: Reading) {
	const calls = { read: 0, drained: 0 };
	const unused = () => {
		throw new Error('not expected');
	};
	const native: NativeReader = {
		readBatch(...call) {
			calls.read++;
			if (calls.read > endless) throw new Error('it never ends');
			return reading.readBatch(...call);
		},
		takeEvents: reading.takeEvents,
		wait: () => true,
		available: () => 1,
		commit: () => {},
		...{ cancelWait: unused, waitSync: unused, stats: unused, ref: unused },
		...{ unref: unused, shutdown: unused, leave: unused },
		...withoutLeases,
	};
	const host = {
		...{ name: 'liars', keepAlive: new KeepAlive({}), dispatch: () => {}, emit: () => {}, report: () => {} },
		...{ takeRefusal: () => undefined, ended: () => void calls.drained++ },
	};
	const batch = new Batch(native, bytes(), new CodecGuard(), 1024, false);
	const source = new ReadingCore(host, native, batch, noLeases(native), new ReaderLifecycle());
	return { calls, source };
}

/** The reader is lapped each time. */
const alwaysAhead: Reading = {
	readBatch(_slab, _offset, index) {
		index[0] = 1;
		index[1] = 0;
		return 0;
	},
	takeEvents: () => [lost],
};

/** The next message has become larger each time that there is room for it. */
function growing(): Reading {
	return {
		readBatch(slab, offset, index) {
			index[0] = 0;
			index[1] = slab.length - offset + 8;
			return 0;
		},
		takeEvents: () => [],
	};
}

test.each([
	['is always ahead', alwaysAhead],
	['makes its message larger whenever there is room for it', growing()],
])('the event loop has its turns with a writer that %s', async (_name, reading) => {
	const { calls, source } = readerOver(reading);
	for (let turn = 0; turn < 3; turn++) {
		const before = calls.read;
		expect(source.take()).toBe(nothing);
		expect(source.next()).toBe(nothing);
		expect(calls.read - before).toBeLessThan(1000);
		let passed = false;
		const turned = setImmediate().then(() => {
			passed = true;
		});
		expect(await source.whenReadable()).toBe('readable');
		expect(passed).toBe(true);
		await turned;
	}
});

test('a reader does not end after a shutdown as long as a message in its lanes could not be read', () => {
	const { calls, source } = readerOver(growing());
	source.beginShutdown();
	expect(source.take()).toBe(nothing);
	expect(calls.drained).toBe(0);
});
