/** The faces of ringwire that hand out messages. */
import { type OpenReaderOptions, openReader, type Reader } from 'ringwire';
import { sendBatches, sendSingly, typedChannelOf } from './ringwire-channel.js';
import type { Contestant, Message, Meter, Receiving, Spec } from './types.js';

/** Reads until the peer exits. An error is an unhandled rejection, which fails the session. */
type Loop = (reader: Reader<Message>, meter: Meter) => Promise<void>;

const receivingBy =
	(loop: Loop, options: OpenReaderOptions = {}) =>
	async (spec: Spec, meter: Meter): Promise<Receiving> => {
		void loop(openReader(await typedChannelOf(spec), options), meter);
		return {};
	};

const readBatches: Loop = async (reader, meter) => {
	for (;;) {
		const message = await reader.read();
		if (message === undefined) return;
		meter.message(message);
		for (let batch = reader.readBatch(); batch.length > 0; batch = reader.readBatch()) {
			for (const next of batch) meter.message(next);
		}
	}
};
const byBatches = receivingBy(readBatches);
/** Each batch is overwritten by the next one, for consumers that have finished with it by then. */
const byReuse = receivingBy(readBatches, { reuseMemory: true });

/** Bytes without an object a message. */
const byVisits = receivingBy(async (reader, meter) => {
	const visit = (source: Buffer, start: number, end: number) => meter.part(source, start, end);
	for (let message = await reader.read(); message !== undefined; message = await reader.read()) {
		meter.message(message);
		while (reader.readEach(visit) > 0);
	}
});

/** For polling consumers: one event whenever there are messages again. */
const byEvents = receivingBy(async (reader, meter) => {
	const take = () => {
		let turns = 0;
		for (let batch = reader.readBatch(); batch.length > 0; batch = reader.readBatch()) {
			for (const message of batch) meter.message(message);
			if (++turns === 16) return void setImmediate(take);
		}
	};
	reader.on('data', take);
	take();
});

const bySingleReads = receivingBy(async (reader, meter) => {
	for (let message = await reader.read(); message !== undefined; message = await reader.read())
		meter.message(message);
});

const byIteration = receivingBy(async (reader, meter) => {
	for await (const message of reader) meter.message(message);
});

// The faces below need packages that take half a second to load. Only the processes that use them load them.
const byIx = async (spec: Spec, meter: Meter): Promise<Receiving> => {
	const { iterableFrom } = await import('ringwire/iterables');
	const channel = await typedChannelOf(spec);
	const loop = async () => {
		for await (const message of iterableFrom(channel)) meter.message(message);
	};
	void loop();
	return {};
};

const byObservable = async (spec: Spec, meter: Meter): Promise<Receiving> => {
	const { fromChannel } = await import('ringwire/observables');
	fromChannel(await typedChannelOf(spec)).subscribe((message) => meter.message(message));
	return {};
};

const faces: readonly Contestant[] = [
	{ name: 'batch calls', send: sendBatches, receive: byBatches },
	{ name: 'single calls', send: sendSingly, receive: byBatches },
	{ name: 'batch calls, reuseMemory', send: sendBatches, receive: byReuse },
	{ name: 'batch calls to visitor', send: sendBatches, receive: byVisits },
	{ name: 'batch calls to data events', send: sendBatches, receive: byEvents },
	{ name: 'batch calls to single reads', send: sendBatches, receive: bySingleReads },
	{ name: 'batch calls to Observable', send: sendBatches, receive: byObservable },
	{ name: 'single calls to Observable', send: sendSingly, receive: byObservable },
	{ name: 'async iterator', send: sendBatches, receive: byIteration },
	{ name: 'ix iterable', send: sendBatches, receive: byIx },
];

export const ringwireFaces = faces.map((face): Contestant => ({ ...face, typed: true }));
