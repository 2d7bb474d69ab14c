import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bytes, type Codec, defineChannel, openReader, openWriter } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel } from 'ringwire/observables';
import { createReadStream, createWriteStream } from 'ringwire/streams';
import { messageOf } from '../payload.js';
import type { Contestant, Meter, Trial } from './types.js';

const batchSize = 256;

/** Bytes as they are, but not the codec `bytes()`: so the stream faces treat messages as objects. */
const raw: Codec<Uint8Array> = { id: 'bench-raw', encode: (message) => message, decode: (copy) => copy };

const channelOf = (trial: Trial, codec = bytes() as Codec<Uint8Array>) => defineChannel({ name: trial.name, codec });

async function sendBatches(trial: Trial): Promise<void> {
	const writer = openWriter(channelOf(trial));
	await writer.whenConnected();
	const length = trial.size > 4096 ? 16 : batchSize;
	const batch = Array.from({ length }, () => messageOf(trial.size));
	for (let sent = 0; sent < trial.count; ) {
		const wanted = Math.min(length, trial.count - sent);
		const accepted = writer.tryWriteBatch(wanted === length ? batch : batch.slice(0, wanted));
		sent += accepted;
		if (accepted < wanted) {
			await writer.write(messageOf(trial.size));
			sent += 1;
		}
	}
	writer.end();
	await writer.close({ lingerMs: 10_000 });
}

async function sendSingly(trial: Trial): Promise<void> {
	const writer = openWriter(channelOf(trial));
	await writer.whenConnected();
	const message = messageOf(trial.size);
	for (let sent = 0; sent < trial.count; sent++) {
		if (!writer.tryWrite(message)) await writer.write(message);
	}
	writer.end();
	await writer.close({ lingerMs: 10_000 });
}

async function receiveBatches(trial: Trial, meter: Meter): Promise<void> {
	const reader = openReader(channelOf(trial));
	meter.ready();
	for (;;) {
		const message = await reader.read();
		if (message === undefined) return;
		meter.message(message);
		for (let batch = reader.readBatch(); batch.length > 0; batch = reader.readBatch()) {
			for (const next of batch) meter.message(next);
		}
	}
}

function receiveObservable(trial: Trial, meter: Meter): Promise<void> {
	return new Promise((resolve, reject) => {
		fromChannel(channelOf(trial)).subscribe({
			next: (message) => meter.message(message),
			error: reject,
			complete: resolve,
		});
		meter.ready();
	});
}

export const ringwireContestants: readonly Contestant[] = [
	{ name: 'batch calls', send: sendBatches, receive: receiveBatches },
	{ name: 'tryWrite singly', send: sendSingly, receive: receiveBatches },
	{ name: 'batch calls to Observable', send: sendBatches, receive: receiveObservable },
	{ name: 'tryWrite to Observable', send: sendSingly, receive: receiveObservable },
	{
		name: 'async iterator',
		send: sendBatches,
		async receive(trial, meter) {
			const reader = openReader(channelOf(trial));
			meter.ready();
			for await (const message of reader) meter.message(message);
		},
	},
	{
		name: 'ix iterable',
		send: sendBatches,
		async receive(trial, meter) {
			const messages = iterableFrom(channelOf(trial));
			meter.ready();
			for await (const message of messages) meter.message(message);
		},
	},
	{
		name: 'object stream',
		send: (trial) => pipeline(Readable.from(messagesOf(trial)), createWriteStream(channelOf(trial, raw))),
		async receive(trial, meter) {
			const stream = createReadStream(channelOf(trial, raw));
			meter.ready();
			await pipeline(
				stream,
				sink((message) => meter.message(message), true),
			);
		},
	},
	{
		name: 'byte stream',
		send: (trial) =>
			pipeline(Readable.from(messagesOf(trial), { objectMode: false }), createWriteStream(channelOf(trial))),
		async receive(trial, meter) {
			const stream = createReadStream(channelOf(trial));
			meter.ready();
			await pipeline(
				stream,
				sink((piece) => meter.bytes(piece), false),
			);
		},
	},
];

function* messagesOf(trial: Trial): Generator<Uint8Array> {
	const message = messageOf(trial.size);
	for (let i = 0; i < trial.count; i++) yield message;
}

function sink(take: (piece: Uint8Array) => void, objectMode: boolean): Writable {
	return new Writable({
		objectMode,
		write(piece: Uint8Array, _encoding, done) {
			take(piece);
			done();
		},
	});
}
